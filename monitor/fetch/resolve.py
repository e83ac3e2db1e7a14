"""Names to addresses, in bounded time.

`getaddrinfo` takes as long as the system's resolver likes, half a minute when no name server answers, and cannot be
interrupted. So it runs beside the check, which waits no longer than its own deadline.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import TypeAlias

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]

# Name servers that hang must not cost a thread for each check.
_MOST_LOOKUPS = 64


class UnresolvedError(Exception):
    """A name has no address, or none in time."""


def system_resolver(host: str, port: int) -> list[str]:
    """The addresses the system knows for a name, in its order of preference."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = f"{host} has no address ({getattr(error, 'strerror', None) or error})."
        raise UnresolvedError(message) from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Lookups:
    """Runs a resolver with an end. Checks that ask for the same name while it is looked up share one lookup."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._lock = threading.Lock()
        self._running: dict[tuple[str, int], _Lookup] = {}

    def addresses(self, host: str, port: int, seconds: float) -> Sequence[str]:
        """The addresses of a name, waiting at most so many seconds.

        Raises:
            UnresolvedError: there is none, or none in time.
        """
        if _is_literal(host):
            return self._resolver(host, port)
        key = (host, port)
        with self._lock:
            lookup = self._running.get(key)
            if lookup is None:
                if len(self._running) >= _MOST_LOOKUPS:
                    message = f"{host} is not looked up: {_MOST_LOOKUPS} lookups wait for name servers already."
                    raise UnresolvedError(message)
                lookup = self._running[key] = _Lookup()
                # A daemon, so that a name server that hangs does not hold the end of the program.
                threading.Thread(target=self._run, args=(key, lookup), name=f"lookup {host}", daemon=True).start()
        if not lookup.done.wait(min(seconds, threading.TIMEOUT_MAX)):
            message = f"{host} has no address in time: the name servers do not answer."
            raise UnresolvedError(message)
        if lookup.error is not None:
            raise lookup.error
        return lookup.found

    def _run(self, key: tuple[str, int], lookup: _Lookup) -> None:
        try:
            lookup.found = self._resolver(*key)
        except BaseException as error:  # noqa: BLE001 - it is raised where the answer is awaited
            lookup.error = error
        with self._lock:
            del self._running[key]
        lookup.done.set()


class _Lookup:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.found: Sequence[str] = ()
        self.error: BaseException | None = None


def _is_literal(host: str) -> bool:
    """Whether a host is an address already; then nobody is asked."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
