"""A loopback server that plays what upstreams do, down to the byte: raw sockets, a thread for each connection.

A path is answered by its behaviour, a function that gets the `Exchange`. `Upstream` counts the connections that it
accepts: a server that must never be reached is one whose `accepted` stays zero. Behaviours are in
`tests.support.behaviours`.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, TypeAlias

_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came; `at` is in seconds of the monotonic clock."""

    path: str
    headers: Mapping[str, str]
    at: float


@dataclass(slots=True)
class Exchange:
    """One request and the connection on which it came. `over` is set when the server stops."""

    connection: socket.socket
    seen: Seen
    over: threading.Event
    keep: bool = False

    def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.connection.sendall(data)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Write an honest answer; an underscore in a header's name stands for a hyphen."""
        bodiless = status in (204, 304) or status < 200
        sent = {} if bodiless else {"Content-Type": "text/html", "Content-Length": str(len(body))}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        self.send(f"HTTP/1.1 {status} Played\r\n{head}\r\n".encode("latin-1") + (b"" if bodiless else body))
        self.keep = True


Behaviour: TypeAlias = Callable[[Exchange], None]


@dataclass
class Upstream:
    """The server, on a free port of `host`; `fallback` answers every path without a behaviour."""

    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = 0
    tls: ssl.SSLContext | None = None
    fallback: Behaviour | None = None
    accepted: int = 0
    log: list[Seen] = field(default_factory=list)

    def __enter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, self.port), family=family, backlog=256)
        self.port = self._listener.getsockname()[1]
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._open: list[socket.socket] = []
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(_PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads)

    @property
    def base(self) -> str:
        """The address, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.tls is None else 'https'}://{host}:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        """Answer the requests of one connection."""
        with connection.makefile("rb") as reader:
            while True:
                line = reader.readline(65_536).split()
                if len(line) < 2:
                    return
                headers = {}
                while (header := reader.readline(65_536)) not in (b"\r\n", b"\n", b""):
                    name, _, value = header.decode("latin-1").partition(":")
                    headers[name.strip().lower()] = value.strip()
                seen = Seen(line[1].decode("latin-1"), headers, time.monotonic())
                self.log.append(seen)
                exchange = Exchange(connection, seen, self._over)
                behaviour = self.behaviours.get(seen.path.partition("?")[0], self.fallback)
                if behaviour is None:
                    exchange.answer(404, b"nothing here")
                else:
                    behaviour(exchange)
                if not exchange.keep:
                    return

    def _accept(self) -> None:
        with suppress(OSError):
            while not self._over.is_set():
                connection, _ = self._listener.accept()
                self.accepted += 1
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open.append(connection)
                thread = threading.Thread(target=self._one, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _one(self, connection: socket.socket) -> None:
        # The other side may have had enough; that is what many tests are about.
        with suppress(OSError), connection:
            if self.tls is None:
                self.serve(connection)
                return
            connection.settimeout(_PATIENCE)
            with self.tls.wrap_socket(connection, server_side=True) as encrypted:
                self._open.append(encrypted)
                self.serve(encrypted)
