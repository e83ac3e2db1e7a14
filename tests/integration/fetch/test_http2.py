"""HTTP/2 upstreams, honest and not, over TLS with a certificate of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from socket import socket

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings
import pytest

from monitor.fetch.client import Fetcher, Limits
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request
from tests.support.certificates import server_context
from tests.support.wire import Upstream

PAGE = b"<html><title>Pricing</title><p>A page.</p></html>"
Play = Callable[[h2.connection.H2Connection, int], None]


class Http2(Upstream):
    """Answers each stream by `play`."""

    play: Play

    def serve(self, connection: socket) -> None:
        state = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, validate_outbound_headers=False)
        )
        state.initiate_connection()
        connection.sendall(state.data_to_send())
        # What the other side says after the goodbye is an error to this library, and the end to this server.
        with suppress(h2.exceptions.ProtocolError):
            while data := connection.recv(65_536):
                for event in state.receive_data(data):
                    if isinstance(event, h2.events.RequestReceived):
                        self.play(state, event.stream_id)
                connection.sendall(state.data_to_send())


def honest(state: h2.connection.H2Connection, stream: int) -> None:
    state.send_headers(stream, [(":status", "200"), ("content-type", "text/html")])
    state.send_data(stream, PAGE, end_stream=True)


def last_stream(state: h2.connection.H2Connection, stream: int) -> None:
    honest(state, stream)
    state.update_settings({h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 0})


def many_headers(state: h2.connection.H2Connection, stream: int) -> None:
    state.send_headers(stream, [(":status", "200"), *((f"x-{n}", "y") for n in range(5_000))], end_stream=True)


def no_number(state: h2.connection.H2Connection, stream: int) -> None:
    state.send_headers(stream, [(":status", "abc")], end_stream=True)


def reset(state: h2.connection.H2Connection, stream: int) -> None:
    state.send_headers(stream, [(":status", "200"), ("content-type", "text/html")])
    state.reset_stream(stream)


def goodbye(state: h2.connection.H2Connection, _stream: int) -> None:
    state.close_connection(last_stream_id=0)


def line_in_validator(state: h2.connection.H2Connection, stream: int) -> None:
    state.send_headers(stream, [(":status", "200"), ("content-type", "text/html"), ("etag", '"a\r\nX-Evil: 1"')])
    state.send_data(stream, PAGE, end_stream=True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Http2, Fetcher]]:
    context, certificate = server_context(tmp_path, protocols=["h2"])
    limits = Limits(timeout=timedelta(seconds=3))
    with (
        Http2(tls=context) as upstream,
        Fetcher(limits=limits, allow_networks=[ip_network("127.0.0.1")], ca_file=certificate) as fetcher,
    ):
        yield upstream, fetcher


def get(server: tuple[Http2, Fetcher], play: Play) -> FetchOutcome:
    upstream, fetcher = server
    upstream.play = play
    return fetcher.fetch(Request("acme", f"{upstream.base}/p"))


def test_one_connection_serves_one_check_after_the_other(server: tuple[Http2, Fetcher]) -> None:
    assert [type(get(server, honest)) for _ in range(3)] == [Fetched] * 3
    assert server[0].accepted == 1


def test_a_server_that_allows_no_stream_holds_nobody(server: tuple[Http2, Fetcher]) -> None:
    assert [type(get(server, last_stream)) for _ in range(3)] == [Fetched] * 3
    assert server[0].accepted == 3


@pytest.mark.parametrize("play", [many_headers, no_number, reset])
def test_what_is_no_proper_answer_is_told(server: tuple[Http2, Fetcher], play: Play) -> None:
    got = get(server, play)
    assert isinstance(got, FetchFailed)
    assert got.kind in (FailureKind.INVALID_RESPONSE, FailureKind.CONNECTION)


def test_a_server_that_says_goodbye_each_time_is_not_called_for_ever(server: tuple[Http2, Fetcher]) -> None:
    got = get(server, goodbye)
    assert isinstance(got, FetchFailed)
    assert server[0].accepted <= 25


def test_a_validator_that_holds_a_line_end_is_not_kept(server: tuple[Http2, Fetcher]) -> None:
    got = get(server, line_in_validator)
    assert isinstance(got, Fetched)
    assert got.etag is None
    assert "X-Evil" not in got.content_type
