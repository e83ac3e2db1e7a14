"""Telling systemd how it goes: the notification protocol of sd_notify(3), a datagram to the socket it names.

Nothing happens where no supervisor asked for it.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

_MICROSECONDS = 1_000_000


class Notifier:
    """Tells the supervisor that asked for it by NOTIFY_SOCKET; else tells nobody."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ

    def tell(self, *states: str) -> None:
        """Send assignments such as `READY=1`. A supervisor that cannot be told is no reason to stop working."""
        address = self._environ.get("NOTIFY_SOCKET", "")
        if address.startswith("@"):
            address = "\0" + address[1:]  # Of Linux' abstract namespace, see unix(7).
        if not address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            try:
                channel.sendto("\n".join(states).encode(), address)
            except OSError:
                return

    @property
    def watchdog_seconds(self) -> float | None:
        """How long the supervisor waits for a sign of life of this process (sd_watchdog_enabled(3)), if it does."""
        microseconds, process = self._environ.get("WATCHDOG_USEC", ""), self._environ.get("WATCHDOG_PID", "")
        if not (microseconds.isascii() and microseconds.isdigit() and int(microseconds)):
            return None
        mine = process in ("", str(os.getpid()))
        return int(microseconds) / _MICROSECONDS if mine else None


class Watchdog:
    """Gives the supervisor a sign of life, twice in the time it waits, while `alive` says so; a context manager."""

    def __init__(self, notifier: Notifier, alive: Callable[[], bool]) -> None:
        self._notifier = notifier
        self._alive = alive
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def __enter__(self) -> Self:
        if self._notifier.watchdog_seconds is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        seconds = self._notifier.watchdog_seconds
        assert seconds is not None, "the thread is started only with a watchdog"
        while True:
            if self._alive():
                self._notifier.tell("WATCHDOG=1")
            if self._ended.wait(seconds / 2):
                return
