"""One change in words: headline, short title, lead, what to do, and the values as a reader wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import Formatter

from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Area, Change
from snapshots.facts import Precision
from snapshots.journal import Entry
from snapshots.wording import moments
from snapshots.wording.escape import plain, shorten
from snapshots.wording.phrases import PHRASES, Phrase
from snapshots.wording.spans import Line, Role, Span, capitalised, code, fit, line
from snapshots.wording.values import attribute, band, band_label, value_of

HEADLINE = 110
SHORT = 60
UNSURE = 0.8
_MODE = 40
_NOTHING = frozenset({"model-added", "model-removed", "endpoint-added", "endpoint-removed"})
_ENDS = frozenset(
    {"endpoint-expiry-set", "shutdown-date-set", "shutdown-date-moved-earlier", "shutdown-date-moved-later"}
)
_DEPRECATED_FROM = {"deprecation_date": "deprecated from", "legacy_date": "legacy from"}


@dataclass(frozen=True, slots=True)
class End:
    """When a thing stops working, as exactly as the provider said."""

    at: datetime
    precision: Precision

    def sentence(self, now: datetime) -> str:
        """`retires 24 Jul 2026, 15:59 UTC`, or `retired ...` once it is past."""
        verb = "retires" if moments.is_ahead(self.at, self.precision, now) else "retired"
        return f"{verb} {moments.stated(self.at, self.precision)}"

    def relative(self, now: datetime) -> str:
        """`in 91 days`."""
        return moments.relative(self.at, self.precision, now)


def end_of(change: Change) -> End | None:
    """The end of service a change states, if it states one with a date."""
    known = moments.parse(change.after) if change.kind in _ENDS else None
    return End(*known) if known else None


def name_of(entry: Entry) -> Span:
    """Whom a change is about: the subject, or the page where it is about all of it."""
    change = entry.change
    if change.subject == "*" or (
        kind_of(change.kind).area is Area.DOCUMENT and change.kind != "document-statement-changed"
    ):
        return code(entry.source_title or entry.source_id, Role.STRONG)
    return code(change.subject)


def old_value(fold: Sequence[Entry]) -> str:
    """What it was; for several bands what they have in common, or each with its band. Empty for nothing."""
    values = [_value(e.change, e.change.before, e.change.before_detail) for e in fold]
    if len(set(values)) == 1 or not _is_price(fold):
        return values[0]
    return _banded([(value, e.change.qualifier) for value, e in zip(values, fold, strict=True)])


def new_value(fold: Sequence[Entry]) -> str:
    """What it is now, each band in words: `$1.98 off-peak, $3.96 peak`. Empty for nothing."""
    return _banded(
        [
            (_value(e.change, e.change.after, e.change.after_detail), e.change.qualifier if _is_price(fold) else "")
            for e in fold
        ]
    )


def mode(change: Change) -> tuple[str, str]:
    """The modes before and after, where they are stated: `thinking`."""
    before, after = (
        shorten(plain(detail.get("mode", "")), _MODE) for detail in (change.before_detail, change.after_detail)
    )
    return before, after


@dataclass(frozen=True, slots=True)
class Headline:
    """`claim; date (bracket)`: what changed, the date that matters, how far that is. The last two may be empty."""

    claim: Line
    date: str
    bracket: str


def headline(fold: Sequence[Entry], end: End | None, now: datetime) -> Headline:
    """The headline of a change or of the bands of one price; claim and date together have at most 110 characters.

    `end` is the subject's end of service where another change of the incident states it.
    """
    change = fold[0].change
    date, bracket = _date(change, end, now)
    start = "Probably: " if change.confidence < UNSURE else ""
    claim = _fill(_template(fold, PHRASES[change.kind], now), fold, now)
    claim = line(start, *claim) if start else capitalised(claim)
    return Headline(fit(claim, HEADLINE - len(date) - 2 * bool(date)), date, bracket)


def _date(change: Change, end: End | None, now: datetime) -> tuple[str, str]:
    own = end_of(change)
    if own is not None:
        before = moments.parse(change.before)
        if before and (days := abs(moments.days_between(before[0], own.at))):
            return "", f"{days:,} day{'' if days == 1 else 's'} {'later' if own.at > before[0] else 'earlier'}"
        return "", own.relative(now)
    if end is not None:
        return end.sentence(now), end.relative(now)
    if change.attribute in _DEPRECATED_FROM and (known := moments.parse(change.after)):
        return "", moments.relative(*known, now)
    if is_coming(change, now) and change.effective_at:
        date = f"in effect {moments.stated(change.effective_at, change.effective_precision)}"
        return date, moments.relative(change.effective_at, change.effective_precision, now)
    return "", ""


def short_title(fold: Sequence[Entry], now: datetime) -> Line:
    """At most 60 characters, without the values that stand under it."""
    return fit(capitalised(_fill(PHRASES[fold[0].change.kind].short, fold, now)), SHORT)


def lead(fold: Sequence[Entry], now: datetime) -> Line:
    """Whether anything breaks."""
    return _fill(PHRASES[fold[0].change.kind].lead, fold, now)


def deadline(fold: Sequence[Entry], end: End | None, now: datetime) -> str:
    """`It stops working in 91 days.` where the headline is about something else; empty without an end."""
    if end is None or end_of(fold[0].change) is not None:
        return ""
    verb = "stops" if moments.is_ahead(end.at, end.precision, now) else "stopped"
    return f"It {verb} working {end.relative(now)}."


def to_do(fold: Sequence[Entry], end: End | None, now: datetime) -> Line:
    """One sentence in the imperative, beginning in lower case; empty when nothing is to be done."""
    filled = tuple(
        code(span.text) if span.role is not Role.PLAIN else span
        for span in _fill(PHRASES[fold[0].change.kind].to_do, fold, now)
    )
    if not filled or end is None or end_of(fold[0].change) or not moments.is_ahead(end.at, end.precision, now):
        return filled
    return (*line(*filled[:-1], filled[-1].text.rstrip(".")), Span(f"; replace the name before {moments.day(end.at)}."))


def is_coming(change: Change, now: datetime) -> bool:
    """Whether the provider says that it holds later."""
    return change.effective_at is not None and moments.is_ahead(change.effective_at, change.effective_precision, now)


def what(change: Change) -> str:
    """The attribute in words, with its band where a value stands alone: `output`, `context window`."""
    return attribute(change.attribute)


def _value(change: Change, value: str | None, detail: Mapping[str, str]) -> str:
    return value_of(kind_of(change.kind).area, change.attribute, value, detail)


def _is_price(fold: Sequence[Entry]) -> bool:
    return kind_of(fold[0].change.kind).area is Area.PRICE


def _banded(values: Sequence[tuple[str, str]]) -> str:
    labels = [f"{value} {band_label(qualifier)}".rstrip() for value, qualifier in values if value]
    return ", ".join(dict.fromkeys(labels))


def scope(change: Change) -> str:
    """The platform, plan or part a change is limited to; empty for a price, whose bands stand with its amounts."""
    area = kind_of(change.kind).area
    return "" if area in (Area.PRICE, Area.ENDPOINT) else band(change.qualifier)


def _template(fold: Sequence[Entry], phrase: Phrase, now: datetime) -> str:
    change = fold[0].change
    if change.kind not in _NOTHING and change.kind not in _ENDS:
        if is_coming(change, now) and phrase.coming and (new_value(fold) or not phrase.vanished):
            return phrase.coming
        if phrase.vanished and not new_value(fold):
            return phrase.vanished
        if phrase.appeared and not old_value(fold):
            return phrase.appeared
    return phrase.headline


def _fill(template: str, fold: Sequence[Entry], now: datetime) -> Line:
    parts: list[str | Span] = []
    for text, name, _, _ in Formatter().parse(template):
        parts.append(text)
        if name:
            parts.append(_placeholder(name, fold, now))
    return line(*parts)


def _placeholder(name: str, fold: Sequence[Entry], now: datetime) -> str | Span:
    change = fold[0].change
    end = end_of(change)
    is_past = end is not None and not moments.is_ahead(end.at, end.precision, now)
    match name:
        case "name":
            return name_of(fold[0])
        case "old":
            return code(old_value(fold) or "nothing", Role.STRONG if _is_price(fold) else Role.OLD)
        case "new":
            return code(_new_in_headline(fold) or "another one", Role.STRONG if _is_price(fold) else Role.NEW)
        case "what":
            return what(change)
        case "part":
            return code(change.qualifier or change.attribute)
        case "stops":
            return "stopped" if is_past else "stops"
        case "before":
            return "now" if is_past else "before that day"
        case "was":
            return moments.said(change.before) or "not said"
        case _:
            known = moments.parse(change.after)
            return moments.stated(*known) if known else f"“{plain(change.after or '')}”"


def _new_in_headline(fold: Sequence[Entry]) -> str:
    change = fold[0].change
    if change.kind == "deprecation-announced" and change.attribute in _DEPRECATED_FROM:
        return f"{_DEPRECATED_FROM[change.attribute]} {moments.said(change.after)}"
    if not _is_price(fold):
        return new_value(fold)
    values = [
        f"{_value(e.change, e.change.after, e.change.after_detail)} {band(e.change.qualifier)}".rstrip()
        for e in fold
        if e.change.after
    ]
    return (" and " if len(values) <= 2 else ", ").join(values)
