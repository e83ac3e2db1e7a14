"""An upstream on loopback: paths answer as told, and every request is remembered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from monitor.demo.listening import Listener


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; with `etag` it answers a matching `If-None-Match` with 304."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Upstream:
    """The answers by path with query; anything else is 404."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.seen: list[Seen] = []
        self.base = ""

    def text(self, path: str, text: str, content_type: str = "text/html", **more: Any) -> None:
        self.replies[path] = Reply(text.encode(), content_type=content_type, **more)

    def json(self, path: str, value: object, **more: Any) -> None:
        self.replies[path] = Reply(json.dumps(value).encode(), content_type="application/json", **more)

    @property
    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [one.path for one in self.seen]


@contextmanager
def serving(upstream: Upstream) -> Iterator[Upstream]:
    """Serve it on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            upstream.seen.append(Seen(self.command, self.path, headers, body))
            reply = upstream.replies.get(self.path, Reply(b"no such page", 404))
            fresh = bool(reply.etag) and headers.get("if-none-match") == reply.etag
            content = b"" if fresh else reply.body
            self.send_response(304 if fresh else reply.status)
            self.send_header("Content-Length", str(len(content)))
            if content:
                self.send_header("Content-Type", reply.content_type)
            if reply.etag:
                self.send_header("ETag", reply.etag)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            """Say nothing on stderr."""

    with Listener(Handler) as listener:
        upstream.base = f"http://127.0.0.1:{listener.port}"
        yield upstream
