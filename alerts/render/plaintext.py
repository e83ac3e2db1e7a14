"""The plain twin of a mail: 72 columns, no markup, nothing that only the HTML says."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from alerts.render.model import MARKS, MOST_CHANGES, Digest, Item, Message
from snapshots.wording.spans import text_of

_WIDTH = 72
_LABEL = 28


def message_text(message: Message) -> str:
    """The message in the order of the HTML: claim, date, lead, table, others, quotation, what to do, links, foot."""
    label = "TEST" if message.test else message.level.upper()
    claim = text_of(message.claim)
    bracket = f" ({message.bracket})" if message.bracket else ""
    date = f"{message.date[:1].upper()}{message.date[1:]}{bracket}" if message.date else ""
    blocks = [
        _wrap(f"News of incident {message.incident}, told first {message.told_first}.") if message.told_first else "",
        _lines(_wrap(f"[{label}] {claim}{'' if date else bracket}"), _wrap(date)),
        _wrap(" ".join(filter(None, (text_of(message.summary), message.company)))),
        _table([(row.label, row.value) for row in message.rows]),
        _items(message.others, MOST_CHANGES - 1, message.more_url, message.more_command),
        _quotation(message),
        _wrap(f"To do: {message.to_do}") if message.advice else "",
        _lines("How it stands:", _table([(row.label, row.value) for row in message.standing]))
        if message.standing
        else "",
        _links(message),
        _foot(message),
    ]
    return "\n\n".join(filter(None, blocks)) + "\n"


def digest_text(digest: Digest) -> str:
    """The digest: headline, sections, coverage."""
    blocks = [_lines(_wrap(digest.headline), f"{digest.name}, {digest.date}")]
    for section in digest.sections:
        title = f"{section.heading} ({section.note})"
        entries = _items(section.items, MOST_CHANGES - 1, digest.more_url, digest.more_command)
        blocks.append(f"{title}\n{'-' * len(title)}\n{entries}")
    if digest.coverage:
        blocks.append(f"Coverage\n--------\n{_wrap(digest.coverage)}")
    blocks.append(f"Inbox: {digest.more_url}" if digest.more_url else f"All of them: {digest.more_command}")
    if digest.route:
        blocks.append(_wrap(f'Route "{digest.route}". {digest.why}'))
    blocks.append(_wrap(f"Delivery {digest.delivery_id}. A repeat carries the same number."))
    return "\n\n".join(blocks) + "\n"


def _items(items: Sequence[Item], most: int, url: str, command: str) -> str:
    told = [
        _lines(
            _wrap(f"{MARKS[item.level]} {item.title}", indent="  ", first=""),
            _wrap(_arrows(item.fact_line), indent="  "),
            _wrap(item.note, indent="  "),
            f"  {item.review_url}" if item.review_url else "",
        )
        for item in items[:most]
    ]
    if len(items) > most:
        told.append(_lines(f"and {len(items) - most:,} more:", f"  {url or command}"))
    return "\n\n".join(told)


def _table(rows: Sequence[tuple[str, str]]) -> str:
    width = min(max((len(label) for label, _ in rows), default=0), _LABEL) + 3
    indent = " " * (width + 2)
    told = []
    for label, value in rows:
        if len(label) >= width:
            # It stands on a line of its own.
            told.append(f"  {label}")
        first = indent if len(label) >= width else f"  {label:<{width}}"
        told.append(_wrap(_arrows(value), indent=indent, first=first))
    return _lines(*told)


def _quotation(message: Message) -> str:
    if not message.quote:
        return ""
    source = ", ".join(message.quote_heading) or message.source_title
    return _lines(_wrap(f"{source}:"), _wrap(message.quote, indent="> "))


def _links(message: Message) -> str:
    review = f"Review:   {message.review_url or message.review_command}" if not message.test else ""
    return _lines(review, f"Official: {message.official_url}" if message.official_url else "")


def _foot(message: Message) -> str:
    told = f"Also told: {', '.join(message.also_told)}." if message.also_told else ""
    route = f'Route "{message.route}".' if message.route else ""
    agree = f"{message.sources} sources agree." if message.sources > 1 else ""
    number = (
        f"Delivery {message.delivery_id}, incident {message.incident}."
        if message.incident
        else f"Delivery {message.delivery_id}."
    )
    return _lines(
        _wrap(" ".join(filter(None, (told, route, agree)))), _wrap(f"{number} A repeat carries the same number.")
    )


def _arrows(text: str) -> str:
    return text.replace(" → ", " -> ")


def _wrap(text: str, *, indent: str = "", first: str | None = None) -> str:
    """Lines of at most 72 columns; a word that is longer, such as an address, stays whole on a line of its own."""
    return textwrap.fill(
        text, _WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _lines(*lines: str | Iterable[str]) -> str:
    return "\n".join(line for line in lines if isinstance(line, str) and line)
