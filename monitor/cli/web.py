"""`headwater web`: the review pages."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, OpsBindOption, load_configuration
from monitor.stopping import told_to_stop

app = typer.Typer(help="Serve the review pages, and prepare passwords for them.")


@app.callback(invoke_without_command=True)
def web(
    context: typer.Context,
    bind: Annotated[str, typer.Option("--bind", help="Host and port; the configuration's, or 127.0.0.1:8080.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    ops_bind: OpsBindOption = None,
) -> None:
    """Serve the pages over one store until the process is told to stop (SIGTERM or Ctrl-C).

    With --database no configuration is read: the pages then answer on this machine only, without login.
    """
    if context.invoked_subcommand is not None:
        return
    from monitor import logs
    from monitor.cli import output
    from monitor.cli.options import named_store
    from monitor.engine.retrying import wait_for_store
    from monitor.ops.supervised import supervised
    from monitor.processes import has_schema
    from monitor.serving import Served, local_settings, web_settings
    from monitor.upper import rooms_of, upper_rooms
    from snapshots.clock import SystemClock

    logs.configure(role="web")
    if database:
        settings, answers, upper = local_settings(bind), ops_bind, upper_rooms()
    else:
        configuration = load_configuration(config)
        settings, answers = web_settings(configuration, bind=bind), ops_bind or configuration.settings.ops.bind
        upper = rooms_of(configuration, SystemClock())
    store = named_store(config, database)
    stop = told_to_stop()
    with supervised(lambda: store, SystemClock(), answers, makes_checks=False):
        if store.is_sqlite:
            # Nobody else will bring a file here; a server may still be starting.
            store.require_current()
        if wait_for_store(store, has_schema, stop.wait):
            with Served(store, settings, upper=upper) as served:
                output.console.print(f"Review pages: {served.url}", soft_wrap=True)
                stop.wait()
    store.close()


@app.command("hash-password")
def hash_password() -> None:
    """Ask for a password and print the argon2 hash that the configuration refers to."""
    from monitor.cli.errors import UserError
    from snapshots.web import passwords

    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if not password.strip() or len(password) > passwords.LONGEST_PASSWORD:
        message = f"A password has 1 to {passwords.LONGEST_PASSWORD:,} characters."
        raise UserError(message)
    typer.echo(passwords.hash_password(password))
