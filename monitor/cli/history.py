"""`headwater history`: everything that was ever said about a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, instant, open_store

if TYPE_CHECKING:
    from snapshots.timeline import Statement

_QUOTE = 160


def history(
    subject: Annotated[str, typer.Argument(help="A name as the provider writes it; case and hyphens do not matter.")],
    predicate: Annotated[
        list[str] | None, typer.Option("--about", help="Only this area or predicate (alias, price.output_price).")
    ] = None,
    known_at: Annotated[str | None, typer.Option("--known-at", help="As known then (UTC); default: now.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the timeline of a name: each value, since when, until when, and the words that say so."""
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.timeline import history_of

    known = instant(known_at) if known_at else SystemClock().now()
    with open_store(config, database).reading() as session:
        found = history_of(session, subject, known)
    wanted = tuple(predicate or ())
    found = [one for one in found if not wanted or any(_is_about(one.claim.predicate, word) for word in wanted)]
    if as_json:
        output.emit_json({"subject": subject, "statements": [_json(one) for one in found]})
    elif not found:
        message = f"No document we hold says anything about {output.plain(subject)}."
        raise UserError(message, ExitCode.NEGATIVE)
    else:
        _print(found)


def _print(found: Sequence[Statement]) -> None:
    """A list for each predicate, oldest first; what several sources say alike stands once."""
    from monitor.cli import output

    say = output.console.print
    sections: dict[tuple[str, str], dict[tuple[datetime, bool, str, bool], list[Statement]]] = {}
    for one in found:
        claim = one.claim
        alike = (one.since, claim.valid_from is None, claim.value_key, claim.value is None)
        sections.setdefault((claim.predicate, claim.qualifier), {}).setdefault(alike, []).append(one)
    for (predicate, qualifier), entries in sorted(sections.items()):
        say(f"\n[bold]{output.safe(' '.join(filter(None, (predicate, qualifier))))}[/]")
        for (since, undated, *_), said in entries.items():
            claim = said[0].claim
            value = output.safe("nothing" if claim.value is None else claim.value)
            mode = f" ({output.safe(claim.detail['mode'])})" if claim.detail.get("mode") else ""
            say(f"  {'seen ' if undated else ''}{_moment(since)}  [bold]{value}[/]{mode}", soft_wrap=True)
            for one in said:
                dropped = f", until {_moment(one.until)}" if one.until else ""
                by_hand = f" [/][yellow]by hand: {output.safe(one.claim.by_hand)}[/][dim]" if one.claim.by_hand else ""
                where = output.safe(one.claim.snapshot)
                say(f"    [dim]{where}{dropped}:{by_hand} {_quoted(one.claim.quote)}[/]", soft_wrap=True)


def _moment(instant: datetime) -> str:
    from monitor.cli import output

    told = output.moment(instant)
    return told.removesuffix(", 00:00 UTC")


def _quoted(quote: str) -> str:
    from monitor.cli import output

    line = " ".join(quote.split())
    return output.safe(f"“{line[:_QUOTE]}…”" if len(line) > _QUOTE else f"“{line}”")


def _is_about(predicate: str, word: str) -> bool:
    return predicate == word or predicate.partition(".")[0] == word


def _json(one: Statement) -> dict[str, Any]:
    claim = one.claim
    return {
        "predicate": claim.predicate,
        "qualifier": claim.qualifier,
        "value": claim.value,
        "replaced": one.replaced,
        "detail": dict(claim.detail),
        "valid_from": claim.valid_from,
        "precision": claim.precision,
        "observed_from": claim.observed_from,
        "observed_to": claim.observed_to,
        "source": claim.source,
        "snapshot": claim.snapshot,
        "quote": claim.quote,
        "by_hand": claim.by_hand,
    }
