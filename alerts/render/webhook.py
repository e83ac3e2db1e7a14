"""A message or digest as the JSON of the generic webhook: plain values, no markup, nothing cut.

Fields are only ever added; a change that could break a receiver raises `version`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from alerts.render.email import mail
from alerts.render.escape import header_safe
from alerts.render.model import Digest, Item, Message
from snapshots.wording.spans import capitalised, text_of

VERSION = 1


def webhook_body(message: Message | Digest, *, delivery_id: str, thread: str | None, now: datetime) -> dict[str, Any]:
    """The body. `thread` is the delivery id of the incident's first message on this channel; `now` is UTC."""
    written = mail(message)
    told = _message(message) if isinstance(message, Message) else _digest(message)
    return {
        "version": VERSION,
        "type": _type(message),
        "delivery": delivery_id,
        "first_delivery": thread,
        "sent_at": now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "level": str(message.level),
        "subject": header_safe(message.headline if isinstance(message, Message) else message.subject),
        "text": written.text,
        **told,
    }


def schema() -> dict[str, Any]:
    """The JSON Schema of the body."""
    text, link = {"type": "string"}, {"type": ["string", "null"], "format": "uri"}
    levels = {"enum": ["critical", "warning", "info", "none"]}
    item = _object({"title": text, "values": text, "level": levels, "kind": text, "note": text, "review_url": link})
    row = _object({"label": text, "value": text})
    quote = _object({"text": text, "heading": {"type": "array", "items": text}})
    section = _object({"heading": text, "note": text, "items": {"type": "array", "items": item}})
    common = {
        "version": {"const": VERSION},
        "type": {"enum": ["incident", "digest", "test"]},
        "delivery": text,
        "first_delivery": {"type": ["string", "null"]},
        "sent_at": {"type": "string", "format": "date-time"},
        "level": levels,
        "subject": text,
        "text": text,
    }
    incident = {
        "incident": text,
        "kind": text,
        "headline": text,
        "lead": text,
        "rows": {"type": "array", "items": row},
        "also": {"type": "array", "items": item},
        "quote": {"anyOf": [quote, {"type": "null"}]},
        "to_do": text,
        "official_url": link,
        "review_url": link,
        "review_command": text,
        "also_told": {"type": "array", "items": text},
        "sources": {"type": "integer", "minimum": 0},
        "route": text,
        "standing": {"type": "array", "items": row},
    }
    digest = {"headline": text, "sections": {"type": "array", "items": section}, "coverage": text, "inbox_url": link}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The body of headwater's webhook",
        "anyOf": [_object({**common, **incident}), _object({**common, **digest})],
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _type(message: Message | Digest) -> str:
    if isinstance(message, Digest):
        return "digest"
    return "test" if message.test else "incident"


def _message(message: Message) -> dict[str, Any]:
    quote = {"text": message.quote, "heading": list(message.quote_heading)} if message.quote else None
    return {
        "incident": message.incident,
        "kind": message.kind,
        "headline": message.headline,
        "lead": message.lead,
        "rows": [{"label": row.label, "value": row.value} for row in message.rows],
        "also": [_item(item) for item in message.others],
        "quote": quote,
        "to_do": text_of(capitalised(message.advice)),
        "official_url": message.official_url or None,
        "review_url": message.review_url or None,
        "review_command": message.review_command,
        "also_told": list(message.also_told),
        "sources": message.sources,
        "route": message.route,
        "standing": [{"label": row.label, "value": row.value} for row in message.standing],
    }


def _digest(digest: Digest) -> dict[str, Any]:
    sections = [
        {"heading": section.heading, "note": section.note, "items": [_item(item) for item in section.items]}
        for section in digest.sections
    ]
    return {
        "headline": digest.headline,
        "sections": sections,
        "coverage": digest.coverage,
        "inbox_url": digest.more_url or None,
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "title": item.title,
        "values": item.fact_line,
        "level": str(item.level),
        "kind": item.kind,
        "note": item.note,
        "review_url": item.review_url or None,
    }
