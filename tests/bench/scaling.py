"""What more processes bring: checks a second of 1, 2 and 4 of them, where each answer takes 200 ms.

    python -m tests.bench.scaling

More checks are due than any of them can make, so that each does what it can: 8 at a time, 40 a second at most.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import create_engine

from tests.bench.service import configuration, count, cpu_seconds, start, store, upstream, wait_until_read

LATENCY = 0.2
SOURCES = 1_600
INTERVAL = 10
MEASURED = 20
ENGINES = {
    "embedded": (["run"], ["run"]),
    "procrastinate": (["run", "--engine", "procrastinate"], ["worker"]),
}


def checks_a_second(engine: str, processes: int) -> tuple[float, float]:
    """Checks a second of so many processes, and the share of one core they take together."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        origin = stack.enter_context(upstream(LATENCY))
        url = stack.enter_context(store("postgresql", folder))
        (folder / "headwater.yaml").write_text(json.dumps(configuration(url, origin, SOURCES, INTERVAL)))
        first, more = ENGINES[engine]
        running = [start(stack, folder, command) for command in (first, *[more] * (processes - 1))]
        pids = [process.pid for process in running]
        database = create_engine(url)
        wait_until_read(database, SOURCES, running)
        time.sleep(INTERVAL)
        cpu, begun, before = cpu_seconds(pids), time.monotonic(), count(database, "SELECT count(*) FROM checks")
        time.sleep(MEASURED)
        done, took = count(database, "SELECT count(*) FROM checks") - before, time.monotonic() - begun
        share = (cpu_seconds(pids) - cpu) / took
        database.dispose()
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(60)
        return done / took, share


def main() -> None:
    """Measure and print."""
    _say(f"{os.cpu_count()} cores, {LATENCY * 1_000:.0f} ms an answer, {SOURCES / INTERVAL:.0f} checks due a second")
    for engine in ENGINES:
        alone = 0.0
        for processes in (1, 2, 4):
            rate, share = checks_a_second(engine, processes)
            alone = alone or rate
            _say(f"{engine:<16}{processes} x 8 {rate:>7.1f} checks/s  {rate / alone:>4.1f} x  {share:>5.0%} of a core")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what a benchmark is for


if __name__ == "__main__":
    main()
