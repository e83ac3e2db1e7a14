"""A process that only delivers, on a clock that runs a hundred times as fast; the test kills it."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.channels import CHANNEL_MODELS, open_channel
from alerts.channels import slack as slack_module
from alerts.deliver import deliver_due
from snapshots.db import Database

RATE = 100
NOON = datetime(2026, 4, 24, 12, 0, tzinfo=UTC)


class FastClock:
    """A simulated time that goes on while no process runs."""

    def __init__(self, began: float) -> None:
        """`began` is the real time, in seconds, at which it was noon."""
        self._began = began

    def now(self) -> datetime:
        return NOON + timedelta(seconds=(time.time() - self._began) * RATE)


def main(settings: Path) -> None:
    """Deliver until killed."""
    told = json.loads(settings.read_text(encoding="utf-8"))
    setattr(slack_module, "TIMEOUT_SECONDS", told["timeout"])  # noqa: B010 - it is imported there, not exported
    models = [CHANNEL_MODELS[each["kind"]].model_validate(each) for each in told["channels"]]
    channels = {model.name: open_channel(model, told["secrets"], settings.parent) for model in models}
    database, clock = Database(told["database"]), FastClock(told["began"])
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    while True:
        if not deliver_due(database, channels, clock=clock, owner=f"teller-{time.time_ns()}", limit=50):
            time.sleep(0.01)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
