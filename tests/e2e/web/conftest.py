from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from monitor.serving import Served
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.web.settings import Address, WebSettings
from tests.support.chromium import NoChromiumError, Watched, launched
from tests.support.reviewed import NOW, copied

LOCAL = WebSettings(bind=Address("127.0.0.1", 0), local_name="mara")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with ExitStack() as running:
        try:
            browser = running.enter_context(launched())
        except NoChromiumError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))
        yield browser


@pytest.fixture
def reviewed(story: Path, tmp_path: Path) -> Iterator[Database]:
    database = copied(story, tmp_path / "headwater.db")
    yield database
    database.close()


@pytest.fixture
def origin(reviewed: Database) -> Iterator[str]:
    with Served(reviewed, LOCAL, clock=FixedClock(NOW)) as served:
        yield served.local_url


@pytest.fixture
def look(chromium: Browser, origin: str) -> Iterator[Callable[..., Watched]]:
    """Opens a browser of the width and scheme of the test's choice; at the end nothing untoward may have happened."""
    with ExitStack() as contexts:
        opened: list[Watched] = []

        def start(width: int = 1280, scheme: str = "light", at: str = origin, **more: Any) -> Watched:
            context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **more)  # type: ignore[arg-type]
            contexts.callback(context.close)
            opened.append(Watched(context, at))
            return opened[-1]

        yield start
        assert [trouble for watched in opened for trouble in watched.troubles] == []
