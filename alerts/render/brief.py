"""A message or digest in a few lines, for services of which nothing is known but that they show text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alerts.render.model import MARKS, Digest, Item, Message
from snapshots.wording.escape import plain, safe_url, shorten
from snapshots.wording.spans import capitalised, text_of

# Telegram takes 4,096 characters, Discord 2,000: what is longer stands behind the link.
MOST_CHARACTERS = 1_800
_MOST_ITEMS = 5
_LINE = 240
_WORD_JOINER = "\u2060"
_ANGLES = str.maketrans({"<": "‹", ">": "›"})
# `@everyone`, `[text](address)` and bare addresses become something in one service or the other.
_ACTIVE = re.compile(r"@|\](?=\()|(?<=:)//|#(?=\w)")


@dataclass(frozen=True, slots=True)
class Brief:
    """A `subject` on one line and a `text` of at most 1,800 characters that ends with the delivery's number."""

    subject: str
    text: str


def brief(message: Message | Digest) -> Brief:
    """The message for any service: inert whether it reads HTML, Markdown or nothing at all."""
    if isinstance(message, Digest):
        items = [item for section in message.sections for item in section.items]
        lines = [message.headline, *_items(items, message.more_url, message.more_command), message.coverage]
        return Brief(shorten(inert(message.subject), _LINE), _text(lines, (), message.delivery_id, ""))
    lines = [
        message.lead,
        *(f"{row.label}: {row.value}" for row in message.rows),
        *_items(message.others, message.more_url, message.more_command),
        f"To do: {text_of(capitalised(message.advice))}" if message.advice else "",
    ]
    official = f"Official: {safe_url(message.official_url)}" if message.official_url else ""
    review = "" if message.test else f"Review: {message.review_url or message.review_command}"
    subject = f"{MARKS[message.level]} {shorten(inert(message.headline), _LINE)}"
    return Brief(subject, _text(lines, (review, official), message.delivery_id, message.incident))


def inert(text: str) -> str:
    """`plain` text in which nothing mentions anybody, links anywhere or opens a tag."""
    return _ACTIVE.sub(lambda match: f"{match[0]}{_WORD_JOINER}", plain(text).translate(_ANGLES))


def _items(items: tuple[Item, ...] | list[Item], url: str, command: str) -> list[str]:
    told = [f"{MARKS[item.level]} {item.title}: {item.fact_line}" for item in items[:_MOST_ITEMS]]
    if (left := len(items) - _MOST_ITEMS) > 0:
        told.append(f"and {left:,} more; see them with {command}" if not url else f"and {left:,} more")
    return told


def _text(lines: list[str], links: tuple[str, ...], delivery_id: str, incident: str) -> str:
    number = f"Delivery {delivery_id}{f', incident {incident}' if incident else ''}."
    foot = "\n".join(filter(None, (*links, number)))
    shown = [shorten(inert(line), _LINE) for line in lines if line]
    room = MOST_CHARACTERS - len(foot) - 40
    kept: list[str] = []
    for line in shown:
        if sum(len(one) + 1 for one in kept) + len(line) > room:
            kept.append(f"and {len(shown) - len(kept):,} more lines behind the link.")
            break
        kept.append(line)
    return "\n".join([*kept, "", foot])
