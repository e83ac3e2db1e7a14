"""`/providers`: what is watched of each, and what came of it."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from snapshots.web.api.callers import Reading
from snapshots.web.api.fields import Out
from snapshots.web.api.paging import Page
from snapshots.web.queries.provider import providers as read

router = APIRouter(tags=["providers"])


class ProviderOut(Out):
    """One provider with its numbers; the empty name stands for sources of none."""

    name: str
    sources: int
    failing: int
    subjects: int
    facts: int
    open_events: int
    critical: int
    last_changed_at: datetime | None
    last_checked_at: datetime | None


@router.get("/providers")
def list_providers(call: Reading) -> Page[ProviderOut]:
    """Every provider that is watched, the one with most sources first."""
    with call.services.database.reading() as session:
        found = read(session, call.services.board.read(session, call.now).cells)
    items = [
        ProviderOut(
            name=one.name,
            sources=one.sources,
            failing=one.failing,
            subjects=one.subjects,
            facts=one.facts,
            open_events=one.open_events,
            critical=one.critical,
            last_changed_at=one.last_changed_at,
            last_checked_at=one.last_checked_at,
        )
        for one in found
    ]
    return Page[ProviderOut](items=items, next=None)
