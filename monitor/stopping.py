"""Being told to stop: SIGTERM and Ctrl-C set an event, and whoever waits for it ends in order."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def told_to_stop() -> threading.Event:
    """An event that is set when the process is told to stop. Only the main thread may ask for it."""
    stop = threading.Event()

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, request_stop)
    signal.signal(signal.SIGINT, request_stop)
    return stop
