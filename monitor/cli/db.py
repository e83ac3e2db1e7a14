"""`headwater db`: the schema."""

from __future__ import annotations

import typer

from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, named_store

app = typer.Typer(no_args_is_help=True, help="Care for the database.")


@app.callback()
def _group() -> None:
    """Care for the database."""


@app.command()
def upgrade(config: ConfigOption = DEFAULT_CONFIG, database: DatabaseOption = None) -> None:
    """Bring the schema to the version of this program. An empty database gets all of it."""
    from monitor.cli import output

    store = named_store(config, database)
    before = store.revision()
    store.upgrade()
    after = store.revision()
    said = f"is at schema {after} already" if before == after else f"now has schema {after} (was {before or 'empty'})"
    output.console.print(f"{output.safe(store.url)} {said}.")
