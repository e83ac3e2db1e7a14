"""`headwater alerts`: try a channel. What was sent stands in `monitor.cli.deliveries`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, load_configuration

if TYPE_CHECKING:
    from monitor.config.loader import Configuration

app = typer.Typer(no_args_is_help=True, help="Try channels, look at deliveries.")


@app.command()
def test(
    channel: Annotated[str, typer.Argument(help="The name of a configured channel.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send a test message through one channel. The exit status is 5 when it was not accepted.

    A channel that was disabled and takes it is used again.
    """
    from alerts.channels import DeliveryError
    from alerts.probe import send_test
    from monitor import logs
    from monitor.cli import output
    from monitor.wiring.alerting import open_channels
    from snapshots.clock import SystemClock

    logs.configure()
    configuration = load_configuration(config)
    channels = open_channels(configuration)
    if channel not in channels:
        message = f"There is no channel {output.plain(channel)}. Configured are: {', '.join(channels) or 'none'}."
        raise UserError(message)
    try:
        receipt = send_test(channels[channel], now=SystemClock().now())
    except DeliveryError as error:
        if as_json:
            output.emit_json({"channel": channel, "ok": False, "reason": error.reason.value, "detail": error.detail})
            raise typer.Exit(ExitCode.UNREACHABLE) from error
        message = f"{channel} did not take the message: {output.plain(error.detail)}"
        raise UserError(message, ExitCode.UNREACHABLE) from error
    _use_again(configuration, channel)
    if as_json:
        output.emit_json({"channel": channel, "ok": True, "message_id": receipt.message_id})
    else:
        output.console.print(f"{output.safe(channel)} took the test message.")


def _use_again(configuration: Configuration, channel: str) -> None:
    from contextlib import closing

    from monitor.wiring.storing import database_of
    from snapshots import channelstate
    from snapshots.clock import SystemClock
    from snapshots.db import head_revision

    with closing(database_of(configuration)) as database:
        # A channel may be tried before there is a store.
        if database.revision() == head_revision():
            with database.writing() as session:
                channelstate.note_taken(session, channel, now=SystemClock().now())
