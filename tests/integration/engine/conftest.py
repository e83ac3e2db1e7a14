from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.app import App
from monitor.wiring.configuration import load
from snapshots.clock import FixedClock
from snapshots.db import Database
from tests.integration.store.conftest import database
from tests.support.host import Host, hosting

__all__ = ["database"]

MORNING = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)
Worker = Callable[..., App]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MORNING)


@pytest.fixture
def host() -> Iterator[Host]:
    with hosting() as made:
        yield made


@pytest.fixture
def worker(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Worker]:
    """Makes a worker, one of several on the same database, that watches these sources; checks hourly by default."""
    with ExitStack() as stack:

        def make(sources: Sequence[dict[str, Any]], **settings: Any) -> App:
            config = tmp_path / "headwater.yaml"
            config.write_text(
                json.dumps(
                    {
                        "database": database_url,
                        "sources": [{"interval": "1h"} | source for source in sources],
                        "fetch": {"allow_networks": ["127.0.0.0/8"], "timeout": "2s"},
                        "schedule": {"jitter": 0},
                    }
                    | settings
                )
            )
            configuration = load(config)
            app = stack.enter_context(App(configuration, Database(database_url), {}, clock))
            app.prepare()
            return app

        yield make


def run_due(app: App) -> list[str]:
    """Check what may be checked now; the ids in order."""
    claims = app.claim(100)
    for claim in claims:
        app.check(claim)
    app.flush()
    return [claim.source_id for claim in claims]


def run_for(clock: FixedClock, apps: Sequence[App], seconds: int) -> list[tuple[int, str]]:
    """Let the workers tick once a second, in turn; the second and the source of each check."""
    done = []
    for second in range(seconds):
        done += [(second, source) for app in apps for source in run_due(app)]
        clock.set(clock.now() + timedelta(seconds=1))
    return done
