"""The re-enacted site on the loopback, and what was asked of it."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler

from monitor.demo.listening import ANYWHERE, Listener
from monitor.demo.story import Response, page_at
from snapshots.clock import Clock


@dataclass(frozen=True, slots=True)
class Visit:
    """One answered request: the simulated instant (UTC), the path, and the status given."""

    at: datetime
    path: str
    status: int


class Site(Listener):
    """Serves `page_at`; a context manager."""

    def __init__(self, clock: Clock, *, bind: tuple[str, int] = ANYWHERE, origin: str = "") -> None:
        """Listen at `bind`, by default at a port of the system's choice; `origin` is the address others use for it."""
        self._clock = clock
        self._origin = origin
        self._visits: list[Visit] = []
        self._lock = threading.Lock()
        super().__init__(_handler_for(self), bind)

    @property
    def origin(self) -> str:
        """The site's address without a path."""
        return self._origin or f"http://127.0.0.1:{self.port}"

    @property
    def visits(self) -> tuple[Visit, ...]:
        """What was asked so far, in the order of the answers."""
        with self._lock:
            return tuple(self._visits)

    def looks(self, since: datetime) -> Counter[str]:
        """How often each path was asked for from `since` on."""
        with self._lock:
            return Counter(visit.path for visit in self._visits if visit.at >= since)

    def answer(self, path: str, if_none_match: str | None, if_modified_since: str | None) -> Response:
        """Give the answer of this moment; 304 without a body when the asker's copy is the present one."""
        now = self._clock.now()
        page = page_at(path, now, origin=self.origin)
        validators = dict(page.headers)
        same = (
            if_none_match == validators["ETag"]
            if "ETag" in validators and if_none_match
            else if_modified_since is not None and if_modified_since == validators.get("Last-Modified")
        )
        if page.status == 200 and same:
            page = Response(304, tuple(h for h in page.headers if h[0] != "Content-Type"), b"")
        with self._lock:
            self._visits.append(Visit(now, path, page.status))
        return page


def _handler_for(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Without it a keep-alive connection nobody uses would hold a thread until the process ends.
        timeout = 10

        def do_GET(self) -> None:
            page = site.answer(self.path, self.headers["If-None-Match"], self.headers["If-Modified-Since"])
            self.send_response(page.status)
            for name, value in page.headers:
                self.send_header(name, value)
            if page.status != 304:
                self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, *_args: object) -> None:
            """Say nothing: the visits are the record."""

    return Handler
