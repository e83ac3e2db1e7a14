"""`headwater facts`: what is known, as of any day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, instant, open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from snapshots.history import Claimed


def facts(
    subject: Annotated[str, typer.Argument(help="A name as the provider writes it; case and hyphens do not matter.")],
    at: Annotated[str | None, typer.Option("--at", help="The day or instant asked about (UTC). Default: now.")] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="Answer as it was known then. Default: as known now.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a name meant on a day, with the words that prove it."""
    from monitor.cli import output
    from snapshots.clock import SystemClock
    from snapshots.history import facts_at

    now = SystemClock().now()
    when, known = (instant(at) if at else now), (instant(known_at) if known_at else now)
    with open_store(config, database).reading() as session:
        answers = facts_at(session, subject, when, known)
    if as_json:
        conflicts = [
            {"predicate": a.fact.predicate, "qualifier": a.fact.qualifier, "claims": [_json(c) for c in a.rivals]}
            for a in answers
            if a.rivals
        ]
        output.emit_json(
            {"subject": subject, "at": when, "facts": [_json(a.fact) for a in answers], "conflicts": conflicts}
        )
    elif answers:
        output.table(
            ("fact", "value", "in effect", "source", "says"),
            [
                (
                    output.safe(" ".join(filter(None, (a.fact.predicate, a.fact.qualifier)))),
                    output.safe(_value(a.fact)) + _disagreement(a.rivals),
                    output.moment(a.fact.valid_from)
                    if a.fact.valid_from
                    else "seen " + output.moment(a.fact.observed_from),
                    output.safe(a.fact.snapshot),
                    words(a.fact.quote, a.fact.by_hand),
                )
                for a in answers
            ],
        )
    if not answers and not as_json:
        message = f"No document we hold says what {output.plain(subject)} was on {output.moment(when)}."
        raise UserError(message, ExitCode.NEGATIVE)


def words(quote: str, by_hand: str | None) -> str:
    """The words of the page, after who says that they mean something else than what was read."""
    from monitor.cli import output

    hand = f"[yellow]by hand: {output.safe(by_hand)}[/]" if by_hand else ""
    return "\n".join(filter(None, (hand, output.safe(quote[:160]))))


def _disagreement(rivals: Sequence[Claimed]) -> str:
    from monitor.cli import output

    told = "; ".join(f"{output.safe(_value(rival))} in {output.safe(rival.snapshot)}" for rival in rivals)
    return f" [yellow](but {told})[/]" if told else ""


def _json(fact: Claimed) -> dict[str, Any]:
    shown = {
        "predicate": fact.predicate,
        "qualifier": fact.qualifier,
        "value": fact.value,
        "mode": fact.detail.get("mode"),
        "detail": dict(fact.detail),
        "valid_from": fact.valid_from,
        "valid_to": fact.valid_to,
        "observed_from": fact.observed_from,
        "precision": fact.precision,
        "confidence": fact.confidence,
        "source": fact.source,
        "snapshot": fact.snapshot,
        "heading": list(fact.heading),
        "quote": fact.quote,
        "by_hand": fact.by_hand,
    }
    return {"subject": fact.subject, **shown}


def _value(fact: Claimed) -> str:
    if fact.value is None:
        return "no longer works"
    unit = " ".join(str(fact.detail[k]) for k in ("currency", "unit") if k in fact.detail)
    mode = f" ({fact.detail['mode']})" if fact.detail.get("mode") else ""
    return f"{fact.value}{mode}{' ' + unit if unit else ''}"
