"""A forward proxy on loopback that takes a browser's traffic through the address guard.

The browser is told to use it for everything, loopback included, and to resolve no name itself. So each document,
script, frame, fetch and WebSocket is resolved, checked and pinned here, and what all of them weigh is counted.
Plain requests come in absolute form (RFC 9112 section 3.2.2), everything else by CONNECT (RFC 9110 section 9.3.6).
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpcore2

from monitor.fetch.guard import DeadlineError, GuardedBackend, RefusedAddressError
from monitor.fetch.model import FailureKind
from monitor.fetch.resolve import UnresolvedError

_MOST_HEAD_BYTES = 65_536
_PIECE = 65_536
# Of one hop only (RFC 9110 section 7.6.1); the connection behind the proxy serves one request.
_HOP = ("connection", "proxy-connection", "proxy-authorization", "keep-alive", "te", "upgrade")


class GuardedProxy:
    """The proxy, for one page. `failures` says of each host that was not reached why, in words."""

    def __init__(self, backend: GuardedBackend, *, seconds: float, most_bytes: int, most_connections: int) -> None:
        """After `seconds`, `most_bytes` in both directions or `most_connections` nothing goes through any more."""
        self._backend = backend
        self._ends = backend.deadline.monotonic() + seconds
        self._left, self._connections = most_bytes, most_connections
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.failures: dict[str, tuple[FailureKind, str]] = {}
        self.exhausted = False

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="page proxy", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._close_all()

    @property
    def address(self) -> str:
        """Where the browser finds it."""
        host, port = self._listener.getsockname()
        return f"http://{host}:{port}"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), name="page proxy", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError, ValueError), self._kept(client):
            client.settimeout(self._seconds())
            head, rest = _head(client)
            method, target, headers = _parsed(head)
            tunnel = method == "CONNECT"
            parts = urlsplit(f"//{target}" if tunnel else target)
            host, port = parts.hostname or "", parts.port or 80
            if not host or (not tunnel and parts.scheme != "http"):
                _answer(client, 400, "This proxy takes http and CONNECT.")
                return
            server = self._connect(client, host, port)
            if server is None:
                return
            with self._kept(server):
                if tunnel:
                    client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                    server.sendall(rest)
                    self._both_ways(client, server)
                else:
                    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
                    server.sendall(_origin_form(method, path, headers))
                    self._exchange(client, server, rest, int(_value(headers, "content-length") or 0))

    def _connect(self, client: socket.socket, host: str, port: int) -> socket.socket | None:
        """A guarded connection; else the browser is told, and the reason is kept."""
        with self._lock:
            self._connections -= 1
            self.exhausted = self.exhausted or self._connections < 0
        if self.exhausted:
            _answer(client, 429, "The page asks for more connections than one page may have.")
            return None
        self._backend.deadline.start(self._seconds())
        try:
            stream = self._backend.connect_tcp(host, port)
        except RefusedAddressError as error:
            status, failure = 403, (FailureKind.REFUSED, str(error))
        except UnresolvedError as error:
            status, failure = 502, (FailureKind.DNS, str(error))
        except (DeadlineError, httpcore2.ConnectTimeout):
            status, failure = 504, (FailureKind.TIMEOUT, f"{host} did not answer in time.")
        except httpcore2.ConnectError as error:
            status, failure = 502, (FailureKind.CONNECTION, f"{host} cannot be reached: {error}.")
        else:
            server: socket.socket = stream.get_extra_info("socket")
            return server
        self.failures[host] = failure
        _answer(client, status, failure[1])
        return None

    def _both_ways(self, client: socket.socket, server: socket.socket) -> None:
        back = threading.Thread(target=self._pump, args=(server, client), name="page proxy", daemon=True)
        back.start()
        self._pump(client, server)
        back.join()

    def _exchange(self, client: socket.socket, server: socket.socket, rest: bytes, length: int) -> None:
        """One request and its answer. The next request may be for another host, so it needs another connection."""
        server.sendall(rest[:length])
        left = length - len(rest[:length])
        while left > 0 and (piece := client.recv(min(left, _PIECE))):
            server.sendall(piece)
            left -= len(piece)
        server.settimeout(self._seconds())
        interim, held = True, b""
        while interim:
            head, rest = _head(server, held)
            held = rest
            interim = head.split(b" ", 2)[1:2] in ([b"100"], [b"102"], [b"103"])
            client.sendall(_last_of_connection(head) if not interim else head + b"\r\n\r\n")
        client.sendall(rest)
        threading.Thread(target=self._until_gone, args=(client, server), name="page proxy", daemon=True).start()
        self._pump(server, client)

    def _until_gone(self, client: socket.socket, server: socket.socket) -> None:
        """Wait until the browser has its answer and hangs up; then the server may go, whatever it still sends."""
        with suppress(OSError):
            client.recv(1)
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while True:
                source.settimeout(self._seconds())
                piece = source.recv(_PIECE)
                with self._lock:
                    self._left -= len(piece)
                    self.exhausted = self.exhausted or self._left < 0
                if not piece or self.exhausted:
                    break
                sink.settimeout(self._seconds())
                sink.sendall(piece)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        if self.exhausted:
            self._close_all()

    def _seconds(self) -> float:
        return max(self._ends - self._backend.deadline.monotonic(), 0.001)

    def _kept(self, connection: socket.socket) -> _Kept:
        return _Kept(connection, self._open, self._lock)

    def _close_all(self) -> None:
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Kept:
    """A connection that is known while it is open, so that it can be ended from outside."""

    def __init__(self, connection: socket.socket, known: set[socket.socket], lock: threading.Lock) -> None:
        self._connection, self._known, self._lock = connection, known, lock

    def __enter__(self) -> None:
        with self._lock:
            self._known.add(self._connection)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._known.discard(self._connection)
        self._connection.close()


def _head(peer: socket.socket, held: bytes = b"") -> tuple[bytes, bytes]:
    """The next head, without the empty line at its end, and what came behind it."""
    while b"\r\n\r\n" not in held:
        piece = peer.recv(_PIECE)
        if not piece or len(held) > _MOST_HEAD_BYTES:
            message = "The head has no end."
            raise ValueError(message)
        held += piece
    head, _, rest = held.partition(b"\r\n\r\n")
    return head, rest


def _parsed(head: bytes) -> tuple[str, str, Mapping[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    return method, target, {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _value(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _last_of_connection(head: bytes) -> bytes:
    """The head of an answer, telling the browser that nothing follows on this connection."""
    first, *lines = head.split(b"\r\n")
    kept = [line for line in lines if line.partition(b":")[0].strip().lower().decode("latin-1") not in _HOP]
    return b"\r\n".join([first, *kept, b"Connection: close", b"", b""])


def _origin_form(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    kept = [f"{name}: {value}" for name, value in headers.items() if name.lower() not in _HOP]
    return "\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]).encode("latin-1")


def _answer(client: socket.socket, status: int, text: str) -> None:
    body = text.encode()
    head = f"HTTP/1.1 {status} Proxy\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    client.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
