"""The account must not hold by itself: each thing that can go wrong makes a sentence."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor.demo.account import Account, Received, draw_up
from monitor.demo.timeline import BEATS, CARD, END, PAGES, PRICING, START, Beat, Happening
from snapshots.db import Database
from snapshots.tables import (
    BlobRow,
    ChangeRow,
    CheckRow,
    DeliveryChangeRow,
    DeliveryRow,
    SnapshotRow,
    SourceRow,
)

LATER = timedelta(hours=2)
DIGEST = bytes(32)
CHANGE = next(beat for beat in BEATS if beat.happening is Happening.CHANGE)
NOISE = next(beat for beat in BEATS if beat.happening is Happening.NOISE)


class Story:
    """A store in which rows stand as the service would have left them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.received: list[Received] = []
        self.told = 0
        self.add(BlobRow(digest=DIGEST, size=0, encoding="zstd", base_digest=None, depth=0, content=b""))
        for path in PAGES:
            self.add(
                SourceRow(
                    id=path.strip("/").lower().replace("/", "-"),
                    kind="web-page",
                    url="http://127.0.0.1:1" + path,
                    provider="",
                    authoritative_for=[],
                    interval_seconds=86_400,
                    next_check_at=START,
                )
            )
            self.add(
                SnapshotRow(
                    source_id=path.strip("/").lower().replace("/", "-"),
                    sequence=1,
                    raw_digest=DIGEST,
                    text_digest=DIGEST,
                    observed_at=START,
                    last_confirmed_at=START,
                    content_type="",
                    final_url="",
                )
            )

    def add(self, row: Any) -> None:
        with self.database.writing() as session:
            session.add(row)

    def tell(
        self, path: str, at: datetime, kind: str, subject: str, *, sent: bool = True, received: bool = True
    ) -> None:
        self.told += 1
        number = f"{self.told:026}"
        with self.database.writing() as session:
            change = ChangeRow(
                public_id=number[-16:],
                fingerprint=number,
                source_id=path.strip("/").lower().replace("/", "-"),
                from_snapshot_id=1,
                to_snapshot_id=1,
                kind=kind,
                level="critical",
                subject=subject,
                attribute="",
                qualifier="",
                before_detail={},
                after_detail={},
                effective_precision="unknown",
                detected_at=at,
                confidence=1.0,
                evidence_block="",
                evidence_heading=[],
                evidence_quote="",
                correlation_key=number,
                state="open",
            )
            delivery = DeliveryRow(
                id=number,
                channel="email",
                incident=number,
                kind="incident",
                state="sent" if sent else "pending",
                created_at=at,
                next_attempt_at=at,
                sent_at=at if sent else None,
                last_error=None if sent else "127.0.0.1 answered 451.",
            )
            session.add_all((change, delivery))
            session.flush()
            session.add(DeliveryChangeRow(delivery_id=number, change_id=change.id, role="told"))
        if received and sent:
            self.received.append(Received("email", subject, number))

    def look(self, beat: Beat, outcome: str) -> None:
        for path in beat.pages:
            self.add(
                CheckRow(
                    source_id=path.strip("/").lower().replace("/", "-"),
                    scheduled_for=beat.at + LATER,
                    started_at=beat.at + LATER,
                    finished_at=beat.at + LATER,
                    outcome=outcome,
                    duration_ms=1,
                )
            )

    def account(self) -> Account:
        with self.database.reading() as session:
            return draw_up(session, self.received, since=START, until=END)


@pytest.fixture
def story(demo_store: Database) -> Story:
    """Everything went as it should."""
    told = Story(demo_store)
    outcomes = {Happening.NOISE: "same-text", Happening.SHELL: "shell", Happening.OUTAGE: "server-error"}
    for beat in BEATS:
        if beat is not CHANGE:
            for kind, subject in sorted(beat.tells):
                told.tell(beat.pages[0], beat.at + LATER, kind, subject)
        if beat.happening in outcomes and beat is not NOISE:
            told.look(beat, outcomes[beat.happening])
    return told


def test_the_account_holds_when_each_change_was_told_and_each_fault_was_met(story: Story) -> None:
    story.tell(CARD, CHANGE.at + LATER, "license-changed", "*")
    story.look(NOISE, "same-text")
    account = story.account()
    assert account.problems == ()
    assert account.ok


def test_a_change_that_nobody_told_is_named(story: Story) -> None:
    story.look(NOISE, "same-text")
    assert story.account().problems == ("2025-10-27: license-changed of * was not told.",)


def test_a_fault_that_no_check_met_is_named(story: Story) -> None:
    story.tell(CARD, CHANGE.at + LATER, "license-changed", "*")
    assert story.account().problems == (f"2025-11-05: no check met this: {NOISE.summary}.",)


def test_a_message_after_mere_noise_is_named(story: Story) -> None:
    story.tell(CARD, CHANGE.at + LATER, "license-changed", "*")
    story.look(NOISE, "same-text")
    story.tell(PRICING, NOISE.at + LATER, "price-increased", "deepseek-chat")
    [problem] = story.account().problems
    assert problem == f"2025-11-05: price-increased of deepseek-chat was told after: {NOISE.summary}."


def test_a_delivery_that_waits_or_never_arrived_is_named(story: Story) -> None:
    story.look(NOISE, "same-text")
    story.tell(CARD, CHANGE.at + LATER, "license-changed", "*", sent=False)
    story.tell(CARD, CHANGE.at + 2 * LATER, "license-changed", "*", received=False)
    waits, lost = story.account().problems
    assert waits == "A delivery to email still waits: 127.0.0.1 answered 451."
    assert "is recorded as sent, but no receiver has it" in lost
