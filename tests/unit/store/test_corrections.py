"""What a correction by hand does to answers, and when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from snapshots.corrected import Correction, corrected
from snapshots.facts import Precision
from snapshots.history import END, TARGET, ends_of, resolve
from tests.unit.store.test_history import FOREVER, claim, day, end


def correction(replaces: str | None, value: str | None, **more: Any) -> Correction:
    made = Correction(
        id=1,
        source="log",
        snapshot="log@1",
        seen_at=day("2026-01-01"),
        subject="Acme Chat",
        predicate=TARGET,
        qualifier="",
        replaces_key=replaces,
        value=value,
        value_key=(value or "").casefold(),
        valid_from=None,
        precision=Precision.UNKNOWN,
        reason="the table was misread",
        actor="alice",
        via="cli",
        corrected_at=day("2026-02-01"),
    )
    return replace(made, **more)


READ = claim("acme-1", seen="2026-01-01")


def meaning(claims: list[Any], corrections: list[Correction], at: str, known: datetime = FOREVER) -> Any:
    answers = resolve(claims, day(at), known, corrections)
    return [(a.fact.value, a.fact.by_hand) for a in answers if a.fact.predicate == TARGET]


def test_a_correction_takes_the_place_of_the_reading_and_says_who_made_it() -> None:
    told = "alice, because the table was misread"
    assert meaning([READ], [correction("acme-1", "acme-2")], "2026-01-15") == [("acme-2", told)]


def test_it_counts_from_when_it_was_made_until_it_is_withdrawn() -> None:
    made = [correction("acme-1", "acme-2", withdrawn_at=day("2026-03-01"))]
    assert meaning([READ], made, "2026-01-15", day("2026-01-31"))[0][0] == "acme-1"
    assert meaning([READ], made, "2026-01-15", day("2026-02-01"))[0][0] == "acme-2"
    assert meaning([READ], made, "2026-01-15", day("2026-03-01"))[0][0] == "acme-1"


def test_when_the_page_says_something_else_the_reading_leads_again() -> None:
    claims = [
        replace(READ, observed_to=day("2026-04-01")),
        claim("acme-3", seen="2026-04-01"),
    ]
    made = [correction("acme-1", "acme-2", valid_from=day("2026-01-10"))]
    assert meaning(claims, made, "2026-03-31")[0][0] == "acme-2"
    assert meaning(claims, made, "2026-04-02") == [("acme-3", None)]


def test_a_better_reading_of_the_same_version_ends_it_too() -> None:
    claims = [
        replace(READ, superseded_at=day("2026-05-01")),
        replace(claim("acme-2", seen="2026-01-01"), read_at=day("2026-05-01")),
    ]
    assert meaning(claims, [correction("acme-1", "acme-9")], "2026-01-15") == [("acme-2", None)]


def test_what_is_not_stated_at_all_is_taken_away() -> None:
    assert meaning([READ], [correction("acme-1", None)], "2026-01-15") == []


def test_another_source_that_is_read_the_same_is_not_touched() -> None:
    other = claim("acme-1", seen="2026-01-01", source="card")
    assert meaning([other], [correction("acme-1", "acme-2")], "2026-01-15") == [("acme-1", None)]


def test_where_nothing_was_read_it_stands_until_something_is() -> None:
    made = [correction(None, "acme-2")]
    assert meaning([], made, "2026-01-15")[0][0] == "acme-2"
    assert meaning([], made, "2025-12-31") == []
    later = [claim("acme-3", seen="2026-04-01")]
    assert meaning(later, made, "2026-03-31")[0][0] == "acme-2"
    assert meaning(later, made, "2026-04-02") == [("acme-3", None)]
    read_there = [claim("acme-1", seen="2026-01-01")]
    assert meaning(read_there, made, "2026-01-15") == [("acme-1", None)]


def test_a_price_by_hand_keeps_its_currency() -> None:
    made = correction(None, "0.28", predicate="price.output_price", value_key="0.28 USD 1M tokens")
    (found,) = corrected([], [made], FOREVER)
    assert found.detail == {"currency": "USD", "unit": "1M tokens"}


def test_an_end_by_hand_is_an_end() -> None:
    made = correction("2026-07-24", "2026-08-24", predicate=END, precision=Precision.DAY, subject="acme-chat")
    found = ends_of([end("2026-07-24", seen="2026-01-01")], FOREVER, [made])
    assert found is not None
    assert (found.value, found.by_hand) == ("2026-08-24", "alice, because the table was misread")
