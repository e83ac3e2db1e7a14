"""Two stored pages line by line: tables as tables, prose word by word; pure.

Lines are aligned by their text; within what is left, rows of tables are paired by their labels, other lines by the
words they share. What only moved is told once. What no line is left of is one of `Kind.REMOVED` and `Kind.ADDED`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from snapshots.diff.blocks import folded
from snapshots.diff.sheets import Line, Sheet
from snapshots.diff.words import Op, Piece, word_diff

CONTEXT = 3
_FOOTNOTE = re.compile(r"\s*[(\[]\d{1,2}[)\]]$")
_ALIKE = 0.45
_LEAST_MOVED = 20
# Pairing compares every removed with every added line of one place; past this they are told as they stand.
_MOST_PAIRED = 60
_LONGEST_COMPARED = 2_000
_EXACT_LINES = 3_000


class Kind(StrEnum):
    """What became of a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    FOLD = "fold"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row: what stands over it, its words with what became of them, and whether it is a label."""

    column: str
    pieces: tuple[Piece, ...]
    label: bool

    @property
    def differs(self) -> bool:
        """Whether anything in it is removed or added."""
        return any(piece.op is not Op.SAME for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison. `cells_before` and `cells_after` are set for rows of tables, `pieces` for others.

    A fold stands for `folded` lines without change and has the first and last of them.
    """

    kind: Kind
    before: Line | None = None
    after: Line | None = None
    pieces: tuple[Piece, ...] = ()
    cells_before: tuple[Cell, ...] = ()
    cells_after: tuple[Cell, ...] = ()
    folded: int = 0

    @property
    def line(self) -> Line:
        """The line that is there, the newer one first."""
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows with unchanged runs folded, and how many lines of each kind there are."""

    rows: tuple[Row, ...]
    counts: dict[Kind, int]

    @property
    def differs(self) -> bool:
        """Whether any line differs in more than its layout."""
        return any(self.counts.get(kind) for kind in (Kind.REMOVED, Kind.ADDED, Kind.CHANGED, Kind.MOVED))


def compare_sheets(old: Sheet, new: Sheet, *, context: int | None = CONTEXT) -> Comparison:
    """Compare two pages. `context` lines are kept around what differs; `None` keeps them all."""
    rows = list(_aligned(old.lines, new.lines))
    rows = _moved(rows)
    counts = Counter(row.kind for row in rows)
    return Comparison(tuple(rows if context is None else _fold(rows, context)), dict(counts))


def _aligned(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Row]:
    before, after = [_text(line) for line in old], [_text(line) for line in new]
    quick = len(before) + len(after) > _EXACT_LINES
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=quick).get_opcodes():
        if tag == "equal":
            yield from (_same(one, other) for one, other in zip(old[a:b], new[c:d], strict=True))
        else:
            yield from _replaced(old[a:b], new[c:d])


def _replaced(gone: Sequence[Line], came: Sequence[Line]) -> Iterator[Row]:
    start = 0
    if len(gone) <= _MOST_PAIRED and len(came) <= _MOST_PAIRED:
        for line in gone:
            partner = _partner(line, came, start)
            if partner is None:
                yield _one_sided(Kind.REMOVED, line)
                continue
            yield from (_one_sided(Kind.ADDED, one) for one in came[start:partner])
            yield _changed(line, came[partner])
            start = partner + 1
    else:
        yield from (_one_sided(Kind.REMOVED, line) for line in gone)
    yield from (_one_sided(Kind.ADDED, line) for line in came[start:])


def _partner(line: Line, came: Sequence[Line], start: int) -> int | None:
    if line.is_row:
        wanted = _label(line)
        rows = [(place, _label(came[place])) for place in range(start, len(came)) if came[place].is_row]
        whole = next((place for place, label in rows if label == wanted), None)
        # A row that was split into bands has the old label and one more.
        split = next((place for place, label in rows if wanted and label[: len(wanted)] == wanted), None)
        return split if whole is None else whole
    best, score = None, _ALIKE
    for place in range(start, len(came)):
        other = came[place]
        if other.is_row or other.kind != line.kind:
            continue
        likeness = _likeness(line.text, other.text)
        if likeness > score:
            best, score = place, likeness
    return best


def _likeness(one: str, other: str) -> float:
    """The share of words two texts have in common, 0 to 1."""
    first, second = (Counter(text[:_LONGEST_COMPARED].casefold().split()) for text in (one, other))
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 0.0


def _changed(old: Line, new: Line) -> Row:
    if not (old.is_row and new.is_row):
        return Row(Kind.CHANGED, old, new, pieces=merged(word_diff(old.text, new.text)))
    partners = _columns(old, new)
    diffs = {(i, j): word_diff(old.cells[i], new.cells[j]) for j, i in partners.items()}
    left = {i: _side(pieces, Op.ADDED) for (i, _), pieces in diffs.items()}
    right = {j: _side(pieces, Op.REMOVED) for (_, j), pieces in diffs.items()}
    return Row(
        Kind.CHANGED,
        old,
        new,
        cells_before=_cells(old, left | _kept_labels(old, new), Op.REMOVED),
        cells_after=_cells(new, right | _kept_labels(new, old), Op.ADDED),
    )


def _kept_labels(line: Line, other: Line) -> dict[int, tuple[Piece, ...]]:
    """The labels of a row that the other version's row has too."""
    known = set(map(folded, other.label))
    kept = (place for place in line.labels if folded(line.cells[place]) in known)
    return {place: (Piece(Op.SAME, line.cells[place]),) for place in kept}


def _columns(old: Line, new: Line) -> dict[int, int]:
    """For each value of the new row the old one it is compared with: by what stands over it, else by its place."""
    named: dict[str, list[int]] = {}
    for place, column in enumerate(old.columns):
        if place not in old.labels and column:
            named.setdefault(folded(column), []).append(place)
    found: dict[int, int] = {}
    for place in range(len(new.cells)):
        if place in new.labels:
            continue
        column = folded(new.columns[place]) if place < len(new.columns) else ""
        if named.get(column):
            found[place] = named[column].pop(0)
        elif len(old.cells) == len(new.cells) and place not in old.labels and not (column and named):
            found[place] = place
    return found


def _cells(line: Line, pieces: dict[int, tuple[Piece, ...]], alone: Op) -> tuple[Cell, ...]:
    made = []
    for place, text in enumerate(line.cells):
        column = line.columns[place] if place < len(line.columns) else ""
        own = pieces.get(place, (Piece(alone, text),) if text else ())
        made.append(Cell(column, _whole(own), place in line.labels))
    return tuple(made)


def _whole(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """A short cell that differs is told whole: `$0.28`, not `$0.` and `28`."""
    text = "".join(piece.text for piece in pieces)
    ops = {piece.op for piece in pieces} - {Op.SAME}
    return (Piece(ops.pop(), text),) if len(ops) == 1 and len(text) <= 60 else pieces


def _side(pieces: Iterable[Piece], left_out: Op) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if piece.op is not left_out)


def merged(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Runs that differ and are parted by fewer than two common words, as one: a sentence is not told in crumbs."""
    result: list[Piece] = []
    gone = came = ""
    for place, piece in enumerate(pieces):
        between = 0 < place < len(pieces) - 1 and len(piece.text.split()) < 2
        if piece.op is Op.SAME and not (between and (gone or came)):
            result += _run(gone, came)
            gone = came = ""
            result.append(piece)
        else:
            gone += piece.text if piece.op is not Op.ADDED else ""
            came += piece.text if piece.op is not Op.REMOVED else ""
    return (*result, *_run(gone, came))


def _run(gone: str, came: str) -> list[Piece]:
    if gone == came:
        return [Piece(Op.SAME, gone)] if gone else []
    return [Piece(op, text) for op, text in ((Op.REMOVED, gone), (Op.ADDED, came)) if text]


def _one_sided(kind: Kind, line: Line) -> Row:
    op = Op.REMOVED if kind is Kind.REMOVED else Op.ADDED
    cells = _cells(line, {}, op)
    if kind is Kind.REMOVED:
        return Row(kind, before=line, pieces=(Piece(op, line.text),), cells_before=cells)
    return Row(kind, after=line, pieces=(Piece(op, line.text),), cells_after=cells)


def _same(old: Line, new: Line) -> Row:
    pieces = (Piece(Op.SAME, new.text),)
    before, after = _cells(old, {}, Op.SAME), _cells(new, {}, Op.SAME)
    return Row(Kind.SAME, old, new, pieces=pieces, cells_before=before, cells_after=after)


def _moved(rows: Sequence[Row]) -> list[Row]:
    """What was removed in one place and added in another with the same words, told where it is now."""
    gone: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        if row.kind is Kind.REMOVED and len(_text(row.line)) >= _LEAST_MOVED:
            gone.setdefault(_text(row.line), []).append(place)
    result: list[Row | None] = list(rows)
    for place, row in enumerate(rows):
        if row.kind is Kind.ADDED and (places := gone.get(_text(row.line))):
            old = rows[places[0]].before
            assert old is not None
            assert row.after is not None
            result[places.pop(0)] = None
            same = _same(old, row.after)
            result[place] = Row(Kind.MOVED, old, row.after, same.pieces, same.cells_before, same.cells_after)
    return [row for row in result if row is not None]


def _fold(rows: Sequence[Row], context: int) -> Iterator[Row]:
    near: set[int] = set()
    for place, row in enumerate(rows):
        if row.kind is not Kind.SAME:
            near.update(range(place - context, place + context + 1))
    run: list[Row] = []
    for place, row in enumerate(rows):
        if place not in near:
            run.append(row)
            continue
        yield from _folded_run(run)
        run = []
        yield row
    yield from _folded_run(run)


def _folded_run(run: Sequence[Row]) -> Iterator[Row]:
    if len(run) <= CONTEXT:
        yield from run
    else:
        yield Row(Kind.FOLD, run[0].before, run[0].after, folded=len(run))


def _text(line: Line) -> str:
    return folded(" | ".join(cell for cell in line.cells if cell) if line.is_row else line.text)


def _label(line: Line) -> tuple[str, ...]:
    """The labels as they are paired: the number of a footnote may change without the row becoming another."""
    return tuple(_FOOTNOTE.sub("", folded(label)) for label in line.label)
