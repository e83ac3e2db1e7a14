"""Which official statements contradict each other, and which only seem to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from snapshots.diff.contradiction import Side, is_contested, rivals_of
from snapshots.diff.disputes import conflicts_of
from snapshots.facts import Evidence, Fact, Precision, name_key
from snapshots.scope import scope_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)
QUOTE = Evidence("b", (), "words")


def side(
    predicate: str, value: str | None, source: str = "en", *, changed_at: datetime | None = None, **more: Any
) -> Side:
    more.setdefault("value_key", name_key(value or ""))
    subject = more.pop("subject", "*" if predicate.startswith("license") else "acme-chat")
    return Side("acme", source, 1, Fact(subject, predicate, value, QUOTE, **more), changed_at)


def price(value: str, currency: str, source: str) -> Side:
    detail = {"currency": currency, "unit": "1M tokens"}
    return side("price.output_price", value, source, detail=detail, value_key=f"{value} {currency} 1M tokens")


def limit(value: str, key: str, source: str) -> Side:
    return side("limit.context_window", value, source, value_key=key)


def ends(value: str, source: str, precision: Precision = Precision.DAY) -> Side:
    return side("lifecycle.retirement_date", value, source, precision=precision)


def license_(value: str, mark: str, qualifier: str = "", source: str = "card") -> Side:
    return side("license.license", value, source, qualifier=qualifier, detail={"mark": mark})


def disputed(*sides: Side) -> list[list[tuple[str, str | None]]]:
    return [[(s.source, s.fact.value) for s in conflict.sides] for conflict in conflicts_of(sides, NOW)]


CONTRADICTIONS = {
    "two languages, two targets": (side("alias.target", "Acme-1"), side("alias.target", "Acme-2", "zh")),
    "gone against still there": (side("alias.target", None), side("alias.target", "Acme-2", "zh")),
    "two prices of one currency": (price("0.28", "USD", "en"), price("0.30", "USD", "blog")),
    "two windows": (limit("128K", "128000", "en"), limit("64K", "64000", "zh")),
    "two exact counts": (limit("131072", "131072", "en"), limit("131000", "131000", "zh")),
    "two days": (ends("2026-07-24", "en"), ends("2026-07-25", "zh")),
    "an end before its bound": (
        ends("2026-09-01", "en", Precision.NOT_SOONER_THAN),
        ends("2026-08-15", "zh"),
    ),
    "yes against no": (side("capability.vision", "true"), side("capability.vision", "false", "zh")),
    "metadata against prose": (license_("MIT", "declared"), license_("Apache-2.0", "stated")),
    "metadata against badge": (license_("MIT", "declared"), license_("Apache-2.0", "badge", "badge")),
    "the model's license against prose": (
        license_("MIT", "declared"),
        license_("Acme Model License Agreement", "stated", "model"),
    ),
    "a page that did not follow a dated statement": (
        side("alias.target", "Acme-2", "log", valid_from=MAY, precision=Precision.DAY),
        side("alias.target", "Acme-1", "prices", changed_at=MAY - timedelta(days=90)),
    ),
    "said so when first read, which may be before or after": (
        side("alias.target", "Acme-2", "log", valid_from=MAY),
        side("alias.target", "Acme-1", "prices"),
    ),
}
AGREEMENTS = {
    "the same": (side("alias.target", "Acme 1"), side("alias.target", "acme-1", "zh")),
    "a dated build of the model": (side("alias.target", "Acme-1"), side("alias.target", "Acme-1-0731", "zh")),
    "a vendor before the name": (side("alias.target", "acme/Acme-1"), side("alias.target", "Acme-1", "zh")),
    "a name that stands for itself": (side("alias.target", "Acme Chat"), side("alias.target", "Acme-2", "zh")),
    "two currencies": (price("0.28", "USD", "en"), price("2", "CNY", "zh")),
    "a price without currency": (
        side("price.output_price", "1", value_key="1"),
        side("price.output_price", "2", "zh", value_key="2"),
    ),
    "rounded": (limit("128K", "128000", "en"), limit("131,072", "131072", "zh")),
    "a million and its binary form": (limit("1M", "1000000", "en"), limit("1048576", "1048576", "zh")),
    "an instant of the day": (ends("2026-07-24", "en"), ends("2026-07-24T15:59:00Z", "zh", Precision.INSTANT)),
    "an instant of the day elsewhere": (ends("2026-07-24", "en"), ends("2026-07-25T03:00:00Z", "zh")),
    "a day of the month": (ends("2026-07", "en", Precision.MONTH), ends("2026-07-24", "zh")),
    "after its bound": (ends("2026-07-24", "en", Precision.NOT_SOONER_THAN), ends("2026-08-24", "zh")),
    "words are no day": (ends("coming months", "en"), ends("2026-07-24", "zh")),
    "wording": (side("capability.fim", "Non-thinking mode only"), side("capability.fim", "true", "zh")),
    "a later dated statement": (
        side("alias.target", "Acme-1", "log", valid_from=MAY - timedelta(days=90)),
        side("alias.target", "Acme-2", "news", valid_from=MAY),
    ),
    "seen to change after the date": (
        side("alias.target", "Acme-2", "log", valid_from=MAY),
        side("alias.target", "Acme-3", "prices", changed_at=MAY + timedelta(days=9)),
    ),
    "not in force yet": (
        side("alias.target", "Acme-2", "log", valid_from=NOW + timedelta(days=9)),
        side("alias.target", "Acme-1", "prices"),
    ),
    "unsure": (side("alias.target", "Acme-1"), side("alias.target", "Acme-2", "zh", confidence=0.7)),
    "another band": (
        side("alias.target", "Acme-1", qualifier="team"),
        side("alias.target", "Acme-2", "zh", qualifier="free"),
    ),
    "two names of own terms": (
        license_("acme-license", "declared"),
        license_("Acme Community License 2.0", "stated"),
    ),
    "one of the two": (
        license_("MIT", "declared"),
        license_("MIT", "stated", "code"),
        license_("Acme Model License", "stated", "model"),
    ),
    "the code alone": (license_("Apache-2.0", "declared"), license_("MIT", "badge", "badge.code")),
    "part of both": (license_("Apache-2.0 AND MIT", "declared"), license_("MIT", "stated")),
    "says nothing": (license_("other", "declared"), license_("MIT", "stated")),
    "another repository": (
        license_("MIT", "declared"),
        Side("github:acme/b", "b", 1, license_("Apache-2.0", "declared").fact),
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_what_cannot_both_be_meant_is_a_conflict(name: str) -> None:
    sides = CONTRADICTIONS[name]
    assert disputed(*sides) == [[(s.source, s.fact.value) for s in sides]]
    assert len(disputed(*reversed(sides))) == 1


@pytest.mark.parametrize("name", AGREEMENTS)
def test_what_overrules_refines_or_rewords_is_none(name: str) -> None:
    assert disputed(*AGREEMENTS[name]) == []
    assert disputed(*reversed(AGREEMENTS[name])) == []


def test_only_the_sides_that_contradict_another_are_claims() -> None:
    sides = (side("alias.target", "Acme-1"), side("alias.target", "Acme-1-0731", "zh"), side("alias.target", "B", "c"))
    assert disputed(*sides) == [[("en", "Acme-1"), ("zh", "Acme-1-0731"), ("c", "B")]]
    with_more = (*sides, side("alias.target", "Acme-9", "news", confidence=0.5))
    assert disputed(*with_more) == disputed(*sides)


def test_the_history_of_one_source_does_not_contradict_another() -> None:
    old = side("alias.target", "Acme-1", "log", valid_from=MAY - timedelta(days=90))
    new = side("alias.target", "Acme-2", "log", valid_from=MAY)
    assert disputed(old, new, side("alias.target", "Acme-2", "prices")) == []


@pytest.mark.parametrize(
    "predicate",
    [
        "model.listed",
        "endpoint.operation",
        "lifecycle.status",
        "license.text",
        "limit.rate_limit",
        "endpoint.parameter",
    ],
)
def test_where_rival_values_are_normal_nothing_is_contested(predicate: str) -> None:
    assert not is_contested(predicate)
    assert disputed(side(predicate, "a"), side(predicate, "b", "zh")) == []


def test_rivals_of_a_version_are_its_disputed_statements_and_not_its_history() -> None:
    stated = side("alias.target", "Acme-1").fact
    other = side("alias.target", "Acme-2").fact
    dated = side("alias.target", "Acme-0", valid_from=MAY - timedelta(days=30)).fact
    newer = side("alias.target", "Acme-1", valid_from=MAY).fact
    assert rivals_of([stated, other], NOW) == (other, stated)
    assert rivals_of([dated, newer], NOW) == ()


@pytest.mark.parametrize(
    ("url", "scope"),
    [
        ("https://github.com/Acme/Model", "github:acme/model"),
        ("https://raw.githubusercontent.com/acme/model/main/LICENSE", "github:acme/model"),
        ("https://api.github.com/repos/acme/model/license", "github:acme/model"),
        ("https://huggingface.co/acme/model/raw/main/README.md", "hugging-face:acme/model"),
        ("https://huggingface.co/api/models/acme/model", "hugging-face:acme/model"),
        ("https://huggingface.co/acme", "own"),
        ("https://huggingface.co/datasets/acme/model", "own"),
        ("https://docs.acme.example/acme/model", "own"),
        ("https://[broken", "own"),
    ],
)
def test_what_a_document_says_of_itself_belongs_to_its_repository(url: str, scope: str) -> None:
    assert scope_of(url, "own") == scope
