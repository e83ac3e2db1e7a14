"""`headwater explain`: a document as headwater read it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store

if TYPE_CHECKING:
    from rich.table import Table

    from monitor.extract.reading import Reading

_LONGEST_DATA = 2_000


def explain(
    what: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="A source (`ID`, or `ID@3` for a version), or a file.")
    ],
    content_type: Annotated[
        str, typer.Option("--type", help="What a file is (`html`, `markdown`, `yaml`); its name tells by default.")
    ] = "",
    only_facts: Annotated[bool, typer.Option("--facts", help="Leave out the blocks without facts.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a document as headwater read it: blocks, tables, facts with evidence, what was left out and why."""
    from monitor.cli import output
    from monitor.extract.document import DocumentError
    from monitor.extract.explain import explained
    from snapshots.clock import SystemClock

    path = Path(what)
    try:
        reading = _of_file(path, content_type) if path.is_file() else _of_source(what, config, database)
    except DocumentError as error:
        message = f"{what} cannot be read as a document. {error}"
        raise UserError(message, ExitCode.NEGATIVE) from error
    shown = explained(reading, SystemClock().now())
    if as_json:
        output.emit_json(shown)
    else:
        _print(shown, only_facts=only_facts)


def _of_file(path: Path, content_type: str) -> Reading:
    from monitor.extract.reading import read
    from snapshots.clock import SystemClock

    return read(path.read_bytes(), content_type, url=path.name, today=SystemClock().now().date())


def _of_source(what: str, config: Path, database: str | None) -> Reading:
    from monitor.extract.reading import read
    from snapshots import blobs, store
    from snapshots.tables import SourceRow

    source_id, _, number = what.partition("@")
    if not config.exists() and database is None:
        message = f"There is no file {what}, and no {config} here that could name a source. Give a file or --config."
        raise UserError(message)
    with open_store(config, database).reading() as session:
        source = session.get(SourceRow, source_id)
        if source is None:
            message = f"There is no file and no source {what}. `headwater sources list` names the sources."
            raise UserError(message)
        if number and not number.isdecimal():
            message = f'"{number}" is no number of a version. Write {source_id}@1 for the first.'
            raise UserError(message)
        snapshot = (
            store.snapshot_of(session, source_id, int(number)) if number else store.latest_snapshot(session, source_id)
        )
        if snapshot is None:
            message = f"No version {number or 'yet'} of {source_id} is stored."
            raise UserError(message, ExitCode.NEGATIVE)
        body = blobs.get(session, snapshot.raw_digest)
        return read(
            body,
            snapshot.content_type,
            url=snapshot.final_url,
            kind=source.document,
            today=snapshot.observed_at.date(),
        )


def _print(shown: Mapping[str, Any], *, only_facts: bool) -> None:
    from monitor.cli import output

    say = output.console.print
    say(f"[bold]{output.safe(shown['title'] or '(no title)')}[/]  {output.safe(shown['canonical_url'])}")
    for repair in shown["repairs"]:
        say(f"[yellow]repaired:[/] {output.safe(repair)}")
    for block in shown["blocks"]:
        if not only_facts or block["facts"]:
            _print_block(block)
    facts = sum(len(block["facts"]) for block in shown["blocks"])
    if shown["ignored"]:
        say("\n[bold]Left out[/]")
        for piece in shown["ignored"]:
            say(f"  [dim]{output.safe(piece['reason'])}[/]  {output.safe(piece['begins'])}", soft_wrap=True)
    blocks = output.counted(len(shown["blocks"]), "block")
    say(f"\n{blocks}, {output.counted(facts, 'fact')}, {output.counted(len(shown['ignored']), 'piece')} left out.")


def _print_block(block: Mapping[str, Any]) -> None:
    from monitor.cli import output

    say = output.console.print
    line = f"line {block['line']}" if block["line"] else ""
    say(f"\n[dim]{output.safe(block['key'])}  {block['kind']}  {line}[/]", soft_wrap=True)
    if "grid" in block:
        say(_grid(block["grid"]))
    elif "tree" in block:
        import json

        text = json.dumps(block["tree"], ensure_ascii=False, indent=1)
        more = f"\n… {len(text) - _LONGEST_DATA:,} more characters" if len(text) > _LONGEST_DATA else ""
        say(output.safe(text[:_LONGEST_DATA] + more))
    else:
        say(f"[bold]{output.safe(block['text'])}[/]" if block["kind"] == "heading" else output.safe(block["text"]))
    for fact in block["facts"]:
        name = " ".join(filter(None, (fact["predicate"], fact["qualifier"])))
        mode = f" ({fact['detail']['mode']})" if "mode" in fact["detail"] else ""
        since = f"  [dim]from {output.moment(fact['valid_from'])}[/]" if fact["valid_from"] else ""
        sure = f"  [dim]sure to {fact['confidence']:.0%}[/]" if fact["confidence"] < 1 else ""
        lost = _overruled(fact["overruled_by"])
        say(
            f"  [green]→[/] [bold]{output.safe(fact['subject'])}[/]  {output.safe(name)} = "
            f"{output.safe(fact['value'])}{output.safe(mode)}{since}{sure}{lost}",
            soft_wrap=True,
        )


def _overruled(winner: Mapping[str, Any] | None) -> str:
    from monitor.cli import output

    if winner is None:
        return ""
    when = f" of {output.moment(winner['valid_from'])}" if winner["valid_from"] else ""
    return f"  [yellow]overruled by {output.safe(winner['value'])}{when}[/]"


def _grid(rows: list[list[dict[str, Any]]]) -> Table:
    from rich import box
    from rich.table import Table

    from monitor.cli import output

    shown = Table(box=box.MINIMAL, show_header=False, pad_edge=False, show_lines=True)
    for _ in rows[0]:
        shown.add_column(overflow="fold")
    arrows = {"above": "[dim]^[/]", "left": "[dim]<[/]", "": ""}
    for row in rows:
        texts = [
            arrows[cell["spans"]]
            or (f"[bold]{output.safe(cell['text'])}[/]" if cell["header"] else output.safe(cell["text"]))
            for cell in row
        ]
        shown.add_row(*texts)
    return shown
