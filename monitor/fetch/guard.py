"""Which addresses may be reached: resolved, checked and pinned at connect time, on every hop.

A public name may resolve to a private address, or to a public one now and a private one a moment later. So the check
and the connection use the same address, and TLS still proves the host's name. Literal addresses in any spelling
(decimal, octal, IPv4-mapped IPv6) end up here as well, because the resolver turns them into plain ones.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

import httpcore2

from monitor.fetch.resolve import Lookups, Resolver, system_resolver

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
_CGNAT = IPv4Network("100.64.0.0/10")
# All that is given out for use between networks (RFC 4291 section 2.4); site-local addresses and the like lie outside.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# A server that hangs up each time makes the pool beneath try again, for as long as there is time.
_MOST_CONNECTIONS = 20
# Of status line and headers, interim answers (RFC 9110 section 15.2) and the first piece of the body included.
_MOST_HEAD_BYTES = 262_144


class RefusedAddressError(Exception):
    """A name leads to an address that must not be reached; the message is a sentence for people."""


class DeadlineError(Exception):
    """The time for one whole answer is over, or its share of connections."""


def refused(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether an address is off limits: anything that is not plainly public and not allowed by name."""
    plain = _unwrapped(address)
    if any(plain in network for network in allowed if network.version == plain.version):
        return False
    if plain in _CGNAT if isinstance(plain, IPv4Address) else plain not in _GLOBAL_UNICAST:
        return True
    return not plain.is_global or plain.is_multicast or plain.is_reserved or plain.is_unspecified


def _unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped, 6to4 or NAT64 form, else the address itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


@dataclass(slots=True)
class Deadline:
    """What the current answer may still take, kept for each thread: time, connections, and bytes until its headers end.

    Times are seconds of a monotonic clock.
    """

    monotonic: Callable[[], float] = time.monotonic
    _local: threading.local = field(default_factory=threading.local)

    def start(self, seconds: float) -> None:
        """Give the current thread so many seconds from now, and its connections."""
        self._local.began = self.monotonic()
        self._local.at = self._local.began + seconds
        self._local.connections = 0

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Give back what is used within: time and connections. Another answer may be begun and ended there."""
        at, began = getattr(self._local, "at", None), getattr(self._local, "began", None)
        connections, paused_at = getattr(self._local, "connections", 0), self.monotonic()
        try:
            yield
        finally:
            lost = self.monotonic() - paused_at
            self._local.at = None if at is None else at + lost
            self._local.began = None if began is None else began + lost
            self._local.connections = connections

    def elapsed(self) -> float:
        """Seconds since the answer was begun, without pauses."""
        began: float | None = getattr(self._local, "began", None)
        return 0.0 if began is None else self.monotonic() - began

    def spend_connection(self) -> None:
        """Count a connection that is opened for the current answer.

        Raises:
            DeadlineError: there were too many.
        """
        self._local.connections = getattr(self._local, "connections", 0) + 1
        if self._local.connections > _MOST_CONNECTIONS:
            message = f"The answer took more than {_MOST_CONNECTIONS} connections."
            raise DeadlineError(message)

    def expect_head(self, *, expected: bool) -> None:
        """Say whether what comes now is a head, whose bytes are counted, or a body, whose bytes the reader counts."""
        self._local.head = _MOST_HEAD_BYTES if expected else None

    def received(self, size: int) -> None:
        """Count bytes that came in.

        Raises:
            httpcore2.RemoteProtocolError: the head is larger than any honest one.
        """
        left: int | None = getattr(self._local, "head", None)
        if left is None:
            return
        self._local.head = left - size
        if left < size:
            message = f"the headers do not end within {_MOST_HEAD_BYTES:,} bytes"
            raise httpcore2.RemoteProtocolError(message)

    def remaining(self) -> float:
        """Seconds left.

        Raises:
            DeadlineError: none.
        """
        at: float | None = getattr(self._local, "at", None)
        left = float("inf") if at is None else at - self.monotonic()
        if left <= 0:
            message = "The answer took too long."
            raise DeadlineError(message)
        return left


class GuardedBackend(httpcore2.NetworkBackend):
    """Opens connections to checked addresses only. `connections` lists those that were opened, for tests."""

    def __init__(
        self, *, allowed: Iterable[Network] = (), deadline: Deadline, resolver: Resolver = system_resolver
    ) -> None:
        """`allowed` are private networks that may be reached all the same."""
        self._allowed = tuple(allowed)
        self.deadline = deadline
        self._lookups = Lookups(resolver)
        self._sockets = httpcore2.SyncBackend()
        self.connections: list[str] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Resolve, check every address, connect to the first that answers."""
        found = self._lookups.addresses(host, port, self.deadline.remaining())
        addresses = [ip_address(text.partition("%")[0]) for text in found]
        for address in addresses:
            if refused(address, self._allowed):
                message = (
                    f"{host} leads to {address}, which is not a public address. "
                    "If this is meant, list its network under fetch.allow_networks."
                )
                raise RefusedAddressError(message)
        last: Exception = httpcore2.ConnectError(f"{host} has no address.")
        for address in addresses:
            limit = min(self.deadline.remaining(), timeout or float("inf"))
            try:
                self.deadline.spend_connection()
                self.connections.append(str(address))
                stream = self._sockets.connect_tcp(str(address), port, limit, local_address, socket_options)
                return _TimedStream(stream, self.deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
        raise last

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002 - the signature is httpcore2's
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore2.NetworkStream:
        """Refused: no document lives on a local socket."""
        message = f"{path} is a local socket."
        raise RefusedAddressError(message)


class _TimedStream(httpcore2.NetworkStream):
    """A stream whose every read and write ends with the deadline, so that a trickle cannot go on for ever."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece = self._stream.read(max_bytes, self._limit(timeout))
        self._deadline.received(len(piece))
        return piece

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._limit(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        stream = self._stream.start_tls(ssl_context, server_hostname, self._limit(timeout))
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def _limit(self, timeout: float | None) -> float:
        return min(self._deadline.remaining(), timeout if timeout is not None else float("inf"))
