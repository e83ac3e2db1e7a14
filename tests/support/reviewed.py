"""A store that has lived through the demo's story and a provider of our own writing, with people who decided.

Everything in it went through the real pipeline, dispatch and delivery; only the network is left out.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from alerts.channels.base import ChannelConfig, DeliveryError, Progress, Reason, Receipt
from alerts.channels.null import NullConfig
from alerts.deliver import deliver_due
from alerts.dispatch import dispatch_events
from alerts.render.message import Digest, Message
from alerts.rules.routes import Routing
from alerts.watch import watch
from monitor.demo.story import page_at
from monitor.demo.timeline import BEATS, CARD, NEWS, PRICING, START, UPDATES
from monitor.evaluate import Guards
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request
from monitor.pipeline import Pipeline, SourceSettings, check_source
from monitor.schedule.leases import claim_one
from snapshots import review
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.deadlines import acknowledge_deadline, set_owner
from snapshots.review import Reviewer
from snapshots.silences import add_silence
from snapshots.tables import ChangeRow, SourceRow

NOW = datetime(2026, 8, 17, 9, 40, tzinfo=UTC)
ORIGIN = "https://docs.provider.example"
_ACME = "https://docs.acme.example"
_INTERVAL = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watched:
    """One source of the story."""

    id: str
    provider: str
    title: str
    url: str
    document: str
    kind: str = "web-page"


SOURCES = (
    Watched("deepseek-pricing", "deepseek", "Models and prices", ORIGIN + PRICING, "pricing"),
    Watched("deepseek-updates", "deepseek", "Change log", ORIGIN + UPDATES, "changelog"),
    Watched("deepseek-news", "deepseek", "News", ORIGIN + NEWS, "news"),
    Watched("minimax-m2-card", "minimax", "MiniMax-M2", ORIGIN + CARD, "model-card", "hugging-face-card"),
    Watched("acme-deprecations", "acme", "Deprecations", f"{_ACME}/deprecations", ""),
    Watched("acme-models", "acme", "Models overview", f"{_ACME}/models", ""),
    Watched("acme-status", "acme", "Status of old models", f"{_ACME}/status", ""),
)

_DEPRECATIONS = """# Deprecations

## 2026-03-02: Sonata 3

| Shutdown date | Model | Recommended replacement |
| --- | --- | --- |
| {sonata} | `sonata-3` | `sonata-4` |
| {sonata} | `sonata-3-mini` | `sonata-4-mini` |

## 2025-08-26: Assistants

| Shutdown date | Model | Recommended replacement |
| --- | --- | --- |
| 2026-08-26 | `etude-1` | `sonata-4` |
{more}"""
_MORE = """
## 2026-08-01: Embeddings

| Shutdown date | Model | Recommended replacement |
| --- | --- | --- |
| 2026-11-30 | `embed-small-v2` | `embed-small-v3` |
"""
_MODELS = """# Models

| Model | Context window | Max output | Input price | Output price |
| --- | --- | --- | --- | --- |
| `sonata-4` | {context} | 64K | $3.00 | $15.00 |
| `sonata-4-mini` | 128K | 16K | $0.40 | {mini} |
{third}
All prices in USD per 1M tokens.
"""
_STATUS = """# Status

| Shutdown date | Model | Recommended replacement |
| --- | --- | --- |
| {day} | `sonata-3` | `sonata-4` |
"""


def acme_at(url: str, at: datetime) -> str | None:
    """What a page of our own provider says at an instant; `None` where it answers 404."""
    page = url.removeprefix(_ACME)
    if page == "/deprecations":
        moved = at >= datetime(2026, 5, 7, tzinfo=UTC)
        more = _MORE if at >= datetime(2026, 8, 1, tzinfo=UTC) else ""
        return _DEPRECATIONS.format(sonata="2026-10-16" if moved else "2026-06-17", more=more)
    if page == "/models":
        grown = at >= datetime(2026, 7, 20, tzinfo=UTC)
        third = "| `sonata-4-nano` | 64K | 8K | $0.05 | $0.40 |\n" if at >= datetime(2026, 8, 12, tzinfo=UTC) else ""
        return _MODELS.format(context="1M" if grown else "200K", mini="$1.20" if grown else "$1.60", third=third)
    if page == "/status" and at >= datetime(2026, 8, 2, tzinfo=UTC):
        return None
    return _STATUS.format(day="2026-06-17") if page == "/status" else None


@dataclass(frozen=True, slots=True)
class Silence:
    """What somebody silenced in the story."""

    made: datetime
    matcher: dict[str, Any]
    until: datetime
    comment: str


QUIET = Silence(
    datetime(2026, 7, 1, tzinfo=UTC), {"area": ["limit"], "provider": ["acme"]}, datetime(2026, 8, 1, tzinfo=UTC),
    "Windows grow every week; the digest is enough.",
)  # fmt: skip
SILENCED = Silence(
    datetime(2026, 8, 10, tzinfo=UTC), {"subject": ["sonata-4-nano"]}, datetime(2026, 9, 1, 7, tzinfo=UTC),
    "We do not use the small ones.",
)  # fmt: skip


def build(database: Database) -> FixedClock:
    """Fill an empty database with the story until `NOW`; give the clock, which stands there."""
    database.upgrade()
    clock = FixedClock(START)
    pipeline = Pipeline(
        database=database,
        clock=clock,
        fetch_for=lambda _kind: lambda request: _answer(request, clock.now()),
        settings=lambda _source: SourceSettings(kind="web-page", jitter=0),
        guards=Guards(),
    )
    with database.writing() as session:
        session.add_all(_row(source) for source in SOURCES)
    channels = {"#llm-platform": _Channel("#llm-platform"), "on-call": _Channel("on-call", refuses=2)}
    silenced: set[datetime] = set()
    for at in _instants():
        clock.set(at)
        for source in SOURCES:
            with database.writing() as session:
                claim = claim_one(session, source.id, owner="story", now=at)
            assert claim is not None
            check_source(pipeline, claim)
        dispatch_events(database, channels=tuple(channels), routing=Routing(), now=at)
        for around in (QUIET, SILENCED):
            if around.made <= at and around.made not in silenced:
                silenced.add(around.made)
                _silence(database, around)
        told = tuple(channels)
        watch(database, channels=told, routing=Routing(), stale_after=_INTERVAL * 12, running_since=at, now=at)
        deliver_due(database, channels, clock=clock, owner="story", limit=200)
    clock.set(NOW)
    _decide(database)
    return clock


def _instants() -> list[datetime]:
    """Every day at six, and a little after each beat of the story, twice, so that removals are confirmed."""
    days = [START + timedelta(days=n) for n in range(0, (NOW - START).days, 10)]
    recent = [NOW - timedelta(days=n, hours=3, minutes=28) for n in range(40)]
    beats = [beat.at + timedelta(minutes=minutes) for beat in BEATS for minutes in (12, 90)]
    return sorted({at for at in (*days, *recent, *beats, NOW - timedelta(minutes=2)) if at < NOW})


def _answer(request: Request, at: datetime) -> FetchOutcome:
    if request.url.startswith(_ACME):
        text = acme_at(request.url, at)
        if text is None:
            return FetchFailed(FailureKind.GONE, "The page answers 404.", 404, request.url)
        return Fetched(text.encode(), 200, request.url, "text/markdown; charset=utf-8", duration_ms=180)
    found = page_at(request.url.removeprefix(ORIGIN), at, origin=ORIGIN)
    headers = dict(found.headers)
    if found.status != 200:
        return FetchFailed(FailureKind.SERVER_ERROR, f"The server answers {found.status}.", found.status, request.url)
    return Fetched(found.body, 200, request.url, headers["Content-Type"], duration_ms=240)


def _row(source: Watched) -> SourceRow:
    return SourceRow(
        id=source.id,
        kind=source.kind,
        url=source.url,
        provider=source.provider,
        title=source.title,
        document=source.document,
        authoritative_for=[],
        interval_seconds=int(_INTERVAL.total_seconds()),
        next_check_at=START,
    )


class _Channel:
    """Takes messages after refusing a few."""

    def __init__(self, name: str, *, refuses: int = 0) -> None:
        self.name = name
        self.config: ChannelConfig = NullConfig(kind="null", name="story")
        self._refuses = refuses

    def send(
        self,
        message: Message | Digest,  # noqa: ARG002
        *,
        delivery_id: str,
        thread: str | None,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
        progress: Progress | None = None,  # noqa: ARG002
    ) -> Receipt:
        if self._refuses:
            self._refuses -= 1
            gone = self._refuses == 0
            raise DeliveryError(
                Reason.REJECTED if gone else Reason.TIMEOUT,
                "The channel answers: channel_not_found." if gone else "No answer within 10 seconds.",
                retryable=not gone,
            )
        return Receipt(delivery_id)


def _silence(database: Database, silence: Silence) -> None:
    with database.writing() as session:
        add_silence(
            session, silence.matcher, until=silence.until, owner="mara", comment=silence.comment, now=silence.made
        )


def hold(database: Database, at: datetime) -> Pipeline:
    """Let a source of the story answer with a page that lacks nearly everything, so that it is held."""
    page = b"# Deprecations\n\n| Shutdown date | Model |\n| --- | --- |\n| 2027-01-01 | `other-1` |\n"
    pipeline = Pipeline(
        database=database,
        clock=FixedClock(at),
        fetch_for=lambda _kind: lambda request: Fetched(page, 200, request.url, "text/markdown; charset=utf-8"),
        settings=lambda _source: SourceSettings(kind="web-page", jitter=0),
        guards=Guards(),
    )
    with database.writing() as session:
        claim = claim_one(session, "acme-deprecations", owner="story", now=at)
    assert claim is not None
    check_source(pipeline, claim)
    return pipeline


def _decide(database: Database) -> None:
    """Older changes were looked at by two people; what is new waits."""
    mara, jonas = Reviewer("mara", "web"), Reviewer("jonas", "cli")
    with database.writing() as session:
        rows = session.scalars(
            select(ChangeRow).where(ChangeRow.detected_at < datetime(2026, 5, 20, tzinfo=UTC)).order_by(ChangeRow.id)
        ).all()
        for place, row in enumerate(rows):
            at = row.detected_at + timedelta(hours=20)
            if row.subject == "sonata-3" or row.level == "none":
                continue
            if place % 5 == 4:
                review.dismiss(session, row, jonas, now=at, reason="Already known.")
            else:
                review.acknowledge(session, row, mara, now=at, text="Budget table updated." if place % 4 == 1 else "")
        for name in ("etude-1", "sonata-3"):
            set_owner(session, name, "platform-team", NOW - timedelta(days=40))
        acknowledge_deadline(session, "sonata-3", by="jonas", now=NOW - timedelta(days=12))
        waiting = session.scalars(
            select(ChangeRow).where(ChangeRow.kind == "price-decreased", ChangeRow.subject == "sonata-4-mini")
        )
        for row in waiting:
            review.snooze(session, row, mara, now=NOW - timedelta(days=1), until=NOW + timedelta(days=6))


def copied(story: Path, to: Path) -> Database:
    """A store of its own with the same content."""
    source, target = sqlite3.connect(story), sqlite3.connect(to)
    with source, target:
        source.backup(target)
    source.close()
    target.close()
    return Database(f"sqlite:///{to}")
