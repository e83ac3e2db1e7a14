"""What a supervisor hears, on a real socket of its own."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.ops.notify import Notifier, Watchdog


class Supervisor:
    """The socket that systemd would listen at."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address.replace("@", "\0"))
        self._socket.settimeout(10)
        self.environ = {"NOTIFY_SOCKET": address}

    def hears(self) -> list[str]:
        return self._socket.recv(4_096).decode().splitlines()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def supervisor(request: pytest.FixtureRequest) -> Iterator[Supervisor]:
    # A path of a socket has at most 108 characters, which pytest's own folders may exceed.
    with tempfile.TemporaryDirectory() as folder:
        address = str(Path(folder) / "notify") if request.param == "path" else f"@headwater-test-{os.getpid()}"
        made = Supervisor(address)
        yield made
        made.close()


def test_the_supervisor_is_told(supervisor: Supervisor) -> None:
    Notifier(supervisor.environ).tell("READY=1", "STATUS=Watching 28 sources")
    assert supervisor.hears() == ["READY=1", "STATUS=Watching 28 sources"]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_without_a_supervisor_nothing_happens(environ: dict[str, str]) -> None:
    Notifier(environ).tell("READY=1")


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "300000000"}, 300.0),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": str(os.getpid())}, 1.5),
        # The variables were meant for the process that started this one.
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_a_sign_of_life_is_given_only_to_who_waits_for_it(environ: dict[str, str], seconds: float | None) -> None:
    assert Notifier(environ).watchdog_seconds == seconds


def test_signs_of_life_come_while_the_work_goes_on(supervisor: Supervisor) -> None:
    signs = iter([True, False, True])
    asked: list[bool] = []

    def alive() -> bool:
        asked.append(next(signs, True))
        return asked[-1]

    with Watchdog(Notifier(supervisor.environ | {"WATCHDOG_USEC": "20000"}), alive):
        assert supervisor.hears() == ["WATCHDOG=1"]
        assert supervisor.hears() == ["WATCHDOG=1"]
    assert asked[:3] == [True, False, True]


def test_without_a_watchdog_nobody_asks() -> None:
    def alive() -> bool:
        raise AssertionError

    with Watchdog(Notifier({}), alive):
        pass
