from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select

from snapshots.db import Database
from snapshots.tables import ChangeRow, ConflictRow, DeliveryRow
from tests.support.chromium import Watched
from tests.support.reviewed import NOW, hold

Look = Callable[..., Watched]


def every_page(database: Database) -> list[str]:
    hold(database, NOW)
    with database.reading() as session:
        silenced = session.scalars(select(ChangeRow).where(ChangeRow.subject == "sonata-4-nano")).first()
        change = session.scalars(select(ChangeRow).where(ChangeRow.kind == "price-increased")).first()
        decided = session.scalars(select(ChangeRow).where(ChangeRow.review_state == "acknowledged")).first()
        conflict = session.scalars(select(ConflictRow)).first()
        dead = session.scalars(select(DeliveryRow).where(DeliveryRow.state == "dead")).first()
    assert change is not None
    assert silenced is not None
    assert decided is not None
    assert conflict is not None
    assert dead is not None
    return [
        "/",
        "/?state=held",
        "/?state=closed",
        "/?level=info&area=alias",
        f"/c/{change.public_id}",
        f"/c/{change.public_id}?ask=snooze",
        f"/c/{decided.public_id}",
        "/c/00000000",
        f"/decide?action=dismiss&change={change.public_id}",
        "/subjects",
        "/subjects/deepseek-v4-pro?on=2026-06-01&compare=1",
        "/subjects/nobody",
        "/sources",
        "/sources/deepseek-pricing",
        "/sources/deepseek-pricing/versions/13",
        "/sources/deepseek-pricing/compare?from=12&to=13",
        "/providers",
        "/deadlines",
        "/conflicts",
        f"/conflicts/{conflict.public_id}",
        "/deliveries",
        f"/deliveries/{dead.id}",
        "/silences?subject=deepseek-*",
        "/sources/acme-deprecations",
        f"/c/{silenced.public_id}",
        "/search?q=sonata&pages=1",
        "/reader",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 380])
def test_axe_finds_nothing(width: int, scheme: str, look: Look, reviewed: Database) -> None:
    watched = look(width, scheme)
    found = []
    for address in every_page(reviewed):
        watched.goto(address)
        for one in Axe().run(watched.page).response["violations"]:
            where = [node["target"] for node in one["nodes"][:3]]
            found.append(f"{address}: {one['id']}: {one['help']}: {where}: {one['nodes'][0].get('failureSummary')}")
    assert found == []


@pytest.mark.parametrize("width", [320, 721, 1280])
def test_nothing_scrolls_sideways(width: int, look: Look, reviewed: Database) -> None:
    watched = look(width)
    too_wide = []
    for address in every_page(reviewed):
        watched.goto(address)
        if watched.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            widest = watched.page.evaluate(
                "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
                ".slice(0, 3).map(e => e.outerHTML.slice(0, 120))"
            )
            too_wide.append((address, widest))
    assert too_wide == []
