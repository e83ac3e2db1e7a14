"""`headwater diff`: what differs between two versions, facts first, then the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from monitor.extract.reading import Reading, Vocabulary
    from snapshots.changes.model import Change
    from snapshots.diff.words import Piece, Reworded
    from snapshots.tables import SnapshotRow


def diff(
    source: Annotated[str, typer.Argument(help="The id of a source.")],
    first: Annotated[
        int | None, typer.Argument(metavar="[A]", min=1, help="A version; default: the one before B.")
    ] = None,
    second: Annotated[int | None, typer.Argument(metavar="[B]", min=1, help="A version; default: the newest.")] = None,
    baseline: Annotated[
        bool, typer.Option("--baseline", help="Compare the version that was last confirmed with the newest.")
    ] = False,
    side_by_side: Annotated[
        bool, typer.Option("--side-by-side", "-y", help="The two texts beside each other.")
    ] = False,
    only_facts: Annotated[bool, typer.Option("--facts", help="Leave the text out.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two versions of a source: the changes of facts first, then the text word by word."""
    from monitor.cli import output
    from snapshots.changes.compare import compare
    from snapshots.changes.contract import change_to_json
    from snapshots.diff.words import reworded

    if baseline and first is not None:
        message = "Name versions or use --baseline, not both."
        raise UserError(message)
    with open_store(config, database).reading() as session:
        if baseline:
            first = _confirmed(session, source)
        old_row, new_row = _versions(session, source, first, second)
        old = _read(session, old_row)
        new = _read(session, new_row, old.vocabulary)
    told = [
        change
        for change in compare(old.facts, new.facts, old.passages, new.passages, now=new_row.observed_at)
        if change.kind != "document-text-changed"
    ]
    words = () if only_facts else reworded(old.passages, new.passages)
    if as_json:
        shown = [_json(one) for one in words]
        versions = {"from": f"{source}@{old_row.sequence}", "to": f"{source}@{new_row.sequence}"}
        output.emit_json({**versions, "changes": [change_to_json(change) for change in told], "text": shown})
        return
    output.console.print(
        f"[bold]{output.safe(source)}@{old_row.sequence}[/] {output.moment(old_row.observed_at)}  →  "
        f"[bold]@{new_row.sequence}[/] {output.moment(new_row.observed_at)}"
    )
    _print_changes(told)
    if not only_facts:
        (_print_beside if side_by_side else _print_unified)(words)


def _versions(session: Session, source: str, first: int | None, second: int | None) -> tuple[SnapshotRow, SnapshotRow]:
    """The two rows to compare: by default the newest version and the one before it."""
    from snapshots.versions import UnknownVersionError, version_row

    if second is None and first is not None:
        newest = version_row(session, source)
        return version_row(session, source, first), newest
    new = version_row(session, source, second)
    if first is None and new.sequence == 1:
        message = f"{source} has one version only, so there is nothing to compare it with."
        raise UnknownVersionError(message)
    return version_row(session, source, first or new.sequence - 1), new


def _confirmed(session: Session, source: str) -> int:
    """The number of the version that people last confirmed."""
    from monitor.cli import output
    from snapshots.baseline import baseline_of
    from snapshots.versions import version_row

    version_row(session, source)
    found = baseline_of(session, source)
    if found is None:
        name = output.plain(source)
        message = f"{name} has no baseline. `headwater sources pin {name}` confirms its newest version."
        raise UserError(message, ExitCode.NEGATIVE)
    return found.sequence


def _read(session: Session, row: SnapshotRow, known: Vocabulary | None = None) -> Reading:
    from monitor.extract.reading import read
    from monitor.extract.vocabulary import NOTHING_KNOWN
    from snapshots.versions import body_of

    day, known = row.observed_at.date(), known or NOTHING_KNOWN
    return read(body_of(session, row), row.content_type, url=row.final_url, known=known, today=day)


def _print_changes(told: Sequence[Change]) -> None:
    from monitor.cli import output

    if not told:
        output.console.print("\nNo fact differs.")
    for change in told:
        what = " ".join(filter(None, (change.subject, change.attribute.replace("_", " "), change.qualifier)))
        before = change.before if change.before is not None else "nothing"
        after = change.after if change.after is not None else "no longer stated"
        output.console.print(
            f"\n{output.level_mark(change.level)}  {change.kind}\n  {output.safe(what)}: {output.safe(before)} → "
            f"[bold]{output.safe(after)}[/]",
            soft_wrap=True,
        )


def _print_unified(words: Iterable[Reworded]) -> None:
    from monitor.cli import output

    section: tuple[str, ...] | None = None
    for one in words:
        if one.heading != section:
            section = one.heading
            output.console.print(f"\n[dim]{output.safe(' › '.join(section) or '(top)')}[/]")
        if one.before is None or one.after is None:
            sign, style, text = ("+", "green", one.after) if one.before is None else ("-", "red", one.before)
            output.console.print(f"[{style}]{sign} {output.safe(text or '')}[/]", soft_wrap=True)
        else:
            output.console.print("~ " + "".join(_marked(piece) for piece in one.pieces), soft_wrap=True)


def _marked(piece: Piece) -> str:
    """A piece with the marks of `git diff --word-diff`, which tell it without colour too: `[-gone-]{+new+}`."""
    from monitor.cli import output

    text = output.safe(piece.text)
    if piece.op == "removed":
        return rf"[red]\[-{text}-][/]"
    return f"[green]{{+{text}+}}[/]" if piece.op == "added" else text


def _print_beside(words: Iterable[Reworded]) -> None:
    from rich import box
    from rich.table import Table

    from monitor.cli import output

    shown = Table(box=box.SIMPLE_HEAD, expand=True, show_lines=True)
    shown.add_column("before", ratio=1, overflow="fold")
    shown.add_column("after", ratio=1, overflow="fold")
    for one in words:
        left = "".join(_coloured(piece, "red") for piece in one.pieces if piece.op != "added")
        right = "".join(_coloured(piece, "green") for piece in one.pieces if piece.op != "removed")
        shown.add_row(left, right)
    output.console.print(shown)


def _coloured(piece: Piece, colour: str) -> str:
    from monitor.cli import output

    text = output.safe(piece.text)
    return text if piece.op == "same" else f"[{colour} underline]{text}[/]"


def _json(one: Reworded) -> dict[str, Any]:
    return {
        "heading": list(one.heading),
        "before": one.before,
        "after": one.after,
        "words": [{"op": piece.op, "text": piece.text} for piece in one.pieces],
    }
