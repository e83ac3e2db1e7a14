"""An httpx2 transport over a pool whose connections are guarded.

httpx2's own transport takes no network backend; the pool beneath it does.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2
import httpx2

from monitor.fetch.guard import GuardedBackend
from monitor.fetch.proxy import Proxy

_ERRORS: tuple[tuple[type[Exception], type[httpx2.TransportError]], ...] = (
    (httpcore2.ConnectTimeout, httpx2.ConnectTimeout),
    (httpcore2.ReadTimeout, httpx2.ReadTimeout),
    (httpcore2.WriteTimeout, httpx2.WriteTimeout),
    (httpcore2.PoolTimeout, httpx2.PoolTimeout),
    (httpcore2.ConnectError, httpx2.ConnectError),
    (httpcore2.ReadError, httpx2.ReadError),
    (httpcore2.WriteError, httpx2.WriteError),
    (httpcore2.RemoteProtocolError, httpx2.RemoteProtocolError),
    (httpcore2.LocalProtocolError, httpx2.LocalProtocolError),
    (httpcore2.ProxyError, httpx2.ProxyError),
    (httpcore2.UnsupportedProtocol, httpx2.UnsupportedProtocol),
)


class GuardedTransport(httpx2.BaseTransport):
    """Sends requests over guarded connections, HTTP/1.1 and HTTP/2."""

    def __init__(
        self, backend: GuardedBackend, *, tls: ssl.SSLContext, connections: int, proxy: Proxy | None = None
    ) -> None:
        """`connections` is the most that are open at the same time; with `proxy` all of them go through it."""
        options: dict[str, Any] = {
            "ssl_context": tls,
            "max_connections": connections,
            "max_keepalive_connections": connections,
            "keepalive_expiry": 15,
            "http2": True,
            "network_backend": backend,
        }
        if proxy is None:
            self._pool = httpcore2.ConnectionPool(**options)
        else:
            # The way to a proxy over TLS is checked against the same authorities as everything else.
            secure = tls if proxy.url.startswith("https:") else None
            self._pool = httpcore2.HTTPProxy(
                proxy.url, proxy_auth=proxy.credentials, proxy_ssl_context=secure, **options
            )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; the body is read by the caller."""
        wire = httpcore2.Request(
            method=request.method,
            url=httpcore2.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream if isinstance(request.stream, httpx2.SyncByteStream) else b"",
            extensions=request.extensions,
        )
        with _translated():
            answer = self._first_answer(wire)
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _first_answer(self, wire: httpcore2.Request) -> httpcore2.Response:
        """Ask, and ask once more when the connection was gone before anything came back.

        A server may close a kept connection just as it is used again (RFC 9112 section 9.3.1); a GET without a body
        may be repeated (section 9.2.2 of RFC 9110).
        """
        try:
            return self._pool.handle_request(wire)
        except (httpcore2.ReadError, httpcore2.WriteError):
            return self._pool.handle_request(wire)
        except httpcore2.RemoteProtocolError as error:
            if "disconnected without sending" not in str(error):
                raise
            return self._pool.handle_request(wire)


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: object) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._stream, Iterable)
        with _translated():
            yield from self._stream

    def close(self) -> None:
        if callable(close := getattr(self._stream, "close", None)):
            close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for theirs, ours in _ERRORS:
            if isinstance(error, theirs):
                raise ours(str(error)) from error
        raise
