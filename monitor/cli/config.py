"""`headwater config`: look before you leap."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, load_configuration

app = typer.Typer(no_args_is_help=True, help="Check the configuration, or print its schema.")


@app.command()
def check(
    config: ConfigOption = DEFAULT_CONFIG,
    secrets: Annotated[bool, typer.Option(help="Also read the secrets that channels and sources name.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Read the configuration and tell every problem with file and line."""
    from monitor.app import check_secrets
    from monitor.cli import output
    from monitor.cli.errors import ExitCode
    from monitor.config.loader import ConfigError

    try:
        found = load_configuration(config)
        if secrets:
            check_secrets(found)
    except ConfigError as error:
        if not as_json:
            raise
        output.emit_json({"ok": False, "problems": list(error.problems)})
        raise typer.Exit(ExitCode.CONFIG) from error
    settings = found.settings
    if as_json:
        counts = {"sources": len(found.sources), "channels": len(settings.channels), "routes": len(settings.routes)}
        output.emit_json({"ok": True, "problems": [], **counts})
        return
    channels, routes = settings.channels, settings.routes
    told = [
        output.counted(len(found.sources), "source"),
        output.counted(len(channels), "channel"),
        output.counted(len(routes), "route") if routes else "the default routes",
    ]
    output.console.print(f"{output.safe(config)} is good: {', '.join(told)}.")
    if not settings.channels:
        output.console.print("No channel is configured, so changes are recorded and nobody is told.")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for completion in an editor."""
    from monitor.app import ALERT_MODELS
    from monitor.cli import output
    from monitor.config.schema import json_schema

    output.emit_json(json_schema(ALERT_MODELS))
