"""`headwater conflicts`: where official documents contradict each other, and what people decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.changes import review_states
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store
from monitor.cli.review import Find, add_review_commands, print_trail, state_words, trail_json

if TYPE_CHECKING:
    from datetime import datetime

    from snapshots.conflictjournal import ConflictClaim, ConflictEntry

app = typer.Typer(help="See where official documents contradict each other, and decide about it.")


@app.callback(invoke_without_command=True)
def list_(
    context: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="The closed ones too.")] = False,
    subject: Annotated[str, typer.Option("--subject", help="Only this name.")] = "",
    review: Annotated[
        list[str] | None, typer.Option("--review", help="open, acknowledged, dismissed or snoozed; repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the conflicts that are open, newest first."""
    if context.invoked_subcommand is not None:
        return
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.conflictjournal import list_conflicts

    now, states = SystemClock().now(), review_states(review or ())
    with open_store(config, database).reading() as session:
        found = list_conflicts(session, now=now, closed=all_, subject=subject, reviews=states, limit=limit)
    if as_json:
        output.emit_json([_json(entry, now) for entry in found])
    elif not found:
        filtered = all_ or subject or states
        said = "No conflict matches." if filtered else "No official documents we hold contradict each other."
        output.console.print(said)
    else:
        output.table(
            ("id", "since", "about", "claims", "state"),
            [
                (
                    output.safe(entry.public_id),
                    output.moment(entry.opened_at),
                    output.safe(_about(entry)),
                    "\n".join(_brief(claim) for claim in entry.claims),
                    output.safe(_state(entry, now)),
                )
                for entry in found
            ],
        )


@app.command()
def show(
    conflict: Annotated[str, typer.Argument(help="The id of a conflict, or enough of its beginning.")],
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one conflict with the words of each side, and what people decided."""
    from monitor.cli import output
    from snapshots import review
    from snapshots.clock import SystemClock
    from snapshots.conflictjournal import entry_of

    now = SystemClock().now()
    with open_store(config, database).reading() as session:
        row = review.find_conflict(session, conflict)
        entry, decisions = entry_of(session, row), review.trail(session, row)
    if as_json:
        output.emit_json(_json(entry, now) | {"review": trail_json(decisions)})
        return
    print_ = output.console.print
    print_(f"[bold]{output.safe(_about(entry))}[/]")
    print_(f"Opened      {output.moment(entry.opened_at)}")
    if entry.closed_at:
        print_(f"Closed      {output.moment(entry.closed_at)}, {output.safe(entry.closed_why)}")
    print_(f"Review      {output.safe(state_words(entry.review_at(now), entry.snoozed_until))}")
    if entry.unseen:
        print_(f"Unconfirmed {output.safe(', '.join(entry.unseen))} gave no good answer since")
    for claim in entry.claims:
        print_(f"\n{_brief(claim)}")
        print_(output.safe(" › ".join(claim.heading)))
        print_("\n".join("> " + line for line in output.safe(claim.quote).splitlines()))
        print_(output.safe(claim.url))
    print_trail(decisions)


def _by_id() -> Find:
    from snapshots.review import find_conflict

    return find_conflict


add_review_commands(app, _by_id)


def _about(entry: ConflictEntry) -> str:
    # What a document says of itself is told by where it belongs: `*` names nothing.
    subject = entry.scope if entry.subject == "*" else entry.subject
    return " ".join(filter(None, (subject, entry.predicate, entry.qualifier)))


def _state(entry: ConflictEntry, now: datetime) -> str:
    if entry.closed_at:
        return f"closed: {entry.closed_why}"
    words = state_words(entry.review_at(now), entry.snoozed_until)
    return f"{words}; not looked at since: {', '.join(entry.unseen)}" if entry.unseen else words


def _brief(claim: ConflictClaim) -> str:
    from monitor.cli import output

    value = "nothing any more" if claim.value is None else claim.value
    more = [str(claim.detail[name]) for name in ("mode", "currency", "unit", "mark") if name in claim.detail]
    more += (
        [f"for {covers}"] if (covers := str(claim.detail.get("covers", "")).removeprefix("badge").lstrip(".")) else []
    )
    since = f", since {claim.valid_from:%Y-%m-%d}" if claim.valid_from else ""
    hand = f" [yellow](by hand: {output.safe(claim.by_hand)})[/]" if claim.by_hand else ""
    told = f" ({output.safe(', '.join(more))})" if more else ""
    return f"[bold]{output.safe(value)}[/]{told}{since} in {output.safe(claim.snapshot)}{hand}"


def _json(entry: ConflictEntry, now: datetime) -> dict[str, Any]:
    return entry.summary(now) | {"claims": [_claim_json(claim) for claim in entry.claims]}


def _claim_json(claim: ConflictClaim) -> dict[str, Any]:
    return {
        "value": claim.value,
        "detail": dict(claim.detail),
        "valid_from": claim.valid_from,
        "precision": claim.precision,
        "source": claim.source,
        "snapshot": claim.snapshot,
        "url": claim.url,
        "heading": list(claim.heading),
        "quote": claim.quote,
        "by_hand": claim.by_hand,
    }
