"""What a name meant on a day, as known on another day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from snapshots.facts import Precision
from snapshots.history import END, TARGET, Claimed, end_instant, ends_of, resolve

FOREVER = datetime(2030, 1, 1, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def claim(value: str | None, *, seen: str, since: str | None = None, source: str = "log", **more: object) -> Claimed:
    made = Claimed(
        subject="acme-chat",
        predicate=TARGET,
        qualifier="",
        value=value,
        value_key=value or "",
        detail={},
        valid_from=day(since) if since else None,
        valid_to=None,
        observed_from=day(seen),
        observed_to=None,
        precision=Precision.DAY if since else Precision.UNKNOWN,
        confidence=1.0,
        source=source,
        snapshot=f"{source}@1",
        quote="...",
        heading=(),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def end(value: str, *, seen: str, precision: Precision = Precision.DAY, **more: Any) -> Claimed:
    return claim(value, seen=seen, predicate=END, precision=precision, **more)


def meaning(claims: list[Claimed], at: str, known: datetime = FOREVER) -> str | None:
    answers = [a for a in resolve(claims, day(at), known) if a.fact.predicate == TARGET]
    return answers[0].fact.value if answers else "nothing known"


def test_a_dated_statement_holds_from_its_date_even_when_it_was_read_later() -> None:
    claims = [
        claim("acme-1", seen="2026-06-01", since="2025-01-10"),
        claim("acme-2", seen="2026-06-01", since="2025-09-01"),
    ]
    assert meaning(claims, "2025-01-09") == "nothing known"
    assert meaning(claims, "2025-01-10") == "acme-1"
    assert meaning(claims, "2025-08-31") == "acme-1"
    assert meaning(claims, "2025-09-01") == "acme-2"


def test_an_undated_statement_never_holds_before_it_was_first_seen() -> None:
    assert meaning([claim("acme-1", seen="2026-06-01")], "2026-05-31") == "nothing known"
    assert meaning([claim("acme-1", seen="2026-06-01")], "2026-06-01") == "acme-1"


def test_an_undated_statement_ends_when_the_page_drops_it_and_a_dated_one_does_not() -> None:
    gone = day("2026-07-01")
    assert meaning([claim("acme-1", seen="2026-06-01", observed_to=gone)], "2026-07-02") == "nothing known"
    dated = claim("acme-1", seen="2026-06-01", since="2026-05-01", observed_to=gone)
    assert meaning([dated], "2026-07-02") == "acme-1"


def test_as_known_then_forgets_what_was_read_later() -> None:
    claims = [
        claim("acme-1", seen="2025-02-01", since="2025-01-10"),
        claim("acme-2", seen="2025-12-01", since="2025-09-01"),
    ]
    assert meaning(claims, "2025-10-01") == "acme-2"
    assert meaning(claims, "2025-10-01", known=day("2025-11-30")) == "acme-1"


def test_a_corrected_entry_replaces_what_the_same_source_said_about_the_same_day() -> None:
    wrong = claim("acme-1", seen="2025-02-01", since="2025-01-10", observed_to=day("2025-02-03"))
    right = claim("acme-1b", seen="2025-02-03", since="2025-01-10")
    assert meaning([wrong, right], "2025-03-01") == "acme-1b"
    assert meaning([wrong, right], "2025-03-01", known=day("2025-02-02")) == "acme-1"


def test_the_latest_effective_wins_and_the_other_source_is_a_rival() -> None:
    log, page = (
        claim("acme-2", seen="2026-01-02", since="2026-01-01"),
        claim("acme-1", seen="2025-12-01", source="page"),
    )
    (answer,) = resolve([log, page], day("2026-02-01"), FOREVER)
    assert answer.fact.value == "acme-2"
    assert [rival.source for rival in answer.rivals] == ["page"]


def test_an_undated_claim_that_a_page_still_makes_is_a_rival_of_its_newer_dated_one() -> None:
    undated = claim("acme-1", seen="2026-01-01")
    dated = claim("acme-2", seen="2026-02-02", since="2026-02-01")
    (answer,) = resolve([undated, dated], day("2026-03-01"), FOREVER)
    assert (answer.fact.value, [rival.value for rival in answer.rivals]) == ("acme-2", ["acme-1"])
    (answer,) = resolve([replace(undated, observed_to=day("2026-02-02")), dated], day("2026-03-01"), FOREVER)
    assert answer.rivals == ()


def test_what_a_page_says_of_earlier_days_is_no_rival() -> None:
    earlier = claim("acme-1", seen="2026-02-02", since="2025-01-01")
    (answer,) = resolve([earlier, claim("acme-2", seen="2026-02-02", since="2026-02-01")], day("2026-03-01"), FOREVER)
    assert (answer.fact.value, answer.rivals) == ("acme-2", ())


def test_the_authoritative_source_breaks_a_tie() -> None:
    one = claim("acme-1", seen="2026-01-01", since="2026-01-01", source="a")
    two = claim("acme-2", seen="2026-01-01", since="2026-01-01", source="b", authority=1)
    assert meaning([one, two], "2026-01-02") == "acme-2"


def test_a_name_means_nothing_after_its_end() -> None:
    claims = [
        claim("acme-1", seen="2026-01-01", since="2026-01-01"),
        end("2026-07-24T15:59:00Z", seen="2026-04-24", precision=Precision.INSTANT),
    ]
    before = resolve(claims, datetime(2026, 7, 24, 15, 58, tzinfo=UTC), FOREVER)
    after = resolve(claims, datetime(2026, 7, 24, 16, 0, tzinfo=UTC), FOREVER)
    assert [a.fact.value for a in before if a.fact.predicate == TARGET] == ["acme-1"]
    assert [a.fact.value for a in after if a.fact.predicate == TARGET] == [None]


def test_a_name_that_is_pointed_somewhere_after_its_end_lives_again() -> None:
    claims = [
        claim("acme-1", seen="2026-01-01", since="2026-01-01"),
        end("2026-03-01", seen="2026-01-02"),
        claim("acme-3", seen="2026-05-01", since="2026-05-01"),
    ]
    assert meaning(claims, "2026-04-01") is None
    assert meaning(claims, "2026-05-02") == "acme-3"


def test_a_more_exact_statement_of_the_same_day_refines_the_end() -> None:
    by_day = end("2026-07-24", seen="2026-05-01")
    by_minute = end("2026-07-24T15:59:00Z", seen="2026-04-24", precision=Precision.INSTANT, source="news")
    assert ends_of([by_day, by_minute], FOREVER) == by_minute


def test_an_end_withdrawn_before_it_came_is_no_longer_believed() -> None:
    withdrawn = end("2026-07-24", seen="2026-04-24", observed_to=day("2026-06-01"))
    assert ends_of([withdrawn], FOREVER) is None


def test_an_end_the_page_stopped_stating_afterwards_still_happened() -> None:
    past = end("2026-07-24", seen="2026-04-24", observed_to=day("2026-08-18"))
    assert ends_of([past], FOREVER) == past


@pytest.mark.parametrize(
    ("value", "precision", "expected"),
    [
        ("2026-07-24", Precision.DAY, datetime(2026, 7, 25, tzinfo=UTC)),
        ("2026-07-24T23:59:00+08:00", Precision.INSTANT, datetime(2026, 7, 24, 15, 59, tzinfo=UTC)),
        ("in the future", Precision.UNKNOWN, None),
    ],
)
def test_a_stated_day_works_through_to_its_end(value: str, precision: Precision, expected: datetime | None) -> None:
    assert end_instant(value, precision) == expected
