"""Which addresses may be reached: resolved, checked and pinned at connect time, on every hop.

A public name may resolve to a private address, or to a public one now and a private one a moment later. So the check
and the connection use the same address, and TLS still proves the host's name. Literal addresses in any spelling
(decimal, octal, IPv4-mapped IPv6) end up here as well, because the resolver turns them into plain ones.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

import httpcore2

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]

_NAT64 = IPv6Network("64:ff9b::/96")
_CGNAT = IPv4Network("100.64.0.0/10")


class RefusedAddressError(Exception):
    """A name leads to an address that must not be reached; the message is a sentence for people."""


class UnresolvedError(Exception):
    """A name has no address."""


class DeadlineError(Exception):
    """The time for one whole answer is over."""


def system_resolver(host: str, port: int) -> list[str]:
    """The addresses the system knows for a name, in its order of preference."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = f"{host} has no address ({getattr(error, 'strerror', None) or error})."
        raise UnresolvedError(message) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def refused(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether an address is off limits: anything that is not plainly public and not allowed by name."""
    plain = _unwrapped(address)
    if any(plain in network for network in allowed if network.version == plain.version):
        return False
    if isinstance(plain, IPv4Address) and plain in _CGNAT:
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
    """The end of the current answer, kept for each thread; seconds of a monotonic clock."""

    monotonic: Callable[[], float] = time.monotonic
    _local: threading.local = field(default_factory=threading.local)

    def start(self, seconds: float) -> None:
        """Give the current thread so many seconds from now."""
        self._local.at = self.monotonic() + seconds

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
        self._deadline = deadline
        self._resolver = resolver
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
        addresses = [ip_address(text.partition("%")[0]) for text in self._resolver(host, port)]
        for address in addresses:
            if refused(address, self._allowed):
                message = (
                    f"{host} leads to {address}, which is not a public address. "
                    "If this is meant, list its network under fetch.allow_networks."
                )
                raise RefusedAddressError(message)
        last: Exception = httpcore2.ConnectError(f"{host} has no address.")
        for address in addresses:
            limit = min(self._deadline.remaining(), timeout or float("inf"))
            try:
                self.connections.append(str(address))
                stream = self._sockets.connect_tcp(str(address), port, limit, local_address, socket_options)
                return _TimedStream(stream, self._deadline)
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
        return self._stream.read(max_bytes, self._limit(timeout))

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
