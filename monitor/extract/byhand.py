"""Values that a person types, in the form that extractors give values: so that the two can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.extract.values.dates import find_moments
from monitor.extract.values.licenses import license_id
from monitor.extract.values.money import find_money, plain
from monitor.extract.values.polarity import polarity
from monitor.extract.values.tokens import count_key
from snapshots.corrected import Stated
from snapshots.facts import EMPTY, Precision, name_key


class UnreadableValueError(ValueError):
    """The text is no value of this predicate; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A value as extractors would have read it: its text, its comparable key, and how exact a time it is."""

    value: str
    key: str
    precision: Precision = Precision.UNKNOWN


def typed(predicate: str, text: str, reading: Mapping[str, str] = EMPTY) -> Typed:
    """The value that a person means. `reading` is the detail of what was read there, which tells a bare price's unit.

    Raises:
        UnreadableValueError: a price without currency, or an end of service that is no time.
    """
    text = " ".join(text.split())
    area, _, attribute = predicate.partition(".")
    match area:
        case "price":
            return _price(text, reading)
        case "limit":
            return Typed(text, count_key(text))
        case "license" if attribute == "license":
            value = license_id(text) or text
            return Typed(value, name_key(value))
        case "capability":
            says = polarity(text)
            value = text if says is None else "true" if says else "false"
            return Typed(value, name_key(value))
        case "lifecycle" if attribute.endswith("_date"):
            return _time(text)
        case _:
            return Typed(text, name_key(text))


def with_value(key: Stated, text: str, reading: Mapping[str, str]) -> Stated:
    """What a person says a source states, with the value that they typed; `reading` as for `typed`.

    Raises:
        UnreadableValueError: as for `typed`.
    """
    read = typed(key.predicate, text, reading)
    precision = read.precision if read.precision is not Precision.UNKNOWN else key.precision
    return replace(key, value=read.value, value_key=read.key, precision=precision)


def day_typed(text: str) -> tuple[datetime, Precision]:
    """The instant from which a person says something holds, UTC, and how exact that is.

    Raises:
        UnreadableValueError: it is no time.
    """
    moments = find_moments(text)
    if len(moments) != 1:
        message = f'"{text}" is not a time. Write 2026-01-15 or 2026-01-15T12:00:00Z.'
        raise UnreadableValueError(message)
    return moments[0].at, moments[0].precision


def _price(text: str, reading: Mapping[str, str]) -> Typed:
    found = find_money(text)
    currency, unit = reading.get("currency", ""), reading.get("unit", "")
    if len(found) == 1:
        money = found[0]
        value, currency, unit = plain(money.amount), money.currency, money.unit or unit or "1M tokens"
    elif text.replace(".", "", 1).isdecimal() and currency:
        value = text
    else:
        message = f'"{text}" is not a price. Write it with its currency, such as "$0.28 / 1M tokens".'
        raise UnreadableValueError(message)
    return Typed(value, f"{value} {currency} {unit}".strip())


def _time(text: str) -> Typed:
    moments = find_moments(text)
    if len(moments) != 1:
        message = f'"{text}" is not a time. Write 2026-07-24 or 2026-07-24T15:59:00Z.'
        raise UnreadableValueError(message)
    moment = moments[0]
    bound = moment.precision is Precision.NOT_SOONER_THAN
    return Typed(moment.value, name_key(f"not sooner than {moment.value}" if bound else moment.value), moment.precision)
