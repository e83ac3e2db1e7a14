"""A comparison of two stored pages as tables of a template: only the columns that matter, at most so many rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from snapshots.diff.paging import Cell, Comparison, Kind, Row
from snapshots.diff.words import Op, Piece
from snapshots.facts import name_key

MOST_ROWS = 150
_MOST_VALUES = 3
_SIGNS = {Kind.REMOVED: "−", Kind.ADDED: "+", Kind.CHANGED: "~", Kind.MOVED: ">", Kind.SAME: ""}


@dataclass(frozen=True, slots=True)
class Side:
    """One half of a row: the line's number, its labels and the values that matter; or words for prose."""

    number: int
    labels: tuple[Cell, ...] = ()
    values: tuple[Cell, ...] = ()
    pieces: tuple[Piece, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """One row side by side. `names` are the columns shown, where they change; `folded` lines are left out."""

    kind: Kind
    before: Side | None = None
    after: Side | None = None
    names: tuple[str, ...] = ()
    folded: int = 0
    anchor: int = 0


@dataclass(frozen=True, slots=True)
class Single:
    """One row of the unified form: its sign and one side."""

    sign: str
    kind: Kind
    side: Side | None = None
    names: tuple[str, ...] = ()
    folded: int = 0
    anchor: int = 0


@dataclass(frozen=True, slots=True)
class DiffView:
    """Both forms, a summary in words, and how many rows were left out. `own` are the columns of the subjects."""

    beside: tuple[Beside, ...]
    unified: tuple[Single, ...]
    summary: str
    left_out: int
    differs: bool
    own: frozenset[str] = frozenset()


def diff_view(found: Comparison, subjects: Iterable[str] = (), *, most: int = MOST_ROWS) -> DiffView:
    """The view of a comparison; columns of `subjects` are shown before others that changed."""
    keys = {name_key(subject) for subject in subjects}
    rows = found.rows[:most]
    return DiffView(
        beside=tuple(_beside(rows, keys)),
        unified=tuple(_unified(rows, keys)),
        summary=summary(found),
        left_out=max(0, len(found.rows) - most),
        differs=found.differs,
        own=frozenset(
            name for columns in _columns_by_block(rows, keys).values() for name in columns if keys & _names_in(name)
        ),
    )


def summary(found: Comparison) -> str:
    """`3 lines changed, 6 added`, or that only the layout did."""
    words = {Kind.CHANGED: "changed", Kind.ADDED: "added", Kind.REMOVED: "removed", Kind.MOVED: "moved"}
    told = [f"{count:,} {word}" for kind, word in words.items() if (count := found.counts.get(kind, 0))]
    if not told:
        return "Only the layout changed."
    first = told[0].split(" ", 1)
    noun = "line" if first[0] == "1" else "lines"
    return f"{first[0]} {noun} {', '.join([first[1], *told[1:]])}."


def _beside(rows: Sequence[Row], keys: set[str]) -> Iterator[Beside]:
    shown: tuple[str, ...] = ()
    chosen = _columns_by_block(rows, keys)
    for row in rows:
        if row.kind is Kind.FOLD:
            yield Beside(row.kind, folded=row.folded, anchor=row.line.number)
            continue
        columns = chosen.get(row.line.block, ())
        names = columns if columns != shown and any(columns) and row.line.is_row else ()
        shown = columns if row.line.is_row else shown
        yield Beside(
            row.kind,
            _side(row, columns, before=True),
            _side(row, columns, before=False),
            names=names,
            anchor=row.line.number,
        )


def _unified(rows: Sequence[Row], keys: set[str]) -> Iterator[Single]:
    shown: tuple[str, ...] = ()
    chosen = _columns_by_block(rows, keys)
    for row in rows:
        if row.kind is Kind.FOLD:
            yield Single("", row.kind, folded=row.folded, anchor=row.line.number)
            continue
        columns = chosen.get(row.line.block, ())
        names = columns if columns != shown and any(columns) and row.line.is_row else ()
        shown = columns if row.line.is_row else shown
        before, after = _side(row, columns, before=True), _side(row, columns, before=False)
        anchor = row.line.number
        if row.kind is Kind.CHANGED and row.line.is_row:
            yield Single(_SIGNS[Kind.REMOVED], Kind.REMOVED, before, names=names, anchor=anchor)
            yield Single(_SIGNS[Kind.ADDED], Kind.ADDED, after)
        elif row.kind is Kind.CHANGED and after is not None:
            yield Single(
                _SIGNS[row.kind], row.kind, Side(after.number, pieces=row.pieces, kind=after.kind), anchor=anchor
            )
        else:
            yield Single(_SIGNS[row.kind], row.kind, after or before, names=names, anchor=anchor)


def _columns_by_block(rows: Sequence[Row], keys: set[str]) -> dict[str, tuple[str, ...]]:
    """For each table the columns whose values are shown: those of the subjects, else those that differ, else the first.

    Beside the subjects' own a neighbour is shown, so that the eye has something to compare with.
    """
    named: dict[str, dict[str, bool]] = {}
    for row in rows:
        known = named.setdefault(row.line.block, {})
        for cell in (*row.cells_after, *row.cells_before):
            if not cell.label and cell.column:
                known[cell.column] = known.get(cell.column, False) or cell.differs
    found = {}
    for block, columns in named.items():
        ours = [name for name in columns if keys & _names_in(name)]
        picked = ours or [name for name, differs in columns.items() if differs] or list(columns)
        kept = {*picked[:_MOST_VALUES], *[name for name in columns if name not in picked][: _MOST_VALUES - len(picked)]}
        found[block] = tuple(name for name in columns if name in kept)
    return found


def _names_in(column: str) -> set[str]:
    parts = {name_key(part) for part in column.replace("(", " ").replace(")", " ").split(" / ")}
    return parts | {name_key(word) for part in column.split(" / ") for word in part.split()}


def _side(row: Row, columns: tuple[str, ...], *, before: bool) -> Side | None:
    line = row.before if before else row.after
    if line is None:
        return None
    if not line.is_row:
        left_out = Op.ADDED if before else Op.REMOVED
        pieces = tuple(piece for piece in row.pieces if piece.op is not left_out)
        return Side(line.number, pieces=pieces, kind=line.kind)
    cells = row.cells_before if before else row.cells_after
    labels = tuple(cell for cell in cells if cell.label and cell.pieces)
    rest = [cell for cell in cells if not cell.label]
    values = [cell for cell in rest if cell.column in columns]
    extra = [cell for cell in rest if cell.column not in columns and cell.differs and cell.pieces]
    return Side(line.number, labels=(*labels, *extra[:1]), values=tuple(values or rest[:_MOST_VALUES]), kind="row")
