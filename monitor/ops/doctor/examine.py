"""Looking at many things at once, within one bound of time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence

from monitor.ops.doctor.model import Finding, Look, wrong

_AT_ONCE = 16


def examine(looks: Sequence[Look], *, seconds: float) -> list[Finding]:
    """What the looks find, in their order; one that has not ended after so many `seconds` in all is a finding too.

    The threads are daemons: one that hangs in a name server must not keep the program from ending.
    """
    todo: queue.SimpleQueue[tuple[int, Look]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, list[Finding]]] = queue.SimpleQueue()
    for numbered in enumerate(looks):
        todo.put(numbered)

    def work() -> None:
        while True:
            try:
                number, look = todo.get_nowait()
            except queue.Empty:
                return
            done.put((number, _made(look)))

    for _ in range(min(_AT_ONCE, len(looks))):
        threading.Thread(target=work, daemon=True, name="doctor").start()
    found: dict[int, list[Finding]] = {}
    end = time.monotonic() + seconds
    while len(found) < len(looks):
        try:
            number, findings = done.get(timeout=max(end - time.monotonic(), 0.001))
        except queue.Empty:
            break
        found[number] = findings
    late = f"no answer within {seconds:g} seconds"
    for number, look in enumerate(looks):
        found.setdefault(number, [wrong(look.area, look.about, late, "Try again, with a longer --timeout.")])
    return [finding for number in range(len(looks)) for finding in found[number]]


def _made(look: Look) -> list[Finding]:
    try:
        return list(look.make())
    except Exception as error:  # noqa: BLE001 - a fault in one look must not hide what the others find
        said = f"could not be looked at ({type(error).__name__}: {error})"
        return [wrong(look.area, look.about, said, "Report this with the words above.")]
