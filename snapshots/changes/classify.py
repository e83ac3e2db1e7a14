"""Two facts with one key to the kind of change they are."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation

from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Change
from snapshots.diff.facts import Pair
from snapshots.facts import EMPTY, Fact, name_key

_LICENSE = {
    "terms_url": "license-terms-url-changed",
    "commercial_use": "license-text-changed",
    "text": "license-text-changed",
}
# What moves with every commit and every server that answers: recorded, and nobody's alert.
_RECORDED = frozenset({"revision", "system_fingerprint"})
_NOWHERE = frozenset({"404", "410"})
_BENIGN = frozenset({"active", "live", "available", "ga", "generally-available", "stable"})


def change_of(pair: Pair, *, kind: str = "", before: Fact | None = None, removal: bool = False) -> Change:
    """The change a pair is. `kind` overrules the derived kind, `before` the earlier fact (a flat price, now a band)."""
    earlier = before if before is not None else pair.before
    own = pair.after or pair.before
    assert own is not None
    kind = kind or kind_for(earlier, pair.after)
    effective = pair.after if pair.after is not None else None
    return Change(
        kind=kind,
        subject=own.subject,
        attribute=own.attribute,
        before=earlier.value if earlier else None,
        after=pair.after.value if pair.after else None,
        level=kind_of(kind).level,
        qualifier=own.qualifier,
        before_detail=earlier.detail if earlier else EMPTY,
        after_detail=pair.after.detail if pair.after else EMPTY,
        effective_at=effective.valid_from if effective else None,
        effective_precision=effective.precision if effective else own.precision,
        evidence=own.evidence,
        confidence=own.confidence,
        removal=removal,
    )


def kind_for(before: Fact | None, after: Fact | None) -> str:
    """The catalogue id for two facts of one key, at least one of them there."""
    fact = after or before
    assert fact is not None
    match fact.area:
        case "alias":
            return "alias-removed" if after is None or after.value is None else "alias-retargeted"
        case "model":
            if fact.attribute in _RECORDED:
                return "document-text-changed"
            if fact.attribute == "listed":
                return "model-added" if before is None else "model-removed"
            return "model-version-changed"
        case "license":
            return _LICENSE.get(fact.attribute, "license-changed")
        case "endpoint":
            return _endpoint(fact, before, after)
        case "price":
            return _price(fact, before, after)
        case "limit":
            return _limit(fact.attribute, before, after)
        case "capability":
            return _capability(before, after)
        case _:
            return _lifecycle(fact, before, after)


def _endpoint(fact: Fact, before: Fact | None, after: Fact | None) -> str:
    if fact.attribute == "parameter":
        if after is None:
            return "endpoint-parameter-removed"
        return "endpoint-parameter-became-required" if after.value == "required" else "endpoint-parameter-added"
    if fact.attribute in ("response", "status"):
        was, now = (each is not None and each.value in _NOWHERE for each in (before, after))
        if fact.attribute == "response" or was == now:
            return "endpoint-response-changed"
        return "endpoint-removed" if now else "endpoint-added"
    if fact.attribute == "location":
        return "endpoint-path-changed"
    if before is None:
        return "endpoint-added"
    if after is None:
        return "endpoint-removed"
    return "endpoint-base-url-changed" if fact.attribute == "base_url" else "endpoint-path-changed"


def _price(fact: Fact, before: Fact | None, after: Fact | None) -> str:
    if fact.qualifier.startswith("scheduled"):
        return "price-announced"
    if before is None or after is None:
        return "price-band-changed"
    old, new = _number(before.value), _number(after.value)
    if old is None or new is None or old == new or before.detail.get("unit") != after.detail.get("unit"):
        return "price-band-changed"
    return "price-increased" if new > old else "price-decreased"


def _limit(attribute: str, before: Fact | None, after: Fact | None) -> str:
    names = {"context_window": "context-window", "max_output": "max-output"}
    old, new = (_number(fact.value_key) if fact else None for fact in (before, after))
    if attribute not in names or (before is not None and after is not None and (old is None or new is None)):
        return "rate-limit-changed"
    if after is None or (old is not None and new is not None and new < old):
        return f"{names[attribute]}-reduced"
    return f"{names[attribute]}-increased"


def _capability(before: Fact | None, after: Fact | None) -> str:
    if after is None or after.value == "false":
        return "capability-removed" if before is not None and before.value != "false" else "capability-changed"
    if before is None or before.value == "false":
        return "capability-added"
    return "capability-changed"


def _lifecycle(fact: Fact, before: Fact | None, after: Fact | None) -> str:
    if fact.attribute == "replacement":
        return "replacement-changed"
    if fact.attribute == "retirement_date":
        if after is None:
            return "deprecation-withdrawn"
        old, new = (_day(each) for each in (before, after))
        if not old or not new:
            return "endpoint-expiry-set" if "://" in fact.subject else "shutdown-date-set"
        return "shutdown-date-moved-earlier" if new < old else "shutdown-date-moved-later"
    if after is None or (fact.attribute == "status" and is_benign(after)):
        return "deprecation-withdrawn"
    return "deprecation-announced"


def former_price(price: Fact) -> Fact | None:
    """The price before that a sentence states with the new one: `from $2 to $1`."""
    was = price.detail.get("was")
    return replace(price, value=was, value_key=was) if was else None


def is_benign(fact: Fact) -> bool:
    """Whether a status says that the thing is simply offered."""
    return name_key(fact.value or "") in _BENIGN


def _day(fact: Fact | None) -> str:
    """The ISO date of a fact, empty when it states none (`in the future`)."""
    value = fact.value if fact is not None and fact.value is not None else ""
    return value if value[:4].isdigit() else ""


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text or "")
    except InvalidOperation:
        return None
