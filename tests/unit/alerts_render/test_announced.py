"""The date of the section in which a provider says something."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alerts.render.announced import announced
from alerts.render.message import compose
from snapshots.lasted import Lasted
from tests.unit.alerts_render.samples import NOW, retargeted

SEEN = datetime(2026, 4, 24, 14, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headings", "day"),
    [
        (("Change Log", "Date: 2026-04-24"), (2026, 4, 24)),
        (("2026-04-24", "Models"), (2026, 4, 24)),
        (("2026-01-01", "2026-04-20"), (2026, 4, 20)),
        (("April 9, 2026",), (2026, 4, 9)),
        (("9th Sept. 2025",), (2025, 9, 9)),
        (("Mar 1 2026: prices",), (2026, 3, 1)),
        (("Retires 2026-07-24",), None),
        (("From 2026-01-01 to 2026-02-01",), None),
        (("Version 2026-13-40",), None),
        (("gpt-4-0613", "Bloody 12, 2020"), None),
        ((), None),
    ],
)
def test_only_a_heading_with_one_date_of_the_past_says_when(
    headings: tuple[str, ...], day: tuple[int, int, int] | None
) -> None:
    assert announced(headings, SEEN) == (datetime(*day, tzinfo=UTC) if day else None)


@pytest.mark.parametrize(
    ("lasted", "note"),
    [
        (Lasted(144, stated=True), "non-thinking, for 144 days"),
        (Lasted(1, stated=False), "non-thinking, seen for 1 day"),
        (Lasted(0, stated=True), "non-thinking"),
    ],
)
def test_a_message_says_how_long_the_old_value_held(lasted: Lasted, note: str) -> None:
    entry = retargeted()
    message = compose([entry], now=NOW, delivery_id="d", incident="i", lasted={entry.id: lasted})
    rows = {row.label: row.value for row in message.rows}
    assert rows["Was"] == f"DeepSeek-V3.2 ({note})"
    assert rows["Announced"] == "24 Apr 2026"
