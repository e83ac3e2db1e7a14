"""`headwater alerts deliveries`, `resend` and `channels`: what was sent, what waits and why, and sending it again."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, load_configuration, open_store

ChannelOption = Annotated[str, typer.Option("--channel", help="Only those to this channel.")]


def deliveries(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")] = 20,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that were given up.")] = False,
    channel: ChannelOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List deliveries, newest first: what was sent, what waits and why."""
    from monitor.cli import output
    from snapshots import channelstate
    from snapshots.deliveries import DEAD, list_deliveries

    with open_store(config, database).reading() as session:
        found = list_deliveries(session, limit=limit, states=(DEAD,) if dead else (), channel=channel)
        disabled = {name for name, state in channelstate.states(session).items() if state.disabled_at}
    if as_json:
        from dataclasses import asdict

        output.emit_json([asdict(one) for one in found])
        return
    if not found:
        output.console.print("Nothing was given up." if dead else "Nothing was delivered yet.")
        return
    rows = []
    for one in found:
        waits = "" if one.state != "pending" else f"next try {output.moment(one.next_attempt_at)}"
        if waits and one.channel in disabled:
            waits = "the channel is disabled; see `headwater alerts channels`"
        says = output.safe("; ".join(filter(None, (one.last_error, waits))))
        cells = output.safe(one.id), output.safe(one.channel), output.safe(one.state), output.moment(one.created_at)
        rows.append((*cells, str(one.attempts), says))
    output.table(("delivery", "channel", "state", "made", "attempts", "says"), rows)


def resend(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids of deliveries.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that were given up.")] = False,
    channel: ChannelOption = "",
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send again what was given up, and use a disabled channel again. A running service sends it."""
    from monitor.cli import output
    from snapshots import channelstate
    from snapshots.clock import SystemClock
    from snapshots.deliveries import revive

    if not (ids or every or channel):
        message = "Say what to send again: ids, --channel NAME or --all. `headwater alerts deliveries --dead` lists it."
        raise UserError(message)
    now = SystemClock().now()
    with open_store(config, database).writing() as session:
        revived = revive(session, now=now, ids=ids or (), channel=channel)
        enabled = channelstate.enable(session, now=now, channels=[channel] if channel else ()) if not ids else []
    if as_json:
        output.emit_json({"deliveries": revived, "channels": enabled})
    elif not revived and not enabled:
        message = "No delivery that was given up matches. `headwater alerts deliveries --dead` lists them."
        raise UserError(message, ExitCode.NEGATIVE)
    else:
        if revived:
            output.console.print(f"{output.counted(len(revived), 'message')} will be sent again.")
        for name in enabled:
            output.console.print(f"{output.safe(name)} is used again.")


def channels(
    config: ConfigOption = DEFAULT_CONFIG, database: DatabaseOption = None, as_json: JsonOption = False
) -> None:
    """List the configured channels and how they fare. The exit status is 1 when one takes no messages."""
    from monitor.cli import output
    from snapshots import channelstate
    from snapshots.deliveries import count_waiting

    configured = load_configuration(config).settings.channels
    with open_store(config, database).reading() as session:
        states = channelstate.states(session)
        found = [(one, states.get(one.name), count_waiting(session, channel=one.name)) for one in configured]
    failing = any(state is not None and state.failing_since for _, state, _ in found)
    if as_json:
        output.emit_json(
            [
                {
                    "channel": one.name,
                    "kind": one.kind,
                    "failing_since": state.failing_since if state else None,
                    "disabled_at": state.disabled_at if state else None,
                    "reason": state.reason if state else "",
                    "detail": state.detail if state else "",
                    "waiting": left,
                }
                for one, state, left in found
            ]
        )
    elif not found:
        output.console.print("No channel is configured.")
    else:
        rows = []
        for one, state, left in found:
            word = (
                "well" if state is None or not state.failing_since else "disabled" if state.disabled_at else "failing"
            )
            since = output.moment(state.failing_since) if state and state.failing_since else ""
            says = output.safe(state.detail) if state else ""
            rows.append((output.safe(one.name), output.safe(one.kind), word, since, str(left), says))
        output.table(("channel", "kind", "state", "since", "waiting", "says"), rows)
    if failing:
        raise typer.Exit(ExitCode.NEGATIVE)
