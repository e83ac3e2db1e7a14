"""Runs the hostile cases in a process of its own and says, as lines of JSON, what each did.

    python -m tests.integration.hostile.child < {"good": URL, "closing": URL, "ca_file": PATH, "cases": {NAME: URL}}

The process opens no connection that its audit hook does not see (PEP 578), so what it says about the addresses it
reached holds for every library in it. Its memory is the high-water mark of its own address space; `ru_maxrss` would
count what the parent held before this program was started in its place.
"""

from __future__ import annotations

import faulthandler
import json
import sys
import time
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from monitor.fetch.client import Fetcher, Limits
from monitor.logs import quiet
from snapshots.changes.model import Level
from snapshots.db import Database
from tests.integration.hostile.addresses import ALLOWED, Names
from tests.support.watching import Watching

MOST_SECONDS = 20
LIMITS = Limits(timeout=timedelta(seconds=1))


def main(good: str, closing: str, ca_file: str, cases: dict[str, str]) -> None:
    """Check each case after a good version, and report."""
    quiet()
    reached: list[str] = []
    sys.addaudithook(lambda event, details: _note(reached, event, details))
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/hostile.db")
        fetcher = Fetcher(
            limits=LIMITS,
            allow_networks=[ip_network(ALLOWED)],
            ca_file=Path(ca_file),
            resolver=Names(),
        )
        with fetcher:
            watching = Watching(database, fetcher)
            for name, url in cases.items():
                # The name that is rebound must be looked up anew, so its connection is not kept.
                _run(watching, name, url, closing if name == "rebinding" else good, reached)
        database.close()
    faulthandler.cancel_dump_traceback_later()
    _say({"peak_bytes": _peak()})


def _run(watching: Watching, name: str, url: str, good: str, reached: list[str]) -> None:
    watching.add(name, url)
    baseline = watching.check(name, at=good)
    known = watching.facts(name)
    reached.clear()
    started, peak = time.monotonic(), _peak()
    # Says where it hangs, on stderr, and ends the process.
    faulthandler.dump_traceback_later(MOST_SECONDS, exit=True)
    try:
        outcome = watching.check(name)
    except Exception as error:  # noqa: BLE001 - an exception is the finding
        _say({"case": name, "exception": f"{type(error).__name__}: {error}"[:500]})
        return
    _say(
        {
            "case": name,
            "baseline": baseline.outcome.value,
            "facts": len(known),
            "state": outcome.outcome.value,
            "detail": outcome.detail,
            "told": [change.kind for change in outcome.changes if change.level is not Level.NONE],
            "same_facts": watching.facts(name) == known,
            "seconds": round(time.monotonic() - started, 3),
            "grew": _peak() - peak,
            "peak": _peak(),
            "reached": sorted(set(reached)),
        }
    )


def _peak() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) * 1024


def _note(reached: list[str], event: str, details: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and isinstance(details[-1], tuple):
        reached.append(str(details[-1][0]))


def _say(record: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(**json.load(sys.stdin))
