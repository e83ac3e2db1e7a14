"""A message or digest as payloads for Slack's incoming webhooks (https://docs.slack.dev/reference/block-kit/blocks).

Slack answers `invalid_blocks` to the whole message when one limit is passed, so every limit is held here: 50 blocks,
150 characters in a header, 3,000 in a section, 10 fields of 2,000, 10 elements of a context. We stay below, and split
what is long into numbered payloads instead of dropping it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from alerts.render.escape import slack_code, slack_link, slack_text
from alerts.render.model import MARKS, MOST_CHANGES, Digest, Item, Message
from snapshots.changes.catalogue import KINDS
from snapshots.wording.escape import plain, shorten
from snapshots.wording.spans import Line, Role, Span, capitalised, quoted, text_of

Block = dict[str, Any]

MOST_BLOCKS = 45
MOST_CHARACTERS = 11_500
_HEADER = 150
_SECTION = 2_900
_FIELD = 1_900
_SPAN = 600
_FIELDS = 10
_ELEMENTS = 10
_TOLD = ("Was", "Now", "In effect", "In effect from", "Also changed")


def slack_messages(message: Message | Digest, *, buttons: bool = False, decides: bool = False) -> list[dict[str, Any]]:
    """The payloads to post in order: one, or numbered parts (`2 of 3`) when one would pass Slack's limits.

    With `buttons` the way to the review is a button, which gives way to the decision once there is one. That one is a
    link: what decides is a page that knows who asks. With `decides` there are two more, whose presses Slack reports.
    """
    if isinstance(message, Digest):
        return _payloads(list(_digest(message)), message.subject)
    blocks = list(_message(message, buttons=buttons, decides=decides))
    return _payloads(blocks, f"{MARKS[message.level]} {message.headline}")


def _payloads(blocks: list[Block], notice: str) -> list[dict[str, Any]]:
    parts = _parts(blocks)
    payloads = []
    for number, part in enumerate(parts, start=1):
        count = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
        shown = [*part, _context([f"{number} of {len(parts)}"])] if count else part
        payloads.append(
            {
                "text": slack_text(shorten(notice, 280) + count),
                "blocks": shown,
                "unfurl_links": False,
                "unfurl_media": False,
            }
        )
    return payloads


def slack_replies(message: Message) -> list[dict[str, Any]]:
    """Later news of an incident, for its thread: what is new in a sentence, its values, the link to the rest."""
    mark, date = MARKS[message.level], f"; {slack_text(message.date)}" if message.date else ""
    bracket = f" ({slack_text(message.bracket)})" if message.bracket else ""
    values = ". ".join(f"{slack_text(row.label)}: {_mrkdwn(row.line)}" for row in message.rows if row.label in _TOLD)
    review = slack_link(message.review_url, "Review") if message.review_url else slack_code(message.review_command)
    first = f"{mark} {_mrkdwn(message.claim)}{date}{bracket}. {_mrkdwn(message.summary)}"
    blocks = [_section("\n".join(filter(None, (first, values, review)))), *_items(message.others[: MOST_CHANGES - 1])]
    if (left := len(message.others) - (MOST_CHANGES - 1)) > 0:
        blocks.append(_section(_more(left, message.more_url, message.more_command)))
    route = [f"Route “{slack_text(message.route)}”"] if message.route else []
    numbers = f"Delivery {slack_text(message.delivery_id)}, incident {slack_text(message.incident)}"
    return _payloads([*blocks, _context([*route, numbers])], f"{mark} {message.headline}")


def slack_note(message: Message) -> dict[str, Any]:
    """What was decided, as a short reply in the incident's thread."""
    remark = f": “{shorten(slack_text(message.remark), _SPAN)}”" if message.remark else "."
    text = f"{slack_text(message.decision)}{remark}"
    review = f" {slack_link(message.review_url, 'Review')}" if message.review_url else ""
    foot = _context([f"Delivery {slack_text(message.delivery_id)}"])
    return {"text": text, "blocks": [_section(text + review), foot], "unfurl_links": False, "unfurl_media": False}


def _message(message: Message, *, buttons: bool, decides: bool) -> Iterator[Block]:
    claim = text_of(message.claim)
    closing = f" ({message.bracket})" if message.bracket and not message.date else ""
    title = f"{MARKS[message.level]} {claim}{closing}"
    yield _header(title)
    first = (
        f"*{slack_text(message.date[:1].upper() + message.date[1:])}* ({slack_text(message.bracket)}). "
        if message.date
        else ""
    )
    repeat = f"{_mrkdwn(message.claim)}\n" if len(title) > _HEADER else ""
    yield _section(f"{repeat}{first}{_mrkdwn(message.summary)} {message.company}".rstrip())
    fields = [f"*{slack_text(row.label)}*\n{_mrkdwn(row.line)}" for row in message.rows]
    for place in range(0, len(fields), _FIELDS):
        yield {"type": "section", "fields": [_text(field, _FIELD) for field in fields[place : place + _FIELDS]]}
    if message.quote:
        source = " › ".join(message.quote_heading) or message.source_title
        yield _section(f">{_mrkdwn(quoted(message.quote))}\n>{slack_link(message.official_url, shorten(source, 150))}")
    elif message.official_url:
        yield _section(slack_link(message.official_url, message.source_title))
    if message.advice:
        yield _section(f"*To do*  {_mrkdwn(capitalised(message.advice))}")
    yield from _items(message.others[: MOST_CHANGES - 1])
    if (left := len(message.others) - (MOST_CHANGES - 1)) > 0:
        yield _section(_more(left, message.more_url, message.more_command))
    if message.decision:
        yield _context([slack_text(message.decision)])
    elif buttons and (elements := [*_deciding(message, wanted=decides), *_review(message, first=not decides)]):
        yield {"type": "actions", "elements": elements}
    yield _context(_foot(message, link=not buttons))


def _digest(digest: Digest) -> Iterator[Block]:
    yield _header(digest.subject)
    yield _section(slack_text(digest.headline))
    for section in digest.sections:
        yield _section(f"*{slack_text(section.heading)}*  {slack_text(section.note)}")
        yield from _items(section.items[:MOST_CHANGES])
        if len(section.items) > MOST_CHANGES:
            yield _section(_more(len(section.items) - MOST_CHANGES, digest.more_url, digest.more_command))
    if digest.coverage:
        yield _section(f"*Coverage*\n{slack_text(digest.coverage)}")
    route = [f"Route “{slack_text(digest.route)}”"] if digest.route else []
    yield _context([slack_text(f"{digest.name}, {digest.date}"), *route, f"Delivery {slack_text(digest.delivery_id)}"])


def _items(items: Sequence[Item]) -> Iterator[Block]:
    for item in items:
        title = f"{MARKS[item.level]} *{slack_link(item.review_url, item.title)}*"
        yield _section("\n".join(filter(None, (title, _mrkdwn(item.facts), slack_text(item.note)))))


def _more(left: int, url: str, command: str) -> str:
    where = slack_link(url, "see them all") if url else f"see them with {slack_code(command)}"
    return f"and {left:,} more; {where}"


def _deciding(message: Message, *, wanted: bool) -> Iterator[Block]:
    """What `snapshots.web.slack` understands; only of changes, for there is nothing else to decide about."""
    if wanted and message.kind in KINDS and not message.test and not message.reminder:
        yield _button("Acknowledge", "acknowledge", value=message.delivery_id, style="primary")
        yield _button("Snooze 7 days", "snooze", value=message.delivery_id)


def _review(message: Message, *, first: bool) -> Iterator[Block]:
    if message.review_url and first:
        yield _button("Review and acknowledge", "review", url=message.review_url, style="primary")
    elif message.review_url:
        yield _button("Review", "review", url=message.review_url)


def _button(text: str, action: str, **more: str) -> Block:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": text, "emoji": False},
        "action_id": action,
        **more,
    }


def _foot(message: Message, *, link: bool) -> list[str]:
    if message.test:
        return ["Test", f"Delivery {slack_text(message.delivery_id)}"]
    agree = f"{message.sources} sources agree" if message.sources > 1 else slack_text(message.source_title)
    review = slack_code(message.review_command)
    if message.review_url:
        review = slack_link(message.review_url, "Review the change") if link else ""
    told = f"Also told: {slack_text(', '.join(message.also_told))}" if message.also_told else ""
    route = f"Route “{slack_text(message.route)}”" if message.route else ""
    numbers = f"Delivery {slack_text(message.delivery_id)}, incident {slack_text(message.incident)}"
    return [
        one
        for one in (message.level.capitalize(), slack_text(message.kind), agree, review, told, route, numbers)
        if one
    ]


def _mrkdwn(line: Line) -> str:
    """The line as mrkdwn; a span too long for its block is cut with `...`, the whole stands on the change's page."""
    cut = [Span(shorten(span.text, _SPAN), span.role) for span in line]
    return "".join(_span(span, after=before.role) for before, span in zip([Span(""), *cut], cut, strict=False))


def _span(span: Span, *, after: Role) -> str:
    lead, tail = _edges(span.text)
    match span.role:
        case Role.CODE | Role.OLD | Role.NEW:
            return slack_code(span.text)
        case Role.STRONG:
            return f"*{slack_text(span.text)}*"
        case Role.NOTE:
            return f"{',' if after in (Role.PLAIN, Role.STRONG) else ''} {slack_text(span.text)}"
        case _:
            return f"{lead}{slack_text(span.text)}{tail}"


def _edges(text: str) -> tuple[str, str]:
    """The spaces at both ends, which cleaning takes away and the words around need."""
    return (" " if text[:1].isspace() else "", " " if text[-1:].isspace() and text.strip() else "")


def _header(text: str) -> Block:
    # Slack decodes the three entities in plain text too; a header counts them as what they are written as.
    cut = shorten(plain(text), _HEADER)
    while len(escaped := cut.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) > _HEADER:
        cut = shorten(cut, len(cut) - 4)
    return {"type": "header", "text": {"type": "plain_text", "text": escaped, "emoji": False}}


def _section(text: str) -> Block:
    return {"type": "section", "text": _text(text, _SECTION)}


def _text(text: str, limit: int) -> dict[str, Any]:
    # verbatim keeps Slack from turning words such as channel names and addresses into links.
    return {"type": "mrkdwn", "text": text if len(text) <= limit else _cut(text, limit), "verbatim": True}


def _cut(text: str, limit: int) -> str:
    """Cut without leaving half an entity, link or code span open."""
    kept = text[: limit - 4]
    for opening, closing in (("&", ";"), ("<", ">")):
        if kept.rfind(opening) > kept.rfind(closing):
            kept = kept[: kept.rfind(opening)]
    return kept + ("`..." if kept.count("`") % 2 else "...")


def _context(elements: Sequence[str]) -> Block:
    return {"type": "context", "elements": [_text(element, _FIELD) for element in elements[:_ELEMENTS]]}


def _parts(blocks: list[Block]) -> list[list[Block]]:
    """The blocks in as many runs as the limits ask for; one place is kept for the number of the part."""
    parts: list[list[Block]] = [[]]
    size = 0
    for block in blocks:
        weight = len(json.dumps(block, ensure_ascii=False))
        if parts[-1] and (len(parts[-1]) >= MOST_BLOCKS - 1 or size + weight > MOST_CHARACTERS - 200):
            parts.append([])
            size = 0
        parts[-1].append(block)
        size += weight
    return parts
