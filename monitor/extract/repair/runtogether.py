"""Tables whose cells a reader service ran together, a row a line: `CONTEXT LENGTH 64K` or `Tools✓✗`.

The first row tells the names, and so how many values a row ends in; shapes tell values, links and capitals labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from monitor.extract.repair.pasted import LONGEST_TABLE, Found
from monitor.extract.values.shapes import MONEY, NAME, SIZE

_MARK = r"(?:\s?[(（]\d{1,2}[)）])?"
_CAPITALS = r"[A-Z][A-Z0-9&/-]+(?![\w:])(?: [A-Z][A-Z0-9&/-]*(?![\w:]))*"
_FIRST = re.compile(rf"(?P<label>{_CAPITALS}{_MARK})\s+(?P<names>(?:{NAME}{_MARK}\s*){{2,}})")
_LINKED_URL = r"\[https?://[^\]]+\]\([^)\s]+\)"
_VALUE = rf"(?:(?:{MONEY})|[✓✔✗✘✅❌]|{_LINKED_URL}|(?<![\w.]){SIZE}(?!\w)|(?<!\w){NAME})"
_LABEL_THEN_TEXT = re.compile(
    rf"(?P<label>{_CAPITALS}{_MARK}(?:\s*\([^()]*\))?)\s*(?P<value>(?:[A-Z]+: )?\S.*)", re.DOTALL
)
_LINK_THEN_TEXT = re.compile(r"(?P<label>.*?\[[^\]]+\]\([^)\s]+\))\s*(?P<value>.+)", re.DOTALL)
_TICK_THEN_TEXT = re.compile(r"(?P<label>.+?)(?P<one>[✓✔✗✘✅❌])\s*(?P<two>[^✓✔✗✘✅❌]+)", re.DOTALL)
_TEXT_THEN_TICK = re.compile(r"(?P<label>.*?\]\([^)\s]+\))(?P<one>[^✓✔✗✘✅❌]+?)\s*(?P<two>[✓✔✗✘✅❌])", re.DOTALL)
_TWICE = re.compile(r"(?P<label>.+?[\])\s])(?P<value>\S.{3,}?)\s*(?P=value)", re.DOTALL)
_MARK_WITHIN = re.compile(r"(.+?[(（]\d{1,2}[)）])(\w.*)", re.DOTALL)
_LINK = re.compile(r"(?=\[[^\]]+\]\()")
_LEAST_ROWS = 4
_LONGEST, _LONGEST_ROW = 200, 400


def may_be_run_together(lines: Sequence[str], start: int) -> bool:
    """Whether a line may be the first row of such a table; cheap."""
    return _FIRST.fullmatch(lines[start].strip(" *")[:_LONGEST]) is not None


def find_run_together(lines: Sequence[str], start: int) -> Found | None:
    """The table whose first row is at a line: a label in capitals and at least two names."""
    first = _FIRST.fullmatch(lines[start].strip(" *")[:_LONGEST])
    if not first:
        return None
    names = [name for name in _split_names(first["names"]) if name]
    end = _end(lines, start)
    rows = [_split(text, len(names)) for text in _logical(lines[start + 1 : end])]
    if len(rows) < _LEAST_ROWS:
        return None
    labels = _split_labels([label for label, _ in rows])
    return Found(
        start,
        end,
        [[first["label"], *names], *([*own, *values] for own, (_, values) in zip(labels, rows, strict=True))],
    )


def _split_names(text: str) -> list[str]:
    return [match.group().strip() for match in re.finditer(rf"{NAME}{_MARK}", text)]


def _end(lines: Sequence[str], start: int) -> int:
    """A table in one run of bold ends with it; another ends at a blank line."""
    bold = lines[start].lstrip().startswith("**")
    last = min(len(lines), start + LONGEST_TABLE)
    for index in range(start + 1, last):
        text = lines[index].strip()
        if bold and text.endswith("**"):
            return index + 1
        if text.startswith("#") or (not bold and not text):
            return index
    return last


def _logical(lines: Sequence[str]) -> Iterator[str]:
    """Rows: a line, and lines that go on with it after two spaces, after a blank line or with a bracket."""
    row = before = ""
    for line in lines:
        text = line.strip().removesuffix("**")
        if not text:
            before = line
            continue
        goes_on = row and (before.endswith("  ") or not before.strip() or text.startswith(("(", "（")))
        if goes_on:
            row += "\n" + text
        else:
            if row:
                yield row
            row = text
        before = line
    if row:
        yield row


def _split(row: str, names: int) -> tuple[str, list[str]]:
    """The label of a row and its values: one for each name, or one that all share."""
    row = row[:_LONGEST_ROW]
    each = re.fullmatch(rf"(?P<label>.+?)\s*(?P<values>(?:{_VALUE}{_MARK}\s*){{{names}}})", row, re.DOTALL)
    if each:
        values = [match.group().strip() for match in re.finditer(rf"{_VALUE}{_MARK}", each["values"])]
        if len(values) == names:
            return each["label"], values
    if names == 2:
        twice = _TWICE.fullmatch(row)
        if twice:
            return twice["label"].strip(), [twice["value"]] * 2
        for pattern in (_TICK_THEN_TEXT, _TEXT_THEN_TICK):
            mixed = pattern.fullmatch(row)
            if mixed:
                return mixed["label"], [mixed["one"].strip(), mixed["two"].strip()]
    for pattern in (_LABEL_THEN_TEXT, _LINK_THEN_TEXT):
        shared = pattern.fullmatch(row)
        if shared:
            return shared["label"].strip(), [shared["value"].strip()]
    return row, []


def _split_labels(labels: Sequence[str]) -> list[list[str]]:
    """Labels that were run together, taken apart where another row shows a part alone."""
    bands = _bands(labels)
    result = []
    for index, label in enumerate(labels):
        parts = [part.strip() for part in _LINK.split(label, maxsplit=1) if part.strip()]
        band = next((b for b in bands if parts[-1].endswith(b) and len(parts[-1]) > len(b)), None)
        if band:
            parts[-1:] = [parts[-1].removesuffix(band).strip(), band]
        parts[:1] = _without_group(parts[0], labels[index + 1 :])
        result.append(parts)
    return result


def _bands(labels: Sequence[str]) -> list[str]:
    """Words that end a label and are the whole of the next one (`OFF-PEAK`, then `PEAK`), longest first."""
    found = set()
    for label, following in pairwise(labels):
        if label != following and label.endswith(following):
            start = len(label) - len(following)
            while start and (label[start - 1].isalnum() or label[start - 1] == "-"):
                start -= 1
            found |= {label[start:], following}
    return sorted(found, key=len, reverse=True)


def _without_group(label: str, following: Sequence[str]) -> list[str]:
    """A group's label and the first label in it: a mark divides them, or a following row starts like the latter."""
    marked = _MARK_WITHIN.fullmatch(label)
    if marked:
        return [marked[1], marked[2]]
    for other in following:
        stem = " ".join(other.split()[:2])
        position = label.find(stem) if len(stem) > 3 else -1
        if position > 0:
            return [label[:position].strip(), label[position:].strip()]
    return [label]
