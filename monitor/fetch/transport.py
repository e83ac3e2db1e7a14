"""An httpx2 transport over a pool whose connections are guarded.

httpx2's own transport takes no network backend; the pool beneath it does.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import h2.exceptions
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
    # What the HTTP/2 layer does not turn into one of the above: frames out of order, a status that is no number.
    (h2.exceptions.H2Error, httpx2.RemoteProtocolError),
    (ValueError, httpx2.RemoteProtocolError),
)
_MOST_HEADERS = 500


class GuardedTransport(httpx2.BaseTransport):
    """Sends requests over guarded connections, HTTP/1.1 and HTTP/2."""

    def __init__(
        self, backend: GuardedBackend, *, tls: ssl.SSLContext, connections: int, proxy: Proxy | None = None
    ) -> None:
        """`connections` is the most that are open at the same time; with `proxy` all of them go through it."""
        self._deadline = backend.deadline
        options: dict[str, Any] = {
            "ssl_context": tls,
            "max_connections": connections,
            "max_keepalive_connections": connections,
            "keepalive_expiry": 15,
            "http2": True,
            "network_backend": backend,
        }
        if proxy is None:
            self._pool: httpcore2.ConnectionPool = _Pool(**options)
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
        self._deadline.expect_head(expected=True)
        try:
            with _translated():
                answer = self._first_answer(wire)
        finally:
            self._deadline.expect_head(expected=False)
        if len(answer.headers) > _MOST_HEADERS:
            answer.close()
            message = f"there are {len(answer.headers)} headers, more than {_MOST_HEADERS}"
            raise httpx2.RemoteProtocolError(message)
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _first_answer(self, wire: httpcore2.Request) -> httpcore2.Response:
        """Ask, and ask once more when the connection was gone before anything came back.

        A server may close a kept connection just as it is used again (RFC 9112 section 9.3.1); a GET without a body
        may be repeated (section 9.2.2 of RFC 9110), a POST may not: it could cost twice.
        """
        if wire.method != b"GET":
            return self._pool.handle_request(wire)
        try:
            return self._pool.handle_request(wire)
        except (httpcore2.ReadError, httpcore2.WriteError):
            return self._pool.handle_request(wire)
        except httpcore2.RemoteProtocolError as error:
            if "disconnected without sending" not in str(error):
                raise
            return self._pool.handle_request(wire)


class _Pool(httpcore2.ConnectionPool):
    """A pool of connections that carry one request at a time, HTTP/2 too."""

    def create_connection(self, origin: httpcore2.Origin) -> httpcore2.ConnectionInterface:
        return _OneAtATime(
            origin=origin,
            ssl_context=self._ssl_context,
            keepalive_expiry=self._keepalive_expiry,
            http2=self._http2,
            network_backend=self._network_backend,
        )


class _OneAtATime(httpcore2.HTTPConnection):
    """A connection whose streams never wait for each other.

    A request that waits for its turn on a shared HTTP/2 connection waits without end, whatever its own deadline, and
    fails with the deadline of another. A server that allows no stream at all would hold every thread that comes by.
    """

    def is_available(self) -> bool:
        return self._connection is not None and self.is_idle() and super().is_available() and not self._is_closed_off()

    def has_expired(self) -> bool:
        return super().has_expired() or (self._connection is not None and self._is_closed_off())

    def can_multiplex(self) -> bool:
        return False

    def _is_closed_off(self) -> bool:
        """Whether the server allows no further stream (SETTINGS_MAX_CONCURRENT_STREAMS, RFC 9113 section 6.5.2)."""
        state = getattr(self._connection, "_h2_state", None)
        return state is not None and state.remote_settings.max_concurrent_streams < 1


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self._answer.stream, Iterable)
        with _translated():
            yield from self._answer.stream
        if _surplus(self._answer.stream):
            # What came too much would be read as the answer to the next request.
            self._answer.extensions["network_stream"].close()
            message = "the answer goes on behind the length that it states"
            raise httpx2.RemoteProtocolError(message)

    def close(self) -> None:
        self._answer.close()


def _surplus(stream: object) -> bytes:
    """Bytes that came behind the end of an HTTP/1.1 answer; the pool beneath hides them."""
    connection = getattr(getattr(stream, "_stream", None), "_connection", None)
    state = getattr(connection, "_h11_state", None)
    return b"" if state is None else bytes(state.trailing_data[0])


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for theirs, ours in _ERRORS:
            if isinstance(error, theirs):
                raise ours(str(error)) from error
        raise
