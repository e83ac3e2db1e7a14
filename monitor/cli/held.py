"""`headwater sources accept` and `refuse`: deciding about a version that is held for review."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.errors import UserError
from monitor.cli.options import (
    DEFAULT_CONFIG,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    load_configuration,
    open_store,
)
from monitor.cli.review import AsOption, BecauseOption, reviewer


def add_held_commands(app: typer.Typer) -> None:
    """Give a command group the two decisions."""

    @app.command()
    def accept(
        source: Annotated[str, typer.Argument(help="The id of a source whose newest version is held.")],
        because: BecauseOption = "",
        as_: AsOption = None,
        config: ConfigOption = DEFAULT_CONFIG,
        as_json: JsonOption = False,
    ) -> None:
        """Believe the held version: it is the page from now on, and what changed is told."""
        from monitor import logs
        from monitor.app import App
        from monitor.cli import output
        from monitor.holding import accept as believe
        from monitor.wiring.storing import database_of
        from snapshots.changes.contract import change_to_json
        from snapshots.changes.model import Level
        from snapshots.clock import SystemClock

        logs.quiet()
        by, configuration = reviewer(as_), load_configuration(config)
        if source not in {one.id for one in configuration.sources}:
            message = f"There is no source {output.plain(source)} in {config}. `headwater sources list` names them."
            raise UserError(message)
        with App(configuration, database_of(configuration), {}, SystemClock()) as service:
            service.prepare()
            looked = believe(service.pipeline, source, by, text=because)
        changes = [change_to_json(change) for change in looked.outcome.changes if change.level is not Level.NONE]
        if as_json:
            output.emit_json({"source": source, "outcome": looked.outcome.outcome.value, "changes": changes})
            return
        output.console.print(f"{output.safe(source)} is believed as it stands now; {len(changes)} changes are told.")

    @app.command()
    def refuse(
        source: Annotated[str, typer.Argument(help="The id of a source whose newest version is held.")],
        because: BecauseOption = "",
        as_: AsOption = None,
        config: ConfigOption = DEFAULT_CONFIG,
        database: DatabaseOption = None,
        as_json: JsonOption = False,
    ) -> None:
        """Say that the held version is not the page: it stays held, however long it stands."""
        from monitor.cli import output
        from snapshots import holding
        from snapshots.clock import SystemClock

        by, now = reviewer(as_), SystemClock().now()
        with open_store(config, database).writing() as session:
            held = holding.held_version(session, source)
            recorded, sequence = holding.refuse(session, held, by, now=now, text=because), held.sequence
        if as_json:
            output.emit_json({"source": source, "refused": f"{source}@{sequence}", "recorded": recorded})
            return
        note = "is refused" if recorded else "is refused already; nothing was added"
        output.console.print(f"{output.safe(source)}@{sequence} {note}.")
