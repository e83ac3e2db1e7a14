"""`headwater snapshots`: the kept versions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store

if TYPE_CHECKING:
    from snapshots.versions import Version

app = typer.Typer(no_args_is_help=True, help="Look at the kept versions of documents.")

VersionArgument = Annotated[
    str, typer.Argument(metavar="SOURCE[@N]", help="A source, or one of its versions counted from 1; default: newest.")
]


@app.command("list")
def list_(
    source: Annotated[str, typer.Argument(help="The id of a source.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the versions of a source, the oldest first, and what keeping each costs."""
    from monitor.cli import output
    from snapshots.versions import versions_of

    with open_store(config, database).reading() as session:
        found = versions_of(session, source)
    if as_json:
        output.emit_json([_json(one) for one in found])
    elif not found:
        output.console.print(f"Nothing of {output.safe(source)} is stored yet.")
    else:
        output.table(
            ("version", "seen", "last confirmed", "bytes", "stored", "state"),
            [
                (
                    f"{output.safe(one.source_id)}@{one.sequence}",
                    output.moment(one.observed_at),
                    output.moment(one.last_confirmed_at),
                    f"{one.size:,}",
                    f"{one.stored_bytes:,}",
                    output.safe(f"held: {one.held}" if one.held else "believed"),
                )
                for one in found
            ],
        )


@app.command()
def show(
    version: VersionArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one version: where it came from, and its text as headwater reads it."""
    from monitor.cli import output
    from monitor.extract.parse import parse
    from monitor.extract.reading import passages_of
    from snapshots.versions import body_of, version_row

    source_id, number = parse_version(version)
    with open_store(config, database).reading() as session:
        row = version_row(session, source_id, number)
        body = body_of(session, row)
    passages = passages_of(parse(body, row.content_type, url=row.final_url))
    text = "\n\n".join(passage.text for passage in passages if passage.text)
    known = {
        "version": f"{row.source_id}@{row.sequence}",
        "url": row.final_url,
        "content_type": row.content_type,
        "seen": row.observed_at,
        "last_confirmed": row.last_confirmed_at,
        "sha256": row.raw_digest.hex(),
        "bytes": len(body),
        "held": row.held,
    }
    if as_json:
        output.emit_json({**known, "text": text})
        return
    for name, value in known.items():
        if value is not None:
            shown = output.moment(value) if name in ("seen", "last_confirmed") else value  # type: ignore[arg-type]
            output.console.print(f"{name.replace('_', ' '):<15}{output.safe(shown)}", soft_wrap=True)
    output.console.print("\n" + output.safe(text), soft_wrap=True)


@app.command()
def export(
    version: VersionArgument,
    target: Annotated[Path, typer.Argument(help="A new file, or - for standard output.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
) -> None:
    """Write the bytes of one version as they were received, their digest verified."""
    from monitor.cli import output
    from snapshots.versions import body_of, version_row

    source_id, number = parse_version(version)
    with open_store(config, database).reading() as session:
        row = version_row(session, source_id, number)
        body = body_of(session, row)
    if str(target) == "-":
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    if target.exists() and not force:
        message = f"{target} exists already. Name a new file, or give --force."
        raise UserError(message)
    try:
        target.write_bytes(body)
    except OSError as error:
        message = f"{target} cannot be written: {error.strerror}."
        raise UserError(message) from error
    told = f"{output.safe(row.source_id)}@{row.sequence} is in {output.safe(target)}: {len(body):,} bytes"
    output.console.print(f"{told}, sha256 {row.raw_digest.hex()}.", soft_wrap=True)


def parse_version(text: str) -> tuple[str, int | None]:
    """`source@3` to the source and the number, `None` where no number is given.

    Raises:
        UserError: what stands after the sign is no number of a version.
    """
    source_id, sign, number = text.rpartition("@")
    if not sign:
        return text, None
    if not number.isdecimal() or int(number) < 1:
        message = f'"{number}" is no number of a version. Write {source_id}@1 for the first.'
        raise UserError(message, ExitCode.USAGE)
    return source_id, int(number)


def _json(one: Version) -> dict[str, object]:
    return {
        "version": f"{one.source_id}@{one.sequence}",
        "seen": one.observed_at,
        "last_confirmed": one.last_confirmed_at,
        "content_type": one.content_type,
        "url": one.final_url,
        "sha256": one.digest,
        "bytes": one.size,
        "stored_bytes": one.stored_bytes,
        "held": one.held,
    }
