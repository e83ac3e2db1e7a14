"""Changes as an Atom feed (RFC 4287): plain text only, ids that stay (RFC 4151)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from lxml import etree
from starlette.responses import Response

from snapshots import journal
from snapshots.changes.model import Level
from snapshots.journal import Entry, Filter
from snapshots.web.api.callers import Call
from snapshots.web.api.fields import Word
from snapshots.web.feeds.guests import Guest, host_of
from snapshots.web.tagged import conditional
from snapshots.wording import moments, words
from snapshots.wording.cases import Case, fact_line
from snapshots.wording.escape import plain, safe_url, shorten
from snapshots.wording.spans import text_of

router = APIRouter()
ENTRIES = 100
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LOUD = tuple(level for level in Level if level is not Level.NONE)
_LONGEST_QUOTE = 400


@router.get("/changes.atom")
def changes(
    request: Request,
    call: Guest,
    level: Annotated[list[Level] | None, Query()] = None,
    provider: Word = "",
    subject: Word = "",
) -> Response:
    """The newest changes, of one provider, name or level where that is asked for."""
    wanted = Filter(levels=level or _LOUD, provider=provider, subject=subject, states=("open",))
    with call.services.database.reading() as session:
        found = journal.list_changes(session, wanted, limit=ENTRIES)
    told = ", ".join(filter(None, (provider, subject, *(level or ()))))
    body = feed(call, found, told=plain(told))
    modified = found[0].detected_at if found else _NEVER
    return conditional(request, body, media_type=MEDIA_TYPE, modified=modified)


def feed(call: Call, found: Sequence[Entry], *, told: str) -> bytes:
    """The document. `told` says what was asked for, empty for everything."""
    root = etree.Element("feed", nsmap={None: _NAMESPACE})
    # The id names the list, not the address, in which a token may stand.
    _text(root, "id", f"tag:{host_of(call)},2026:changes" + (f"/{quote(told, safe='')}" if told else ""))
    _text(root, "title", f"headwater: {told}" if told else "headwater: changes")
    _text(root, "updated", _iso(found[0].detected_at if found else _NEVER))
    etree.SubElement(root, "link", rel="alternate", type="text/html", href=f"{call.services.settings.url}/")
    for entry in found:
        _entry(root, entry, call)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))


def _entry(root: etree._Element, entry: Entry, call: Call) -> None:
    change, url = entry.change, call.services.settings.url
    one = etree.SubElement(root, "entry")
    _text(one, "id", f"tag:{host_of(call)},2026:change/{entry.public_id}")
    _text(one, "title", text_of(words.short_title((entry,), call.now)))
    _text(one, "updated", _iso(entry.detected_at))
    _text(etree.SubElement(one, "author"), "name", entry.source_title or entry.source_id)
    etree.SubElement(one, "link", rel="alternate", type="text/html", href=f"{url}/c/{entry.public_id}")
    if official := safe_url(entry.url):
        etree.SubElement(one, "link", rel="via", href=official)
    etree.SubElement(one, "category", term=change.kind)
    etree.SubElement(one, "category", term=change.level.value)
    said = [f"{plain(text_of(fact_line(Case(((entry,),)))))}."]
    if change.effective_at is not None:
        said.append(f"In effect from {moments.stated(change.effective_at, change.effective_precision)}.")
    if change.evidence is not None and change.evidence.quote:
        said.append(f"“{shorten(plain(change.evidence.quote), _LONGEST_QUOTE)}”")
    # One line each: a reader that takes text for markup finds none that is alive, for every sign is escaped.
    _text(one, "summary", " ".join(filter(None, said)))


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = plain(text)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
