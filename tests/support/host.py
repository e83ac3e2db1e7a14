"""A web server on the loopback whose paths answer as told; it remembers who asked for what."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from monitor.demo.listening import Listener


@dataclass
class Answer:
    """What a path gives; with an ETag that matches, 304."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""


@dataclass
class Host:
    """One server. `answers` by path; `asked` are the paths in order, `headers` those of each request."""

    origin: str
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def pages(self) -> list[str]:
        """What was asked for, robots.txt aside."""
        return [path for path in self.asked if path != "/robots.txt"]


@contextmanager
def hosting() -> Iterator[Host]:
    """A running server; each has a port, and so a host, of its own."""
    host = Host("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host.asked.append(self.path)
            host.headers.append({name.lower(): value for name, value in self.headers.items()})
            answer = host.answers.get(self.path, Answer(b"nothing here", 404))
            known = bool(answer.etag) and self.headers.get("If-None-Match") == answer.etag
            self.send_response(304 if known else answer.status)
            sent = {"Content-Type": "text/html"} | ({"ETag": answer.etag} if answer.etag else {}) | answer.headers
            for name, value in sent.items():
                self.send_header(name, value)
            if not known:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if not known:
                self.wfile.write(answer.body)

        def log_message(self, *_args: object) -> None:
            """Say nothing on stderr."""

    with Listener(Handler) as listener:
        host.origin = f"http://127.0.0.1:{listener.port}"
        yield host
