"""The pages about the API and the feeds show commands that work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.serving import Served
from snapshots.clock import FixedClock
from snapshots.tokens import Scope, add_token
from snapshots.web.feeds import ROUTERS
from snapshots.web.passwords import hash_password
from snapshots.web.settings import Account, Address, Role, WebSettings
from tests.support.reviewed import NOW, copied

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = [
    block
    for page in ("api.md", "feeds.md")
    for block in re.findall(r"^```sh\n(.*?)^```", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if "curl" in block
]


@pytest.fixture(scope="module")
def served(story: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the examples take from the environment."""
    if shutil.which("curl") is None:
        pytest.skip("the examples are commands of curl, which is not installed")
    database = copied(story, tmp_path_factory.mktemp("docs") / "headwater.db")
    with database.writing() as session:
        made = {scope: add_token(session, scope, scope, by="mara", now=NOW)[1] for scope in Scope}
    accounts = (Account("mara", Role.REVIEW, hash_password("a password")),)
    settings = WebSettings(bind=Address("127.0.0.1", 0), accounts=accounts)
    with Served(database, settings, clock=FixedClock(NOW)) as running:
        yield {"HEADWATER": running.local_url, "TOKEN": made[Scope.REVIEW], "FEED_TOKEN": made[Scope.FEED]}
    database.close()


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_answered(example: str, served: dict[str, str]) -> None:
    environ = {"PATH": os.environ["PATH"], "NO_PROXY": "*"} | served
    done = subprocess.run(["sh", "-euc", example], env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_page_names_every_feed() -> None:
    page = (DOCS / "feeds.md").read_text(encoding="utf-8")
    paths = [route.path for router in ROUTERS for route in router.routes if hasattr(route, "path")]
    assert paths
    assert all(f"`/feeds{path}`" in page for path in paths)
