"""Source files that list models as literals: TypeScript and JavaScript modules. Nothing is run."""

from __future__ import annotations

import re

from monitor.extract.document import Document
from monitor.extract.formats.scripts import assignments
from monitor.extract.markup.outline import Outline

_MODULE = re.compile(r"^(?:export (?:default|const|let|var)\b|module\.exports)", re.MULTILINE)


def parse_module(text: str, *, repairs: tuple[str, ...] = ()) -> Document | None:
    """The tables a module assigns as one data block each; None when the text is no module or assigns none."""
    if not _MODULE.search(text):
        return None
    tables = list(assignments(text))
    if not tables:
        return None
    outline = Outline()
    outline.repairs.extend(repairs)
    for found in tables:
        outline.data(found.tree, found.name, "json", line=found.line)
    return outline.document()
