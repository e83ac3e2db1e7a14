"""Every HTTP status from 100 to 599, through the whole pipeline, to its state."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from ipaddress import ip_network
from pathlib import Path

import pytest

from monitor.fetch.client import Fetcher
from snapshots.db import Database
from snapshots.outcome import Outcome
from tests.support.behaviours import page
from tests.support.watching import PRICES, Watching
from tests.support.wire import Exchange, Upstream

OTHER = {
    200: Outcome.SAME_BYTES,
    204: Outcome.EMPTY,
    205: Outcome.EMPTY,
    401: Outcome.BLOCKED,
    403: Outcome.BLOCKED,
    404: Outcome.GONE,
    407: Outcome.BLOCKED,
    408: Outcome.TIMEOUT,
    410: Outcome.GONE,
    429: Outcome.RATE_LIMITED,
    451: Outcome.BLOCKED,
    504: Outcome.TIMEOUT,
}
FOLLOWED = (301, 302, 303, 307, 308)


def expected(status: int) -> Outcome:
    """Interim answers are none; what is neither a page nor a named failure goes by its class."""
    if status in OTHER:
        return OTHER[status]
    if status in FOLLOWED:
        return Outcome.SAME_BYTES
    if 400 <= status < 500:
        return Outcome.CLIENT_ERROR
    return Outcome.SERVER_ERROR if status >= 500 else Outcome.INVALID_RESPONSE


def answer(exchange: Exchange) -> None:
    status = int(exchange.seen.path.strip("/"))
    more = {"Location": "/page"} if status in FOLLOWED else {}
    exchange.answer(status, PRICES, **more)
    exchange.keep = status >= 200


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, tuple[str, str | None, bool]]]:
    """State, sentence, and whether the facts stayed, by status."""
    folder: Path = tmp_path_factory.mktemp("statuses")
    database = Database(f"sqlite:///{folder}/statuses.db")
    with (
        Upstream({"/page": page(PRICES)}, fallback=answer) as upstream,
        Fetcher(allow_networks=[ip_network("127.0.0.1")]) as fetcher,
    ):
        watching = Watching(database, fetcher)
        watching.add("acme", f"{upstream.base}/page")
        watching.check("acme")
        known = watching.facts("acme")
        assert known
        found = {}
        for status in range(100, 600):
            outcome = watching.check("acme", at=f"{upstream.base}/{status}")
            found[status] = (outcome.outcome.value, outcome.detail, watching.facts("acme") == known)
    yield found
    database.close()


@pytest.mark.parametrize("status", range(100, 600))
def test_a_status_ends_in_its_state_and_changes_no_fact(
    outcomes: dict[int, tuple[str, str | None, bool]], status: int
) -> None:
    state, detail, same_facts = outcomes[status]
    assert (state, same_facts) == (expected(status).value, True)
    if status >= 200 and state != "same-bytes" and status != 304:
        assert detail is not None
        assert f" {status}" in detail


def test_the_table_knows_every_status_that_has_a_name(outcomes: dict[int, tuple[str, str | None, bool]]) -> None:
    assert {int(status) for status in HTTPStatus} <= set(outcomes)
