"""The templates: escaped always, and an undefined name is an error."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from snapshots.web import assets, markup
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
        "count": lambda number: f"{number:,}",
        "plainly": text_of,
        "web": safe_url,
    }
    made.globals |= {"asset": assets.address, "address": address}
    return made


def address(path: str, **query: object) -> str:
    """A path with the parts of a query that say something."""
    told = urlencode({name: str(value) for name, value in query.items() if value not in ("", None)})
    return f"{path}?{told}" if told else path
