"""The first reading tells no change; it ends in one message about what is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.channels import open_channel
from alerts.channels.slack import SlackConfig
from alerts.deliver import deliver_due
from alerts.dispatch import FIRST_ROUND, dispatch_events
from alerts.rules.routes import Routing
from monitor.demo.receivers import SlackReceiver
from snapshots import outbox
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.tables import BlobRow, FactRow, SnapshotRow, SourceRow
from tests.integration.alerts.conftest import a_route, told


@pytest.fixture
def webhook() -> Iterator[SlackReceiver]:
    with SlackReceiver() as receiver:
        yield receiver


class Watch:
    """Sources that are read one after another, and one channel."""

    def __init__(self, database: Database, clock: FixedClock, url: str) -> None:
        self.database, self.clock = database, clock
        config = SlackConfig(kind="slack", name="team", webhook_url_env="URL")
        self.channel = open_channel(config, {"URL": url}, Path())

    def plan(self, *sources: str) -> None:
        with self.database.writing() as session:
            session.add_all(
                SourceRow(
                    id=source,
                    kind="web-page",
                    url=f"https://docs.acme.example/{source}",
                    provider="acme",
                    authoritative_for=[],
                    interval_seconds=3600,
                    next_check_at=self.clock.now(),
                )
                for source in sources
            )

    def look_in_vain(self, source: str) -> None:
        with self.database.writing() as session:
            row = session.get_one(SourceRow, source)
            row.last_checked_at = row.failing_since = self.clock.now()

    def read(self, source: str, **ends: str) -> None:
        """Read a source for the first time; `ends` are names with the day they stop working."""
        now, digest = self.clock.now(), source.encode().ljust(32, b"\0")
        with self.database.writing() as session:
            row = session.get_one(SourceRow, source)
            row.last_checked_at = row.last_ok_at = now
            session.add(BlobRow(digest=digest, size=1, encoding="zstd", depth=0, content=b"x"))
            session.flush()
            version = SnapshotRow(
                source_id=source,
                sequence=1,
                raw_digest=digest,
                text_digest=digest,
                observed_at=now,
                last_confirmed_at=now,
                content_type="text/html",
                final_url=row.url,
            )
            session.add(version)
            session.flush()
            session.add_all(_end(source, version.id, name, day, now) for name, day in ends.items())
            outbox.append(session, "baseline-read", f"{source}:baseline", {"source_id": source}, now)

    def tell(self, routing: Routing | None = None) -> int:
        now = self.clock.now()
        dispatch_events(self.database, channels=("team",), routing=routing or Routing(), now=now)
        return deliver_due(self.database, {"team": self.channel}, clock=self.clock, owner="me")


def _end(source: str, snapshot: int, name: str, day: str, now: datetime) -> FactRow:
    return FactRow(
        source_id=source,
        snapshot_id=snapshot,
        subject=name,
        subject_key=name,
        predicate="lifecycle.retirement_date",
        qualifier="",
        value=day,
        value_key=day,
        detail={},
        valid_key="",
        observed_from=now,
        precision="day",
        confidence=1.0,
        evidence_block="p1",
        evidence_heading=[],
        evidence_quote="...",
    )


@pytest.fixture
def watch(database: Database, clock: FixedClock, webhook: SlackReceiver) -> Watch:
    return Watch(database, clock, webhook.url)


def test_one_message_follows_when_each_source_was_read(watch: Watch, webhook: SlackReceiver) -> None:
    watch.plan("log", "pricing")
    watch.read("log", old="2026-07-24", gone="2020-01-01")
    assert watch.tell() == 0
    watch.clock.set(watch.clock.now() + timedelta(minutes=1))
    watch.read("pricing", soon="2026-05-04")
    assert watch.tell() == 1
    [payload] = webhook.payloads
    assert payload["text"] == "headwater watches 2 sources: 2 ends of service ahead, the next in 10 days"
    assert "2 sources are read: 3 facts about 3 names" in str(payload["blocks"])
    titles = [block["text"]["text"] for block in payload["blocks"] if "stops working" in str(block)]
    assert [title.partition("\n")[0] for title in titles] == ["■ *soon stops working*", "○ *old stops working*"]


def test_a_source_that_does_not_answer_delays_the_message_only_for_a_while(
    watch: Watch, webhook: SlackReceiver
) -> None:
    watch.plan("log", "slow")
    watch.read("log")
    assert watch.tell() == 0
    watch.clock.set(watch.clock.now() + FIRST_ROUND)
    assert watch.tell() == 1
    assert webhook.payloads[0]["text"] == "headwater watches 1 source: no end of service ahead"
    assert "No answer to believe yet from slow." in str(webhook.payloads[0]["blocks"])


def test_a_source_that_failed_was_looked_at(watch: Watch, webhook: SlackReceiver) -> None:
    watch.plan("log", "gone")
    watch.look_in_vain("gone")
    watch.read("log")
    assert watch.tell() == 1
    assert "No answer to believe yet from gone." in str(webhook.payloads[0]["blocks"])


def test_a_source_added_later_is_told_as_well(watch: Watch, webhook: SlackReceiver) -> None:
    watch.plan("log")
    watch.read("log")
    watch.tell()
    watch.clock.set(datetime(2026, 6, 1, tzinfo=UTC))
    watch.plan("pricing")
    watch.read("pricing")
    assert watch.tell() == 1
    assert [one["text"].partition(":")[0] for one in webhook.payloads] == [
        "headwater watches 1 source",
        "headwater watches 2 sources",
    ]


def test_a_channel_without_a_route_gets_no_summary(watch: Watch) -> None:
    watch.plan("log")
    watch.read("log")
    assert watch.tell(Routing((a_route(channel="others"),))) == 0
    assert told(watch.database) == []
