"""Conflicts open and close with the checks that find them: on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from monitor.schedule.leases import claim_one
from snapshots import review, store
from snapshots.conflictjournal import ConflictEntry, list_conflicts
from snapshots.conflicts import settle
from snapshots.corrected import Stated
from snapshots.corrections import correct, withdraw
from snapshots.db import Database
from snapshots.facts import Evidence, Fact, name_key
from snapshots.outcome import Outcome
from snapshots.review import Reviewer
from snapshots.tables import ConflictRow, SourceRow
from tests.integration.store.conftest import MORNING
from tests.integration.store.test_recording import found

ALICE = Reviewer("alice", "cli")
Say = Callable[..., None]
_URLS = {
    "en": "https://docs.acme.example/models",
    "zh": "https://docs.acme.example/zh/models",
    "mirror": "https://docs.acme.example/models",
    "other": "https://docs.other.example/models",
    "card": "https://github.com/acme/model",
    "license": "https://github.com/acme/model/blob/main/LICENSE",
    "elsewhere": "https://github.com/acme/another/blob/main/LICENSE",
}


def target(value: str | None, subject: str = "acme-chat", **more: object) -> Fact:
    return Fact(subject, "alias.target", value, Evidence("b", (), "words"), value_key=name_key(value or ""), **more)  # type: ignore[arg-type]


def license_(value: str, mark: str = "declared") -> Fact:
    evidence = Evidence("b", (), f"license: {value}")
    return Fact("*", "license.license", value, evidence, value_key=name_key(value), detail={"mark": mark})


@pytest.fixture
def say(database: Database) -> Say:
    """Record that a source says these facts, one minute after the check before."""
    with database.writing() as session:
        for name, url in _URLS.items():
            provider = "other" if name == "other" else "acme"
            session.add(
                SourceRow(
                    id=name,
                    kind="web-page",
                    url=url,
                    provider=provider,
                    authoritative_for=[],
                    interval_seconds=3600,
                    next_check_at=MORNING,
                )
            )
    clock = [MORNING]

    def record(source: str, *facts: Fact, rivals: Sequence[Fact] = ()) -> None:
        clock[0] += timedelta(minutes=1)
        now = clock[0]
        with database.writing() as session:
            claim = claim_one(session, source, owner="w", now=now)
            assert claim is not None
            kind = Outcome.NEW_VERSION if store.latest_snapshot(session, source) else Outcome.BASELINE
            body = f"{now} {facts}".encode()
            store.record(session, claim, found(body, kind, *facts, at=now, rivals=tuple(rivals)))

    return record


def conflicts(database: Database, *, closed: bool = True, now: datetime = MORNING) -> list[ConflictEntry]:
    with database.reading() as session:
        return list(reversed(list_conflicts(session, now=now, closed=closed)))


def told(entry: ConflictEntry) -> list[tuple[str, str | None]]:
    return [(claim.snapshot, claim.value) for claim in entry.claims]


def test_one_opens_once_and_closes_when_the_sources_agree(database: Database, say: Say) -> None:
    say("en", target("Acme-1"))
    say("zh", target("Acme-2"))
    say("en", target("Acme-1"), target("Acme-5", "acme-pro"))
    (entry,) = conflicts(database)
    assert told(entry) == [("en@1", "Acme-1"), ("zh@1", "Acme-2")]
    assert (entry.scope, entry.subject, entry.predicate) == ("acme", "acme-chat", "alias.target")
    assert entry.closed_at is None
    say("en", target("Acme-2"))
    (entry,) = conflicts(database)
    assert entry.closed_why == "agreed"
    assert conflicts(database, closed=False) == []


def test_sources_that_were_not_looked_at_since_are_named(database: Database, say: Say) -> None:
    say("en", target("Acme-1"))
    say("zh", target("Acme-2"))
    assert conflicts(database)[0].unseen == ("en",)
    say("en", target("Acme-1"))
    assert conflicts(database)[0].unseen == ()


def test_a_side_that_goes_closes_it_and_other_values_open_another(database: Database, say: Say) -> None:
    say("en", target("Acme-1"))
    say("zh", target("Acme-2"))
    say("zh", target("Acme-3"))
    say("zh")
    assert [(told(e)[1][1], e.closed_why) for e in conflicts(database)] == [
        ("Acme-2", "values-changed"),
        ("Acme-3", "gone"),
    ]


def test_other_providers_and_copies_of_one_address_do_not_contradict(database: Database, say: Say) -> None:
    say("en", target("Acme-1"))
    say("other", target("Acme-2"))
    say("mirror", target("Acme-3"))
    assert conflicts(database) == []


def test_a_source_that_fails_for_days_does_not_speak(database: Database, say: Say) -> None:
    say("en", target("Acme-1"))
    with database.writing() as session:
        session.get_one(SourceRow, "en").failing_since = MORNING - timedelta(days=2)
    say("zh", target("Acme-2"))
    assert conflicts(database) == []


def test_a_page_that_was_not_read_for_months_does_not_speak_but_a_repository_does(database: Database, say: Say) -> None:
    say("en", target("Acme-1"))
    say("card", license_("MIT"))
    with database.writing() as session:
        for name in ("en", "card"):
            session.get_one(SourceRow, name).last_ok_at = MORNING - timedelta(days=61)
    say("zh", target("Acme-2"))
    say("license", license_("Apache-2.0"))
    assert [entry.predicate for entry in conflicts(database)] == ["license.license"]


def test_license_claims_meet_within_their_repository(database: Database, say: Say) -> None:
    say("card", license_("MIT"))
    say("elsewhere", license_("Apache-2.0"))
    assert conflicts(database) == []
    say("license", license_("Apache-2.0"))
    (entry,) = conflicts(database)
    assert entry.scope == "github:acme/model"
    assert told(entry) == [("card@1", "MIT"), ("license@1", "Apache-2.0")]


def test_rivals_within_a_document_are_kept_until_it_is_read_again(database: Database, say: Say) -> None:
    say("card", license_("MIT"), rivals=[license_("Apache-2.0", "stated")])
    (entry,) = conflicts(database)
    assert told(entry) == [("card@1", "MIT"), ("card@1", "Apache-2.0")]
    # Another document of the repository is read; what the card says of itself has not changed by that.
    say("license", license_("MIT"))
    assert [(e.closed_at, len(e.claims)) for e in conflicts(database)] == [(None, 3)]
    say("card", license_("MIT"))
    assert [e.closed_why for e in conflicts(database)] == ["agreed"]


def test_a_rival_of_one_alias_within_a_page(database: Database, say: Say) -> None:
    say("en", target("Acme-1"), rivals=[target("Acme-1"), target("Acme-2")])
    (entry,) = conflicts(database)
    assert told(entry) == [("en@1", "Acme-1"), ("en@1", "Acme-2")]


def test_a_correction_closes_what_a_wrong_reading_opened(database: Database, say: Say) -> None:
    say("en", target("Acme-1"))
    say("zh", target("Acme-2"))
    stated = Stated("acme-chat", "alias.target", "", "Acme-1", "acme-1")
    now = MORNING + timedelta(hours=1)
    with database.writing() as session:
        row = correct(session, "zh", stated, ALICE, now=now, reason="misread")
        settle(session, session.get_one(SourceRow, "zh"), {("acme-chat", "alias.target")}, now=now)
        made = row.id
    assert [e.closed_why for e in conflicts(database)] == ["agreed"]
    with database.writing() as session:
        withdraw(session, made, ALICE, now=now)
        settle(session, session.get_one(SourceRow, "zh"), {("acme-chat", "alias.target")}, now=now)
    assert [e.closed_why for e in conflicts(database)] == ["agreed", None]


def test_conflicts_are_reviewed_like_changes(database: Database, say: Say) -> None:
    say("en", target("Acme-1"))
    say("zh", target("Acme-2"))
    with database.writing() as session:
        row = session.scalars(select(ConflictRow)).one()
        review.dismiss(session, row, ALICE, now=MORNING, reason="the table leads")
        assert review.find_conflict(session, row.public_id[:5]).review_state == "dismissed"
        assert [one.text for one in review.trail(session, row)] == ["the table leads"]
        assert list_conflicts(session, now=MORNING, reviews=[review.ReviewState.OPEN]) == []


def test_two_checks_at_once_open_one_conflict(database: Database, say: Say) -> None:
    say("en", target("Acme-1"))
    say("zh", target("Acme-1"))
    now = MORNING + timedelta(hours=1)
    ready = Barrier(2)

    def check(source: str, value: str) -> None:
        with database.writing() as session:
            claim = claim_one(session, source, owner=source, now=now)
        assert claim is not None
        ready.wait()
        outcome = found(value.encode(), Outcome.NEW_VERSION, target(value), at=now)
        with database.writing() as session:
            store.record(session, claim, outcome)

    with ThreadPoolExecutor(2) as workers:
        for done in [workers.submit(check, "en", "Acme-2"), workers.submit(check, "zh", "Acme-3")]:
            done.result()
    still_open = conflicts(database, closed=False)
    assert [sorted(value or "" for _, value in told(entry)) for entry in still_open] == [["Acme-2", "Acme-3"]]
