from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from alerts.render.email import mail
from alerts.render.message import compose, compose_digest
from snapshots.changes.model import Level
from tests.unit.alerts_render.samples import NOW, entry, prices_by_band, retargeted, retires, two_aliases


def test_the_shutdown_of_a_retargeted_alias_joins_its_headline() -> None:
    message = compose([retires(), retargeted()], now=NOW, delivery_id="d", incident="i")
    assert message.headline == "deepseek-chat now means deepseek-v4-flash; retires 24 Jul 2026, 15:59 UTC (in 91 days)"
    assert message.title == "deepseek-chat now means deepseek-v4-flash; retires 24 Jul 2026, 15:59 UTC"
    assert ("Stops working", "24 Jul 2026, 15:59 UTC") in [(row.label, row.value) for row in message.rows]


def test_after_the_shutdown_the_headline_is_in_the_past() -> None:
    message = compose([retires(), retargeted()], now=datetime(2026, 7, 26, tzinfo=UTC), delivery_id="d", incident="i")
    assert message.headline.endswith("; retired 24 Jul 2026, 15:59 UTC (1 day ago)")
    assert "It stopped working 1 day ago." in message.lead
    assert message.to_do == "run your evaluations against deepseek-v4-flash now."


def test_a_second_subject_with_the_same_change_is_told_too() -> None:
    message = compose(two_aliases(), now=NOW, delivery_id="d", incident="i")
    [other] = message.others
    assert other.title == "deepseek-reasoner now means deepseek-v4-flash"
    assert other.fact_line == "DeepSeek-V3.2 (thinking) → deepseek-v4-flash (thinking)"
    assert other.note == "retires 24 Jul 2026, 15:59 UTC (in 91 days)"


def test_the_same_event_in_several_sources_is_told_once() -> None:
    message = compose(two_aliases(), now=NOW, delivery_id="d", incident="i")
    assert message.sources == 2
    assert sum("deepseek-chat now means" in text for text in (message.title, *(o.title for o in message.others))) == 1


def test_the_order_of_the_changes_does_not_matter() -> None:
    entries = [*two_aliases(), *prices_by_band()]
    first = compose(entries, now=NOW, delivery_id="d", incident="i")
    for seed in range(20):
        random.Random(seed).shuffle(entries)
        assert compose(entries, now=NOW, delivery_id="d", incident="i") == first


def test_the_loudest_change_leads_whatever_it_is_about() -> None:
    louder = entry("price-decreased", "m-2", "output_price", "2", "1", number=9, level=Level.CRITICAL)
    message = compose(
        [entry("price-increased", "m-1", "output_price", "1", "2"), louder], now=NOW, delivery_id="d", incident="i"
    )
    assert (message.level, message.kind) == (Level.CRITICAL, "price-decreased")


def test_news_without_consequence_says_so() -> None:
    harmless = compose([entry("model-added", "m", "listed", None, "true")], now=NOW, delivery_id="d", incident="i")
    assert harmless.news_only
    assert harmless.to_do == ""
    assert not compose([retires()], now=NOW, delivery_id="d", incident="i").news_only


def test_prices_in_two_currencies_are_not_mixed() -> None:
    prices = [
        entry(
            "price-increased",
            "m",
            "output_price",
            before,
            after,
            number=n,
            source=f"s{n}",
            before_detail={"currency": c},
            after_detail={"currency": c},
        )
        for n, (before, after, c) in enumerate([("1", "2", "USD"), ("7", "14", "CNY")])
    ]
    message = compose(prices, now=NOW, delivery_id="d", incident="i")
    assert sorted(row.value for row in message.rows if row.label == "Output") == ["$1 → $2", "¥7 → ¥14"]


def test_an_incident_without_changes_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="without changes"):
        compose([], now=NOW, delivery_id="d", incident="i")


def test_a_digest_tells_each_subject_once_and_what_is_near_apart() -> None:
    near = entry("shutdown-date-set", "near", "retirement_date", None, "2026-05-03", number=2)
    far = entry("shutdown-date-set", "far", "retirement_date", None, "2027-05-03", number=3)
    digest = compose_digest([near, far, entry("model-added", "new", "listed", None, "true")], now=NOW, delivery_id="d")
    titles = {section.heading: [item.title for item in section.items] for section in digest.sections}
    assert titles == {
        "New since the last digest": ["far stops working", "new is now offered"],
        "Coming up": ["near stops working"],
    }
    assert digest.subject == "headwater, 24 Apr 2026: 2 shutdown dates and 1 new model"
    assert digest.headline == "Two shutdown dates and one new model since the last digest."
    assert "near stops working" in mail(digest).text


def test_a_digest_without_news_says_that() -> None:
    digest = compose_digest([], now=NOW, delivery_id="d")
    assert digest.subject == "headwater, 24 Apr 2026: no news"
    assert digest.sections == ()
