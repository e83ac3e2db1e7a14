"""`headwater alerts`: try a channel, see what was sent."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, load_configuration, open_store

app = typer.Typer(no_args_is_help=True, help="Try channels, look at deliveries.")


@app.command()
def test(
    channel: Annotated[str, typer.Argument(help="The name of a configured channel.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Send a test message through one channel. The exit status is 5 when it was not accepted."""
    from alerts.channels import DeliveryError
    from alerts.probe import send_test
    from monitor import logs
    from monitor.app import open_channels
    from monitor.cli import output
    from snapshots.clock import SystemClock

    logs.configure()
    channels = open_channels(load_configuration(config))
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
    if as_json:
        output.emit_json({"channel": channel, "ok": True, "message_id": receipt.message_id})
    else:
        output.console.print(f"{output.safe(channel)} took the test message.")


@app.command()
def deliveries(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")] = 20,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List deliveries, newest first: what was sent, what waits and why."""
    from monitor.cli import output
    from snapshots.deliveries import list_deliveries

    with open_store(config, database).reading() as session:
        found = list_deliveries(session, limit=limit)
    if as_json:
        from dataclasses import asdict

        output.emit_json([asdict(one) for one in found])
    elif not found:
        output.console.print("Nothing was delivered yet.")
    else:
        output.table(
            ("delivery", "channel", "state", "made", "attempts", "says"),
            [
                (
                    output.safe(one.id),
                    output.safe(one.channel),
                    output.safe(one.state),
                    output.moment(one.created_at),
                    str(one.attempts),
                    output.safe(
                        one.last_error
                        or ("next try " + output.moment(one.next_attempt_at) if one.state == "pending" else "")
                    ),
                )
                for one in found
            ],
        )


@app.command()
def resend(
    deliveries: Annotated[
        list[str] | None, typer.Argument(help="Ids of deliveries; all that were given up by default.")
    ] = None,
    channel: Annotated[str, typer.Option("--channel", help="Only those to this channel.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send again what a channel refused for good, once its cause is mended. A running service sends it."""
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.deliveries import revive

    with open_store(config, database).writing() as session:
        revived = revive(session, now=SystemClock().now(), ids=deliveries or (), channel=channel)
    if as_json:
        output.emit_json(revived)
    elif revived:
        output.console.print(f"{output.counted(len(revived), 'message')} will be sent again.")
    if not revived and not as_json:
        message = "No delivery that was given up matches. `headwater alerts deliveries` lists them."
        raise UserError(message, ExitCode.NEGATIVE)
