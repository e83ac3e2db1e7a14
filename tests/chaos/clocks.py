"""Clocks that jump: each process has a wall clock of its own, which the test sets (libfaketime)."""

from __future__ import annotations

from pathlib import Path

import pytest

_WHERE = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")


def library() -> Path:
    """The library that fakes the time; without it the test is skipped."""
    found = sorted(path for pattern in _WHERE for path in Path("/").glob(pattern.removeprefix("/")))
    if not found:
        pytest.skip("no clock can be made to jump here: libfaketime is missing (Debian's package faketime)")
    return found[0]


class JumpingClocks:
    """The wall clock of each process, as a file that says by how many seconds it is wrong."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where the files are."""
        self._library, self._folder = library(), folder
        self._wrong: dict[int, int] = {}

    def environment(self, number: int) -> dict[str, str]:
        """What a process is started with; a new one has the clock of the one before it."""
        self.set(number, self._wrong.get(number, 0))
        return {
            "LD_PRELOAD": str(self._library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file(number)),
            "FAKETIME_CACHE_DURATION": "1",
            # A machine whose clock is set has a monotonic clock that goes on as before.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set(self, number: int, seconds: int) -> None:
        """Set one clock so many seconds before the time, or behind it; it is noticed within a second."""
        self._wrong[number] = seconds
        self._file(number).write_text(f"{seconds:+d}s\n")

    def forget(self, pid: int) -> None:
        """Take away what the library leaves of a process that was killed: another one may get its number."""
        for name in (f"faketime_shm_{pid}", f"sem.faketime_sem_{pid}"):
            (Path("/dev/shm") / name).unlink(missing_ok=True)

    def _file(self, number: int) -> Path:
        return self._folder / f"clock-{number}"
