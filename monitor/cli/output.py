"""Printing: tables for people, JSON for programs. Text from outside never reaches the terminal raw."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

LEVEL_MARKS = {"critical": "■", "warning": "▲", "info": "○", "none": " "}
_LEVEL_STYLES = {"critical": "red", "warning": "yellow", "info": "default", "none": "dim"}


def plain(text: object) -> str:
    """Text that is safe on a terminal: controls, bidi and zero-width characters are shown as `U+202E`, not obeyed."""
    return "".join(
        c if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else f"U+{ord(c):04X}"
        for c in str(text)
    )


def safe(text: object) -> str:
    """`plain`, with Rich's own markup made literal."""
    return escape(plain(text))


def moment(instant: datetime | None) -> str:
    """`16 Aug 2026, 16:00 UTC`, or a dash."""
    return f"{instant.day} {instant:%b %Y, %H:%M} UTC" if instant else "-"


def counted(count: int, thing: str) -> str:
    """`1 source`, `28 sources`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def level_mark(level: str) -> str:
    """The level's mark and word, coloured; shape and word alone tell it too."""
    style = _LEVEL_STYLES.get(level, "default")
    return f"[{style}]{LEVEL_MARKS.get(level, ' ')} {safe(level)}[/]"


def emit_json(value: Any) -> None:
    """One JSON document on stdout. Times are ISO 8601 in UTC."""
    console.file.write(json.dumps(value, ensure_ascii=False, indent=2, default=_jsonable) + "\n")


def emit_json_line(value: Any) -> None:
    """One JSON object on one line of stdout."""
    console.file.write(json.dumps(value, ensure_ascii=False, default=_jsonable) + "\n")
    console.file.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table without frames. Cells are Rich markup: pass text from outside through `safe`."""
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*row)
    console.print(shown)


def _jsonable(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    message = f"{type(value).__name__} has no JSON form here"
    raise TypeError(message)
