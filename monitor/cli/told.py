"""`headwater alerts explain` and `preview`: why somebody was told, and what would be said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.changes import the_change
from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store

if TYPE_CHECKING:
    from alerts.render.message import Digest, Message
    from snapshots.decisions import Decided

_WORDS = {"at-once": "told", "digest": "in the digest", "joined": "joined", "kept": "kept back"}


def explain(
    change: Annotated[str, typer.Argument(help="The id of a change, or enough of its beginning.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which rule sent a change where, or which rule or silence kept it back, as it was decided then."""
    from dataclasses import asdict

    from monitor.cli import output
    from snapshots.decisions import decided_about

    with open_store(config, database).reading() as session:
        entry = the_change(session, change)
        found = decided_about(session, entry.id)
    if as_json:
        head = {"id": entry.public_id, "kind": entry.change.kind, "subject": entry.change.subject}
        output.emit_json(head | {"level": entry.change.level, "decisions": [asdict(one) for one in found]})
        return
    say = output.console.print
    say(f"{output.level_mark(entry.change.level)}  {entry.change.kind}  [bold]{output.safe(entry.change.subject)}[/]")
    if not found:
        say(_undecided(entry.change.level, entry.state, entry.origin))
    for one in found:
        where = f" [bold]{output.safe(one.channel)}[/]" if one.channel else ""
        say(f"\n{_WORDS[one.outcome]}{where}: {output.safe(one.reason)}", soft_wrap=True)
        say(f"  [dim]rules      {output.safe(one.path or 'none')}[/]")
        say(f"  [dim]decided    {output.moment(one.decided_at)}[/]")
        if one.incident:
            say(f"  [dim]incident   {output.safe(one.incident)}[/]")
        if one.delivery:
            say(f"  [dim]delivery   {output.safe(one.delivery)}, {_state(one)}[/]")


def preview(
    change: Annotated[str, typer.Argument(help="A change; without one, what waits to be sent.")] = "",
    digest: Annotated[bool, typer.Option("--digest", help="The digest of the last day's quiet changes.")] = False,
    deadlines: Annotated[bool, typer.Option("--deadlines", help="A reminder of the ends that come near.")] = False,
    channel: Annotated[str, typer.Option("--channel", help="Of what waits, only what is for this channel.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show messages as they would be sent, and send nothing. With --json as mail and as Slack payloads."""
    from alerts import preview as made
    from monitor.cli import output
    from snapshots.clock import SystemClock

    if sum((bool(change), digest, deadlines)) > 1:
        message = "Name a change, or --digest, or --deadlines: one of them."
        raise UserError(message)
    now = SystemClock().now()
    with open_store(config, database).reading() as session:
        if change:
            messages: Sequence[Message | Digest] = [made.of_change(the_change(session, change), now)]
        elif digest:
            messages = [made.of_digest(session, now)]
        elif deadlines:
            messages = made.of_deadlines(session, now)
        else:
            messages = made.of_waiting(session, now, channel)
    if as_json:
        output.emit_json([_rendered(one) for one in messages])
    elif not messages:
        message = "There is nothing to show: nothing of this kind is known or waits."
        raise UserError(message, ExitCode.NEGATIVE)
    else:
        for one in messages:
            shown = _rendered(one)
            output.console.print(f"[bold]{output.safe(shown['subject'])}[/]\n", soft_wrap=True)
            output.console.print(output.safe(shown["text"]), soft_wrap=True)


def _rendered(message: Message | Digest) -> dict[str, Any]:
    from alerts.render.email import mail
    from alerts.render.slack import slack_messages

    made = mail(message)
    return {"subject": made.subject, "text": made.text, "html": made.html, "slack": slack_messages(message)}


def _undecided(level: str, state: str, origin: str) -> str:
    if origin != "check":
        return "Found by reading a kept version anew: recorded and never sent."
    if level == "none":
        return "Its level is none: recorded and never sent."
    if state == "unconfirmed":
        return "It rests on something being absent; a second check confirms it before anybody is told."
    return "Nothing was decided about it: the service has not looked at it yet, or it is older than these records."


def _state(one: Decided) -> str:
    from monitor.cli import output

    if one.sent_at is not None:
        return f"sent {output.moment(one.sent_at)}"
    return f"due {output.moment(one.due)}" if one.delivery_state == "pending" else "given up; see `alerts deliveries`"
