"""The templates: escaped always, and an undefined name is an error."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from snapshots.web import assets, markup
from snapshots.web.addresses import address
from snapshots.web.views.deadlines import day_of
from snapshots.wording.escape import safe_url
from snapshots.wording.spans import text_of


@cache
def environment() -> Environment:
    """Every template, with the filters that make text from outside visible and inert."""
    made = Environment(
        loader=PackageLoader("snapshots.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "visible": markup.visible,
        "line": markup.line,
        "value": markup.value,
        "spans": markup.spans,
        "heading": markup.heading,
        "answer": markup.answer,
        "pieces": markup.pieces,
        "marked": markup.marked,
        "part": markup.path,
        "day_of": day_of,
        "count": lambda number: f"{number:,}",
        "plainly": text_of,
        "web": safe_url,
    }
    made.globals |= {"asset": assets.address, "address": address}
    return made
