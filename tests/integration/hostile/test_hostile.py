"""Every hostile case ends in its state, in bounded time and memory, and reaches nobody who may not be reached.

The cases run in a process of their own (`child.py`), each as the second check of a source whose first was good.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.integration.hostile.addresses import ALLOWED
from tests.integration.hostile.cases import CASES, Case, states_of
from tests.integration.hostile.child import MOST_SECONDS
from tests.integration.hostile.servers import playing
from tests.support.wire import Upstream

MOST_BYTES = 200 * 2**20


@dataclass
class Run:
    """What the cases did, and the servers that nobody may reach."""

    forbidden: list[Upstream]
    said: dict[str, dict[str, Any]] = field(default_factory=dict)
    peak_bytes: int = 0


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with playing(tmp_path_factory.mktemp("hostile")) as (told, forbidden):
        done = subprocess.run(
            [sys.executable, "-m", "tests.integration.hostile.child"],
            input=json.dumps(told),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        run = Run(forbidden)
        for record in map(json.loads, done.stdout.splitlines()):
            if "case" in record:
                run.said[record["case"]] = record
            else:
                run.peak_bytes = record["peak_bytes"]
        yield run


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_answer_ends_in_its_state_and_changes_no_fact(run: Run, case: Case) -> None:
    said = run.said[case.name]
    assert "exception" not in said, said["exception"]
    assert (said["baseline"], said["facts"] > 6) == ("baseline", True)
    assert said["state"] in states_of(case), said["detail"]
    assert said["told"] == []
    assert said["same_facts"]
    assert said["seconds"] < MOST_SECONDS
    assert set(said["reached"]) <= {ALLOWED}


def test_nobody_came_to_the_addresses_that_are_refused(run: Run) -> None:
    assert [server.accepted for server in run.forbidden] == [0, 0]


def test_all_of_it_fits_into_little_memory(run: Run) -> None:
    assert 0 < run.peak_bytes < MOST_BYTES
