from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from snapshots.changes.model import Level
from snapshots.claimed import Claimed
from snapshots.facts import Precision
from snapshots.meanings import Period, periods
from snapshots.outcome import Outcome
from snapshots.web.plots.checkstrip import checkstrip
from snapshots.web.plots.horizon import Mark, horizon
from snapshots.web.plots.scale import Span, month_start, next_quarter, quarter_start, ticks
from snapshots.web.plots.steps import Level as Amount
from snapshots.web.plots.steps import Series, steps
from snapshots.web.times import Times
from snapshots.web.views.cascade import cascade_of

NOW = datetime(2026, 8, 17, 9, 40, tzinfo=UTC)
STATES = (
    ("2024-05-17", "V2-0517"),
    ("2024-06-28", "V2-0628"),
    ("2024-09-05", "V2.5"),
    ("2024-12-10", "V2.5-1210"),
    ("2024-12-26", "V3"),
    ("2025-03-24", "V3-0324"),
    ("2025-08-21", "V3.1"),
    ("2025-09-22", "V3.1-Terminus"),
    ("2025-09-29", "V3.2-Exp"),
    ("2025-12-01", "V3.2"),
    ("2026-04-24", "v4-flash"),
)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def claim(predicate: str, value: str | None, since: str, **more: object) -> Claimed:
    fields: dict[str, object] = {
        "subject": "acme-chat",
        "predicate": predicate,
        "qualifier": "",
        "value": value,
        "value_key": (value or "").casefold(),
        "detail": {},
        "valid_from": day(since),
        "valid_to": None,
        "observed_from": NOW - timedelta(days=200),
        "observed_to": None,
        "precision": Precision.DAY,
        "confidence": 1.0,
        "source": "changelog",
        "snapshot": "changelog@1",
        "quote": "",
        "heading": (),
    }
    return Claimed(**{**fields, **more})  # type: ignore[arg-type]


def story() -> list[Period]:
    claims = [claim("alias.target", value, since) for since, value in STATES]
    end = claim("lifecycle.retirement_date", "2026-07-24T15:59:00Z", "2026-04-24", precision=Precision.INSTANT)
    return periods([*claims, end], ("alias.target",), NOW)["alias.target", ""]


def test_everything_a_name_meant_is_told_state_by_state() -> None:
    found = story()
    assert [period.fact.value for period in found] == [*(value for _, value in STATES), None]
    assert [period.start for period in found[:-1]] == [day(since) for since, _ in STATES]
    assert found[-1].start == datetime(2026, 7, 24, 15, 59, tzinfo=UTC)
    assert all(one.end == other.start for one, other in pairwise(found))


def test_the_cascade_has_a_row_for_each_state_and_risers_between_them() -> None:
    made = cascade_of(story(), times=Times(NOW), at=day("2026-01-15"), said="15 Jan 2026")
    assert made is not None
    lasted = [state.lasted for state in made.states]
    days = [42, 69, 96, 16, 88, 150, 32, 7, 63, 144, 91]
    assert lasted == [*(f"{count} days" for count in days), "24 so far"]
    assert [state.meant for state in made.states if state.current] == ["V3.2"]
    assert made.states[-1].meant == "no longer works"
    assert made.summary == "12 states in 27 months, one name"
    risers = [len(re.findall('class="riser"', state.plot)) for state in made.states]
    assert risers == [1, *([2] * 10), 1]
    ends = [re.findall(r'x1="([\d.]+%)"[^>]*y1="50%" y2="100%" class="riser"', state.plot) for state in made.states]
    starts = [re.findall(r'x1="([\d.]+%)"[^>]*y1="0" y2="50%" class="riser"', state.plot) for state in made.states]
    assert ends[:-1] == starts[1:]
    assert "viewBox" not in made.head + "".join(state.plot for state in made.states)


def test_a_time_of_which_nothing_is_known_is_shown_as_a_gap() -> None:
    claims = [
        claim("alias.target", "One", "2026-01-01", valid_to=day("2026-02-01")),
        claim("alias.target", "Two", "2026-04-01"),
    ]
    found = periods(claims, ("alias.target",), NOW)["alias.target", ""]
    made = cascade_of(found, times=Times(NOW), at=day("2026-02-10"), said="10 Feb 2026")
    assert made is not None
    assert [state.meant for state in made.states] == ["One", "not known", "Two"]
    assert [state.current for state in made.states] == [False, True, False]
    assert "bar-state" not in made.states[1].plot
    assert "riser gap" in made.states[1].plot


@pytest.mark.parametrize(
    ("top", "expected"),
    [("3.96", [0, 1, 2, 3, 4]), ("0.42", [0, "0.2", "0.4", "0.6"]), ("75", [0, 20, 40, 60, 80]), ("0", [0, 1])],
)
def test_amounts_are_marked_at_round_values_from_zero(top: str, expected: list[int | str]) -> None:
    assert ticks(Decimal(top)) == [Decimal(mark) for mark in expected]


def test_prices_are_steps_and_named_at_the_right_end_without_touching() -> None:
    series = [
        Series("output", "$0.28", 1, (Amount(day("2026-01-01"), day("2026-04-24"), Decimal("0.42")),
                                      Amount(day("2026-04-24"), None, Decimal("0.28")))),
        Series("input", "$0.27", 2, (Amount(day("2026-01-01"), None, Decimal("0.27")),)),
    ]  # fmt: skip
    plot = steps(series, now=NOW, at=NOW, said="17 Aug 2026", ended=None, label="Prices of <x>", sign="$")
    assert 'aria-label="Prices of &lt;x&gt;"' in plot
    labels = [float(y) for y in re.findall(r'y="([\d.]+)" dx="6" class="axis left">(?:output|input)', plot)]
    assert len(labels) == 2
    assert abs(labels[0] - labels[1]) >= 12.9
    levels = {y1 for y1, y2 in re.findall(r'y1="([\d.]+)" y2="([\d.]+)" class="s1"', plot) if y1 == y2}
    assert len(levels) == 2
    assert "polyline" not in plot


def test_dates_that_stand_close_share_a_label() -> None:
    marks = [Mark(NOW + timedelta(days=days), Level.INFO, f"m{days}") for days in (9, 12, 60)]
    plot = horizon(marks, NOW)
    assert "2 dates" in plot
    assert "m60" in plot
    assert ">m9<" not in plot
    assert horizon([Mark(NOW + timedelta(days=900), Level.CRITICAL, "far")], NOW).count("far") == 0


def test_checks_tell_apart_by_shape_alone() -> None:
    outcomes = [Outcome.BASELINE, *([Outcome.NOT_MODIFIED] * 3), Outcome.TIMEOUT, Outcome.HELD]
    plot = checkstrip(outcomes)
    assert 'aria-label="last 6 checks: 3 without change, 1 new version, 2 without a trusted answer"' in plot
    heights = {kind: set(re.findall(r"v(\d+)h", path)) for kind, path in re.findall(r'class="(\w+)" d="([^"]*)"', plot)}
    assert heights == {"quiet": {"7"}, "new": {"14"}, "bad": {"3"}, "held": {"3"}}
    assert "no check yet" in checkstrip([])


def test_spans_are_clamped_and_quarters_found() -> None:
    span = Span(day("2026-01-01"), day("2026-03-01"))
    assert (span.x(day("2020-01-01")), span.x(day("2030-01-01"))) == (0, 100)
    assert quarter_start(NOW) == day("2026-07-01")
    assert next_quarter(NOW) == day("2026-10-01")
    assert month_start(NOW, -8) == day("2025-12-01")
