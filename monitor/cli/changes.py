"""`headwater changes`: what was found, and what people decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, instant, open_store
from monitor.cli.review import Find, add_review_commands, print_trail, state_words, trail_json

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from snapshots.journal import Entry
    from snapshots.review import ReviewState

app = typer.Typer(no_args_is_help=True, help="Look at recorded changes and decide about them.")


@app.command("list")
def list_(
    level: Annotated[
        list[str] | None, typer.Option("--level", help="critical, warning, info or none; repeatable.")
    ] = None,
    kind: Annotated[list[str] | None, typer.Option("--kind", help="A change kind, such as alias-retargeted.")] = None,
    source: Annotated[str, typer.Option("--source", help="Only this source.")] = "",
    subject: Annotated[str, typer.Option("--subject", help="Only this name.")] = "",
    since: Annotated[str | None, typer.Option("--since", help="Only what was seen from then on (UTC).")] = None,
    review: Annotated[
        list[str] | None, typer.Option("--review", help="open, acknowledged, dismissed or snoozed; repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List changes, newest first. Text changes without a claim are shown only with `--level none`."""
    from monitor.cli import output
    from snapshots.changes.catalogue import KINDS
    from snapshots.changes.model import Level
    from snapshots.clock import SystemClock
    from snapshots.journal import Filter, list_changes

    levels = {one.value for one in Level}
    if wrong := next((one for one in level or () if one not in levels), None):
        message = f'"{wrong}" is not a level. Levels are critical, warning, info and none.'
        raise UserError(message)
    if wrong := next((one for one in kind or () if one not in KINDS), None):
        message = f'"{wrong}" is not a change kind. {_nearest(wrong, KINDS)}'
        raise UserError(message)
    shown = [Level(one) for one in level or ()] or [one for one in Level if one is not Level.NONE]
    now = SystemClock().now()
    wanted = Filter(
        levels=shown,
        kinds=kind or (),
        source=source,
        subject=subject,
        since=instant(since) if since else None,
        reviews=review_states(review or ()),
        now=now,
    )
    with open_store(config, database).reading() as session:
        found = list_changes(session, wanted, limit=limit)
    if as_json:
        output.emit_json([_json(entry, now) for entry in found])
    elif not found:
        output.console.print("No recorded change matches.")
    else:
        output.table(
            ("id", "level", "seen", "what changed", "source"),
            [
                (
                    output.safe(entry.public_id),
                    output.level_mark(entry.change.level) + _review_mark(entry, now),
                    output.moment(entry.detected_at),
                    f"{output.safe(entry.change.kind)}{_origin_mark(entry)}\n{_values(entry)}",
                    output.safe(entry.source_id),
                )
                for entry in found
            ],
        )


@app.command()
def show(
    change: Annotated[str, typer.Argument(help="The id of a change, or enough of its beginning.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one change with the words that prove it."""
    from monitor.cli import output
    from snapshots import review
    from snapshots.clock import SystemClock

    now = SystemClock().now()
    with open_store(config, database).reading() as session:
        entry = the_change(session, change)
        decisions = review.trail(session, review.find_change(session, entry.public_id))
    if as_json:
        output.emit_json(_json(entry, now) | {"review": trail_json(decisions)})
        return
    told = entry.change
    print_ = output.console.print
    print_(f"{output.level_mark(told.level)}  {told.kind}{_origin_mark(entry)}  [bold]{output.safe(told.subject)}[/]")
    print_(_values(entry))
    if told.effective_at:
        print_(f"In effect   {output.moment(told.effective_at)} ({told.effective_precision})")
    versions = f"{output.safe(entry.source_id)}@{entry.to_version}, was @{entry.from_version}"
    print_(f"Seen        {output.moment(entry.detected_at)}, {versions}")
    if told.confidence < 1:
        print_(f"Confidence  {told.confidence:.2f}")
    if entry.state != "open":
        print_(f"State       {entry.state}")
    print_(f"Review      {output.safe(state_words(entry.review_at(now), entry.snoozed_until))}")
    if told.evidence and told.evidence.quote:
        print_(f"\n{output.safe(' › '.join(told.evidence.heading))}")
        print_("\n".join("> " + line for line in output.safe(told.evidence.quote).splitlines()))
    print_(f"\nOfficial page: {output.safe(entry.url)}")
    print_trail(decisions)


def _by_id() -> Find:
    from snapshots.review import find_change

    return find_change


add_review_commands(app, _by_id)


def the_change(session: Session, public_id: str) -> Entry:
    """The one change whose id begins so.

    Raises:
        UserError: there is none, or there are several.
    """
    from monitor.cli import output
    from snapshots.journal import find_change

    found = find_change(session, public_id) if public_id else []
    if not found:
        message = f"There is no change {output.plain(public_id)}. `headwater changes list` names those there are."
        raise UserError(message, ExitCode.NEGATIVE)
    if len(found) > 1:
        names = ", ".join(entry.public_id for entry in found)
        message = f"{output.plain(public_id)} is the beginning of {len(found)} changes: {names}."
        raise UserError(message, ExitCode.NEGATIVE)
    return found[0]


def review_states(words: Sequence[str]) -> list[ReviewState]:
    """The review states that words on the command line name.

    Raises:
        UserError: a word names none.
    """
    from snapshots.review import ReviewState

    known = {state.value for state in ReviewState}
    if wrong := next((word for word in words if word not in known), None):
        message = f'"{wrong}" is not a review state. States are {", ".join(ReviewState)}.'
        raise UserError(message)
    return [ReviewState(word) for word in words]


def _review_mark(entry: Entry, now: datetime) -> str:
    from monitor.cli import output

    state = entry.review_at(now)
    return "" if state == "open" else f"\n{output.safe(state_words(state, entry.snoozed_until))}"


def _origin_mark(entry: Entry) -> str:
    return " [dim](found by a better reading, never sent)[/]" if entry.origin == "reextract" else ""


def _values(entry: Entry) -> str:
    from monitor.cli import output

    change = entry.change
    what = " ".join(filter(None, (change.subject, change.attribute.replace("_", " "), change.qualifier)))
    before = change.before if change.before is not None else "nothing"
    after = change.after if change.after is not None else "no longer stated"
    return f"{output.safe(what)}: {output.safe(before)} → [bold]{output.safe(after)}[/]"


def _json(entry: Entry, now: datetime) -> dict[str, Any]:
    from snapshots.changes.contract import change_to_json

    head = {"id": entry.public_id, "source": entry.source_id, "url": entry.url, "detected_at": entry.detected_at}
    versions = {"from_version": entry.from_version, "to_version": entry.to_version, "state": entry.state}
    review = {
        "origin": entry.origin,
        "review_state": entry.review_at(now),
        "snoozed_until": entry.snoozed_until,
    }
    return head | versions | review | change_to_json(entry.change)


def _nearest(word: str, known: dict[str, Any]) -> str:
    import difflib

    near = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]}?" if near else "docs/changes.md lists them."
