"""The re-enacted site: what any page answers at any instant. Pure; no clock, no socket."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from types import MappingProxyType

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.demo.pricelist import price_list_at
from monitor.demo.timeline import BEATS, CARD, HTML_PAGES, NEWS, PAGES, PRICING, START, UPDATES, Beat, Happening

_HTML = "text/html; charset=utf-8"
_PLAIN = "text/plain; charset=utf-8"
_TEMPLATES = {
    PRICING: ("pricing.html.j2", "Models and prices"),
    UPDATES: ("updates.html.j2", "Change log"),
    NEWS: ("news.html.j2", "News"),
}
_APACHE = MappingProxyType({"id": "apache-2.0", "badge": "Apache_2.0", "name": "Apache-2.0 License"})
_MIT = MappingProxyType({"id": "mit", "badge": "MIT", "name": "MIT License"})


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def page_at(path: str, at: datetime, *, origin: str) -> Response:
    """Answer what `path` shows at `at` (UTC). `origin` is the site's own address, as canonical links name it.

    The pricing page and the model card have an ETag, the change log has Last-Modified, the news page neither.
    """
    if path not in PAGES and path != "/":
        return Response(404, (("Content-Type", _PLAIN),), b"Not found\n")
    state = state_at(path, at)
    if state is Happening.OUTAGE:
        return Response(503, (("Content-Type", _PLAIN), ("Retry-After", "600")), b"Service unavailable\n")
    if path == CARD:
        body = _card(at)
        return Response(200, (("Content-Type", _PLAIN), ("ETag", _etag(body))), body)
    shown = "/" if state is Happening.SHELL else path
    body = _html(shown, _last_edit(shown, at), origin)
    headers = [("Content-Type", _HTML)]
    if path == PRICING:
        headers.append(("ETag", _etag(body)))
    elif path == UPDATES:
        headers.append(("Last-Modified", format_datetime(_last_edit(path, at), usegmt=True)))
    return Response(200, tuple(headers), body)


def state_at(path: str, at: datetime) -> Happening:
    """Whether the page stands as it should (`RECOVERY`), is a shell or answers an error."""
    faults = [b.happening for b in beats_of(path, until=at) if b.happening not in (Happening.CHANGE, Happening.NOISE)]
    return faults[-1] if faults else Happening.RECOVERY


def beats_of(path: str, *, until: datetime) -> list[Beat]:
    """List what has happened to a page up to and including `until`, in order."""
    return [beat for beat in BEATS if path in beat.pages and beat.at <= until]


def _last_edit(path: str, at: datetime) -> datetime:
    """When the page last got other bytes: pages are rendered for that instant, so that they hold still in between."""
    edits = [b.at for b in beats_of(path, until=at) if b.happening in (Happening.CHANGE, Happening.NOISE)]
    return edits[-1] if edits else START


@lru_cache(maxsize=64)
def _html(path: str, at: datetime, origin: str) -> bytes:
    template, title = _TEMPLATES.get(path, ("home.html.j2", "First call"))
    rebuilds = sum(b.happening is Happening.NOISE and b.at <= at for b in BEATS)
    context = {
        "title": title,
        "canonical": origin + path,
        "build": hashlib.sha256(f"build {rebuilds}".encode()).hexdigest()[:8],
        "year": at.year,
        "at": at,
        "day": lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
        "prices": price_list_at(at),
    }
    return _environment().get_template(template).render(context).encode()


def _card(at: datetime) -> bytes:
    changed = any(beat.happening is Happening.CHANGE for beat in beats_of(CARD, until=at))
    return _environment().get_template("card.md.j2").render(license=_MIT if changed else _APACHE).encode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("monitor.demo", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:16]}"'


assert set(HTML_PAGES) == set(_TEMPLATES)
