"""`headwater history`: everything that was ever said about a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, open_store

if TYPE_CHECKING:
    from snapshots.timeline import Statement


def history(
    subject: Annotated[str, typer.Argument(help="A name as the provider writes it; case and hyphens do not matter.")],
    predicate: Annotated[
        list[str] | None, typer.Option("--about", help="Only this area or predicate (alias, price.output_price).")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the timeline of a name: each value, since when, until when, and the words that say so."""
    from monitor.cli import output
    from snapshots.timeline import history_of

    with open_store(config, database).reading() as session:
        found = history_of(session, subject)
    wanted = tuple(predicate or ())
    found = [one for one in found if not wanted or any(_is_about(one.claim.predicate, word) for word in wanted)]
    if as_json:
        output.emit_json({"subject": subject, "statements": [_json(one) for one in found]})
    elif not found:
        message = f"No document we hold says anything about {output.plain(subject)}."
        raise UserError(message, ExitCode.NEGATIVE)
    else:
        output.table(
            ("since", "until", "fact", "value", "version", "says"),
            [
                (
                    output.moment(one.since) if one.claim.valid_from else f"seen {output.moment(one.since)}",
                    output.moment(one.until) if one.until else "still said",
                    output.safe(" ".join(filter(None, (one.claim.predicate, one.claim.qualifier)))),
                    output.safe("nothing" if one.claim.value is None else one.claim.value),
                    output.safe(one.claim.snapshot),
                    (f"[yellow]by hand: {output.safe(one.claim.by_hand)}[/]\n" if one.claim.by_hand else "")
                    + output.safe(one.claim.quote[:160]),
                )
                for one in found
            ],
        )


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
