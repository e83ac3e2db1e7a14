"""The changes of a day that waited for the morning, as one digest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from alerts.render.model import Digest, Item, Section
from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Area
from snapshots.coverage import Coverage
from snapshots.journal import Entry
from snapshots.wording import moments, words
from snapshots.wording.cases import Case, cases, fact_line
from snapshots.wording.escape import plain, safe_url
from snapshots.wording.spans import line

_AHEAD = timedelta(days=45)
_NAMED = 3
_KINDS = {
    "price-increased": ("price increase", "price increases"),
    "price-decreased": ("price cut", "price cuts"),
    "model-added": ("new model", "new models"),
    "model-removed": ("removed model", "removed models"),
    "shutdown-date-set": ("shutdown date", "shutdown dates"),
    "shutdown-date-moved-earlier": ("earlier shutdown", "earlier shutdowns"),
    "shutdown-date-moved-later": ("later shutdown", "later shutdowns"),
    "deprecation-announced": ("deprecation", "deprecations"),
}
_AREAS = {
    Area.ALIAS: ("alias change", "alias changes"),
    Area.LICENSE: ("license change", "license changes"),
    Area.ENDPOINT: ("endpoint change", "endpoint changes"),
    Area.MODEL: ("model change", "model changes"),
    Area.LIFECYCLE: ("change of plans", "changes of plans"),
    Area.LIMIT: ("limit change", "limit changes"),
    Area.PRICE: ("price change", "price changes"),
    Area.CAPABILITY: ("capability change", "capability changes"),
    Area.DOCUMENT: ("page change", "page changes"),
}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def compose_digest(
    entries: Sequence[Entry], *, now: datetime, delivery_id: str, public_url: str = "", coverage: Coverage | None = None
) -> Digest:
    """The digest of the given changes; what ends or takes effect within 45 days stands apart. `now` is UTC."""
    base = safe_url(public_url).rstrip("/")
    found = cases(entries)
    ahead = [case for case in found if (at := _next_date(case, now)) and at - now <= _AHEAD]
    fresh = [case for case in found if case not in ahead]
    ahead.sort(key=lambda case: (_next_date(case, now) or now, case.entry.public_id))
    sections = (
        Section("New since the last digest", f"{len(fresh):,}", tuple(_item(case, now, base) for case in fresh)),
        Section("Coming up", f"next {_AHEAD.days} days", tuple(_item(case, now, base) for case in ahead)),
    )
    counts = Counter(_noun(case) for case in found).most_common()
    since = min((entry.detected_at for entry in entries), default=now).astimezone(UTC)
    spoken = _list(counts, _number)
    return Digest(
        subject=f"headwater, {moments.day(now)}: {_list(counts, '{:,}'.format)}",
        headline=f"{spoken[:1].upper()}{spoken[1:]} since the last digest.",
        date=f"{now.astimezone(UTC):%a} {moments.day(now)}",
        sections=tuple(section for section in sections if section.items),
        coverage=_coverage(coverage) if coverage else "",
        more_url=f"{base}/" if base else "",
        more_command=f"headwater changes list --since {since:%Y-%m-%dT%H:%M:%SZ}",
        delivery_id=delivery_id,
    )


def _item(case: Case, now: datetime, base: str) -> Item:
    entry = case.entry
    change = entry.change
    facts = fact_line(case)
    if case.end and words.end_of(change):
        facts = line(*facts, f", {case.end.relative(now)}")
        note = f"seen {moments.moment(entry.detected_at)}"
    elif case.end:
        note = f"{case.end.sentence(now)} ({case.end.relative(now)})"
    elif change.effective_at:
        when = moments.stated(change.effective_at, change.effective_precision)
        note = f"in effect {'from' if words.is_coming(change, now) else 'since'} {when}"
    else:
        note = f"seen {moments.moment(entry.detected_at)}"
    url = f"{base}/c/{entry.public_id}" if base else ""
    return Item(words.short_title(case.leading, now), facts, case.level, change.kind, note, url, case.changes)


def _next_date(case: Case, now: datetime) -> datetime | None:
    """When the case next matters: its end, or the day its leading change takes effect; `None` when both are past."""
    if case.end and moments.is_ahead(case.end.at, case.end.precision, now):
        return case.end.at
    change = case.entry.change
    return change.effective_at if words.is_coming(change, now) else None


def _noun(case: Case) -> tuple[str, str]:
    kind = case.entry.change.kind
    return _KINDS.get(kind) or _AREAS[kind_of(kind).area]


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def _list(counts: list[tuple[tuple[str, str], int]], number: Callable[[int], str]) -> str:
    """The three most frequent kinds of news and how many other changes there are, in a sentence."""
    parts = [f"{number(count)} {noun[count != 1]}" for noun, count in counts[:_NAMED]]
    if others := sum(count for _, count in counts[_NAMED:]):
        parts.append(f"{number(others)} other change{'' if others == 1 else 's'}")
    if not parts:
        return "no news"
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]


def _coverage(counted: Coverage) -> str:
    versions = "new version" if counted.new_versions == 1 else "new versions"
    told = (
        f"{counted.checks:,} checks of {counted.sources:,} sources: {counted.unchanged:,} without change, "
        f"{counted.new_versions:,} {versions}, {counted.untrusted:,} without an answer to trust."
    )
    names = [plain(name) for name in counted.attention]
    return f"{told} In need of attention: {', '.join(names)}." if names else told
