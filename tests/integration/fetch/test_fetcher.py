"""The fetcher against a real server that behaves badly in every way we know."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest

from monitor.fetch.client import Fetcher, Limits
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, NotModified, Request
from snapshots.blobs import zstd

LOOPBACK = ip_network("127.0.0.0/8")
PAGE = b"<html><title>Pricing</title><p>A page.</p></html>"
Reply = Callable[[BaseHTTPRequestHandler], None]


def reply(status: int = 200, body: bytes = PAGE, **headers: str) -> Reply:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        sent = {"Content-Type": "text/html", "Content-Length": str(len(body))} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        for name, value in sent.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


class Upstream:
    """A server whose paths answer as told; it remembers the headers of each request."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []

    def start(self) -> ThreadingHTTPServer:
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                upstream.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                self.close_connection = True
                # The fetcher may have had enough; that is what some tests are about.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    upstream.replies[self.path](self)

            def log_message(self, *_args: object) -> None:
                """Say nothing on stderr."""

        return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@contextmanager
def serving(upstream: Upstream) -> Iterator[str]:
    server = upstream.start()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def base(upstream: Upstream) -> Iterator[str]:
    with serving(upstream) as address:
        yield address


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    limits = Limits(timeout=timedelta(seconds=1.5), max_bytes=200_000)
    with Fetcher(limits=limits, allow_networks=[LOOPBACK], contact="https://acme.example/bot") as made:
        yield made


def get(fetcher: Fetcher, url: str, *, etag: str | None = None, last_modified: str | None = None) -> FetchOutcome:
    return fetcher.fetch(Request("acme", url, etag, last_modified))


def failure(outcome: FetchOutcome) -> FailureKind:
    assert isinstance(outcome, FetchFailed), outcome
    assert outcome.detail.endswith((".", ")"))
    return outcome.kind


def test_a_page_comes_whole_with_its_validators(fetcher: Fetcher, upstream: Upstream, base: str) -> None:
    upstream.replies["/p"] = reply(
        ETag='W/"a b"', Last_Modified="Thu, 15 Jan 2026 08:00:00 GMT", Cache_Control="max-age=60"
    )
    got = get(fetcher, f"{base}/p")
    assert isinstance(got, Fetched)
    assert (got.body, got.etag, got.max_age) == (PAGE, 'W/"a b"', timedelta(minutes=1))
    assert got.last_modified == "Thu, 15 Jan 2026 08:00:00 GMT"
    assert upstream.seen[0][1]["user-agent"].startswith("headwater/")
    assert "https://acme.example/bot" in upstream.seen[0][1]["user-agent"]


def test_validators_go_back_byte_for_byte(fetcher: Fetcher, upstream: Upstream, base: str) -> None:
    upstream.replies["/p"] = reply(304, b"")
    etag, modified = 'W/"odd, \\ etag"', "Thu, 15 Jan 2026 08:00:00 +0000"
    assert isinstance(get(fetcher, f"{base}/p", etag=etag, last_modified=modified), NotModified)
    assert upstream.seen[0][1]["if-none-match"] == etag
    assert upstream.seen[0][1]["if-modified-since"] == modified


def test_not_modified_without_being_asked_is_no_answer(fetcher: Fetcher, upstream: Upstream, base: str) -> None:
    upstream.replies["/p"] = reply(304, b"")
    assert failure(get(fetcher, f"{base}/p")) is FailureKind.INVALID_RESPONSE


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, FailureKind.GONE), (410, FailureKind.GONE), (403, FailureKind.BLOCKED), (500, FailureKind.SERVER_ERROR)],
)
def test_a_failure_status_is_told(
    fetcher: Fetcher, upstream: Upstream, base: str, status: int, kind: FailureKind
) -> None:
    upstream.replies["/p"] = reply(status)
    got = get(fetcher, f"{base}/p")
    assert failure(got) is kind
    assert isinstance(got, FetchFailed)
    assert str(status) in got.detail


def test_the_server_may_ask_to_wait(fetcher: Fetcher, upstream: Upstream, base: str) -> None:
    upstream.replies["/p"] = reply(429, Retry_After="90")
    got = get(fetcher, f"{base}/p")
    assert isinstance(got, FetchFailed)
    assert (got.kind, got.retry_after) == (FailureKind.RATE_LIMITED, timedelta(seconds=90))


@pytest.mark.parametrize(
    ("coding", "packed"),
    [("gzip", gzip.compress(PAGE)), ("zstd", zstd.compress(PAGE))],
    ids=("gzip", "zstd"),
)
def test_compressed_pages_are_unpacked(
    fetcher: Fetcher, upstream: Upstream, base: str, coding: str, packed: bytes
) -> None:
    upstream.replies["/p"] = reply(body=packed, Content_Encoding=coding)
    got = get(fetcher, f"{base}/p")
    assert isinstance(got, Fetched)
    assert got.body == PAGE


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"\0" * 30_000_000)),
        ("zstd", zstd.compress(b"\0" * 30_000_000)),
        ("identity", b"x" * 300_000),
    ],
    ids=("gzip", "zstd", "identity"),
)
def test_a_body_larger_than_allowed_is_cut_off_however_it_is_packed(
    fetcher: Fetcher, upstream: Upstream, base: str, coding: str, packed: bytes
) -> None:
    upstream.replies["/p"] = reply(body=packed, Content_Encoding=coding)
    assert failure(get(fetcher, f"{base}/p")) is FailureKind.TOO_LARGE


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (reply(body=b""), FailureKind.EMPTY),
        (reply(body=b" \n\t "), FailureKind.EMPTY),
        (reply(204, b""), FailureKind.EMPTY),
        (reply(Content_Type="image/png"), FailureKind.WRONG_TYPE),
        (reply(body=b"not gzip", Content_Encoding="gzip"), FailureKind.INVALID_RESPONSE),
        (reply(Content_Length="100000"), FailureKind.INVALID_RESPONSE),
        (reply(302), FailureKind.INVALID_RESPONSE),
        (reply(302, Location="file:///etc/passwd"), FailureKind.REFUSED),
        (reply(302, Location="http://10.0.0.7/admin"), FailureKind.REFUSED),
        (reply(302, Location="http://169.254.169.254/latest/meta-data"), FailureKind.REFUSED),
        (reply(body=b"<title>Just a moment...</title>"), FailureKind.BLOCKED),
    ],
)
def test_answers_that_are_no_document(
    fetcher: Fetcher, upstream: Upstream, base: str, answer: Reply, kind: FailureKind
) -> None:
    upstream.replies["/p"] = answer
    assert failure(get(fetcher, f"{base}/p")) is kind
    assert set(fetcher.backend.connections) <= {"127.0.0.1"}


def test_a_redirect_is_followed_and_the_final_address_told(fetcher: Fetcher, upstream: Upstream, base: str) -> None:
    upstream.replies |= {"/old": reply(301, b"", Location="/new"), "/new": reply()}
    got = get(fetcher, f"{base}/old")
    assert isinstance(got, Fetched)
    assert got.final_url == f"{base}/new"


def test_a_circle_of_redirects_ends(fetcher: Fetcher, upstream: Upstream, base: str) -> None:
    upstream.replies["/p"] = reply(302, b"", Location="/p")
    assert failure(get(fetcher, f"{base}/p")) is FailureKind.TOO_MANY_REDIRECTS
    assert len(upstream.seen) == 6


def trickle(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    gate = threading.Event()
    while not gate.wait(0.05):
        handler.wfile.write(b"x")


def trickled_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    gate = threading.Event()
    while not gate.wait(0.05):
        handler.wfile.write(b"X-Pad: 1\r\n")


def flood(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-Pad: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 20_000)


def gibberish(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\xff not http at all\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (trickle, FailureKind.TIMEOUT),
        (trickled_headers, FailureKind.TIMEOUT),
        (flood, FailureKind.INVALID_RESPONSE),
        (gibberish, FailureKind.INVALID_RESPONSE),
    ],
)
def test_a_server_that_wastes_our_time_is_left(
    fetcher: Fetcher, upstream: Upstream, base: str, answer: Reply, kind: FailureKind
) -> None:
    upstream.replies["/p"] = answer
    got = get(fetcher, f"{base}/p")
    assert failure(got) is kind
    assert isinstance(got, FetchFailed)
    assert got.duration_ms < 4_000


def test_a_closed_port_and_an_unknown_name_are_told_apart(base: str) -> None:
    with Fetcher(allow_networks=[LOOPBACK]) as fetcher:
        assert failure(get(fetcher, "http://127.0.0.1:9/")) is FailureKind.CONNECTION
        assert failure(get(fetcher, "http://docs.acme.invalid/")) is FailureKind.DNS


def test_a_kept_connection_that_is_gone_when_it_is_used_again_is_opened_anew() -> None:
    """The server answers the first request of a connection and hangs up on the second."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE)
    listener = socket.create_server(("127.0.0.1", 0))
    accepted = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                accepted.append(connection)
                connection.recv(65_536)
                connection.sendall(head + PAGE)
                connection.recv(65_536)
                connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/p"
    with Fetcher(allow_networks=[LOOPBACK]) as fetcher:
        assert [type(get(fetcher, url)) for _ in range(2)] == [Fetched, Fetched]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    for connection in accepted:
        connection.close()
    assert len(accepted) == 2


def test_a_name_that_turns_private_between_two_requests_is_refused(upstream: Upstream, base: str) -> None:
    upstream.replies["/p"] = reply()
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    with Fetcher(allow_networks=[LOOPBACK], resolver=lambda _host, _port: next(answers)) as fetcher:
        url = base.replace("127.0.0.1", "docs.acme.example") + "/p"
        assert isinstance(get(fetcher, url), Fetched)
        assert failure(get(fetcher, url)) is FailureKind.REFUSED
        assert fetcher.backend.connections == ["127.0.0.1"]
