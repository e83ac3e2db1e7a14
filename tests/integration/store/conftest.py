"""A migrated store on each database, and a source to check in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from snapshots.db import Database
from snapshots.tables import SourceRow

MORNING = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty store with the present schema."""
    opened = Database(database_url)
    opened.upgrade()
    yield opened
    opened.close()


@pytest.fixture
def source(database: Database) -> str:
    """The id of a source that is due."""
    with database.writing() as session:
        session.add(
            SourceRow(
                id="acme-pricing",
                kind="web-page",
                url="https://docs.acme.example/pricing",
                provider="acme",
                document="pricing",
                authoritative_for=["price"],
                interval_seconds=int(timedelta(hours=1).total_seconds()),
                next_check_at=MORNING,
            )
        )
    return "acme-pricing"
