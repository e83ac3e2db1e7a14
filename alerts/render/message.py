"""Changes to a message: pure, and the same for every channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from alerts.render.announced import announced
from alerts.render.digest import compose_digest
from alerts.render.model import Digest, Item, Message, Row, Section
from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Area, Level
from snapshots.coverage import Coverage
from snapshots.journal import Entry
from snapshots.lasted import Lasted
from snapshots.wording import moments, words
from snapshots.wording.cases import Case, Fold, agreeing, also, cases, fact_change, fact_line, value_lines
from snapshots.wording.escape import plain, safe_url, shorten
from snapshots.wording.spans import Line, Role, Span, capitalised, code, line, quotation, text_of

__all__ = ["Coverage", "Digest", "Item", "Message", "Row", "Section", "compose", "compose_digest", "compose_test"]

_MOST_PRICES = 5
_TITLE = 120
_HEADINGS = 4


def compose(
    entries: Sequence[Entry],
    *,
    now: datetime,
    delivery_id: str,
    incident: str,
    public_url: str = "",
    also_told: Sequence[str] = (),
    route: str = "",
    lasted: Mapping[int, Lasted] = MappingProxyType({}),
) -> Message:
    """One message about the changes of an incident.

    The loudest and most telling change leads; what else its subject went through stands in the table, other subjects
    follow as items. An end of service of the same subject joins the headline. `now` is UTC; `public_url` is the address
    of this installation's pages, empty when there are none. `lasted` says by row id how long the values before held.

    Raises:
        ValueError: there is no change to tell.
    """
    found = cases(entries)
    if not found:
        message = "An incident without changes cannot be told."
        raise ValueError(message)
    case, others = found[0], found[1:]
    entry, change, end = case.entry, case.entry.change, case.end
    said = words.headline(case.leading, end, now)
    evidence = change.evidence
    base = safe_url(public_url).rstrip("/")
    first = min(each.detected_at for each in entries)
    return Message(
        claim=said.claim,
        date=said.date,
        bracket=said.bracket,
        summary=words.lead(case.leading, now),
        deadline=words.deadline(case.leading, end, now),
        level=case.level,
        kind=change.kind,
        rows=tuple(_rows(case, now, lasted.get(entry.id))),
        others=tuple(_item(each, now, base) for each in others),
        quote=quotation(evidence.quote) if evidence else "",
        quote_heading=_path(evidence.heading) if evidence else (),
        telling=words.new_value(case.leading),
        advice=words.to_do(case.leading, end, now),
        official_url=safe_url(entry.url),
        source_title=shorten(plain(entry.source_title) or entry.source_id, _TITLE),
        sources=agreeing(entries, entry),
        review_url=f"{base}/c/{entry.public_id}" if base else "",
        review_command=f"headwater changes show {entry.public_id}",
        more_url=f"{base}/?incident={incident}" if base else "",
        more_command=f"headwater changes list --since {first:%Y-%m-%dT%H:%M:%SZ}",
        also_told=tuple(plain(each) for each in also_told),
        route=plain(route),
        delivery_id=delivery_id,
        incident=incident,
        news_only=all(each.level not in (Level.CRITICAL, Level.WARNING) for each in found),
    )


def compose_test(channel: str, *, now: datetime, delivery_id: str) -> Message:
    """A message that proves a channel works and cannot be taken for news."""
    return Message(
        claim=line("Test: messages of headwater arrive through ", code(channel)),
        date="",
        bracket="",
        summary=line("This is a test. Nothing changed upstream, and nothing is to be done."),
        deadline="",
        level=Level.INFO,
        kind="test",
        rows=(Row("Channel", line(code(channel))), Row("Sent", line(moments.moment(now)))),
        others=(),
        quote="",
        quote_heading=(),
        telling="",
        advice=(),
        official_url="",
        source_title="",
        sources=0,
        review_url="",
        review_command="headwater changes list",
        more_url="",
        more_command="",
        also_told=(),
        route="",
        delivery_id=delivery_id,
        incident="",
        news_only=True,
        test=True,
    )


def _path(headings: Sequence[str]) -> tuple[str, ...]:
    """The innermost headings: they name the place, whatever the page wraps around them."""
    return tuple(shorten(heading, _TITLE) for heading in map(plain, headings) if heading)[-_HEADINGS:]


def _rows(case: Case, now: datetime, lasted: Lasted | None) -> Iterator[Row]:
    fold, change = case.leading, case.entry.change
    told: list[Fold] = [fold]
    if kind_of(change.kind).area is Area.PRICE:
        told = [each for each in case.folds if kind_of(each[0].change.kind).area is Area.PRICE][:_MOST_PRICES]
        for each in told:
            yield Row(text_of(capitalised(line(words.what(each[0].change)))), fact_change(each))
    elif not moments.parse(change.after):
        before, after = value_lines(fold)
        if before or after:
            yield Row("Was", _with_note(before, _for_days(lasted)) if before else line("nothing before"))
            yield Row("Now", after or line("no longer stated"))
    elif change.before:
        yield Row("Was", line(moments.said(change.before)))
    if scope := words.scope(change):
        yield Row("Applies to", line(scope))
    said = announced(change.evidence.heading, case.entry.detected_at) if change.evidence else None
    if said is not None:
        yield Row("Announced", line(moments.day(said)))
    yield _effect(case, now)
    yield Row("Seen", line(moments.moment(case.entry.detected_at)))
    if case.end:
        note = moments.precision_note(case.end.precision)
        stops = moments.stated(case.end.at, case.end.precision)
        yield Row("Stops working", line(Span(stops, Role.STRONG), Span(note, Role.NOTE) if note else ""))
        told += [each for each in case.folds if words.end_of(each[0].change)]
    if left := [each for each in case.folds if each not in told]:
        yield Row("Also changed", also(left))


def _for_days(lasted: Lasted | None) -> str:
    if lasted is None or not lasted.days:
        return ""
    return f"{'for' if lasted.stated else 'seen for'} {lasted.days:,} day{'' if lasted.days == 1 else 's'}"


def _with_note(spans: Line, note: str) -> Line:
    """The line with a note, joined to the note it may end with."""
    if not note:
        return spans
    if spans[-1].role is Role.NOTE:
        return (*spans[:-1], Span(f"{spans[-1].text}, {note}", Role.NOTE))
    return (*spans, Span(note, Role.NOTE))


def _effect(case: Case, now: datetime) -> Row:
    change = case.entry.change
    if change.effective_at is None:
        return Row("In effect", line("not stated"))
    note = moments.precision_note(change.effective_precision)
    label = "In effect from" if words.is_coming(change, now) else "In effect"
    return Row(
        label,
        line(moments.stated(change.effective_at, change.effective_precision), Span(note, Role.NOTE) if note else ""),
    )


def _item(case: Case, now: datetime, base: str) -> Item:
    said = words.headline(case.leading, case.end, now)
    date = f"{said.date} ({said.bracket})" if said.date else said.bracket
    return Item(
        said.claim,
        fact_line(case),
        case.level,
        case.entry.change.kind,
        date,
        f"{base}/c/{case.entry.public_id}" if base else "",
        case.changes,
    )
