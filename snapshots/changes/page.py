"""The catalogue as a page of documentation; `docs/changes.md` is this text, and a test keeps it so."""

from __future__ import annotations

from snapshots.changes.catalogue import KINDS
from snapshots.changes.model import Area

_HEAD = """\
# Change kinds

Ids are stable: alerts, configuration and the API use them. The level follows from area, aspect and effect; a
configuration may set another by id under `severity`. Critical and warning are sent at once, info in the daily digest,
`none` is recorded and never sent. A name listed under `relies_on` raises what concerns it by one level.
"""


def catalogue_page() -> str:
    """The page in Markdown: one table an area."""
    parts = [_HEAD]
    for area in Area:
        kinds = [kind for kind in KINDS.values() if kind.area is area]
        rows = [f"| `{k.id}` | {k.level.value} | {k.aspect.value}, {k.effect.value} | {k.description} |" for k in kinds]
        head = ["| id | level | aspect, effect | reported when |", "| --- | --- | --- | --- |"]
        parts.append("\n".join([f"## {area.value.capitalize()}", "", *head, *rows]) + "\n")
    return "\n".join(parts)
