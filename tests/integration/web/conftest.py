from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.serving import Served
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.web.settings import Address, WebSettings
from tests.support.browsing import Browser
from tests.support.reviewed import NOW, copied

LOCAL = WebSettings(local_name="mara")


@pytest.fixture
def reviewed(story: Path, tmp_path: Path) -> Iterator[Database]:
    """A store of its own that has lived through the story."""
    database = copied(story, tmp_path / "headwater.db")
    yield database
    database.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def serve(clock: FixedClock) -> Iterator[Callable[..., Browser]]:
    """Serves a store with settings of the test's choice, and gives a browser without scripts that looks at it."""
    with ExitStack() as running:

        def start(database: Database, settings: WebSettings = LOCAL) -> Browser:
            bound = replace(settings, bind=Address("127.0.0.1", 0))
            served = running.enter_context(Served(database, bound, clock=clock))
            return running.enter_context(Browser(served.local_url))

        yield start


@pytest.fixture
def pages(reviewed: Database, serve: Callable[..., Browser]) -> Browser:
    """The pages over the story, without login."""
    return serve(reviewed)
