"""`headwater assert`: whether what a team relies on holds, for a CI job."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, DatabaseOption, JsonOption, instant, open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.expectations import Expectation
    from monitor.verdicts import Judged, Verdict

_MARKS = {"holds": "[green]✓[/]", "broken": "[red]■[/]", "unknown": "[yellow]?[/]"}


def assert_(
    name: Annotated[str | None, typer.Argument(help="A name as the provider writes it.")] = None,
    facts: Annotated[
        list[str] | None,
        typer.Argument(metavar="FACT=WANTED", help="What must hold of it: alias.target=acme-4, lives=60d."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="A YAML file of names, their facts and what these must say.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", help="The day or instant asked about (UTC). Default: now.")] = None,
    max_age: Annotated[
        str | None,
        typer.Option("--max-age", help="Fail where a source was last read well longer ago than this, such as 2d."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Assert what the team relies on; exit status 1 unless all of it holds."""
    from monitor.cli import output
    from monitor.verdicts import Verdict

    expectations = _expectations(name, facts or [], file)
    when, judged = _judged(expectations, at, max_age, config, database)
    counts = Counter(found.verdict for found in judged)
    if as_json:
        all_hold = counts[Verdict.HOLDS] == len(judged)
        output.emit_json({"at": when, "holds": all_hold, "expectations": [_json(found) for found in judged]})
    else:
        for found in judged:
            output.console.print(_lines(found), soft_wrap=True)
    if counts[Verdict.HOLDS] < len(judged):
        told = ", ".join(_counted(verdict, counts[verdict]) for verdict in Verdict if counts[verdict])
        message = f"Of {output.counted(len(judged), 'expectation')} {told}."
        raise UserError(message, ExitCode.NEGATIVE)


def _expectations(name: str | None, facts: Sequence[str], file: Path | None) -> tuple[Expectation, ...]:
    from monitor.expectations import ExpectationError, expected, load_expectations

    if (name is None) == (file is None) or (name is not None and not facts):
        message = "Say what must hold: `headwater assert acme-chat alias.target=acme-4`, or `--file relied-on.yaml`."
        raise UserError(message)
    try:
        if file is not None:
            return load_expectations(file)
        return tuple(expected(str(name), fact.partition("=")[0].strip(), fact.partition("=")[2]) for fact in facts)
    except ExpectationError as error:
        raise UserError(str(error), ExitCode.CONFIG) from error
    except ValueError as error:
        raise UserError(str(error)) from error


def _judged(
    expectations: Sequence[Expectation], at: str | None, max_age: str | None, config: Path, database: str | None
) -> tuple[datetime, list[Judged]]:
    from monitor.verdicts import fresh, judge
    from snapshots.clock import SystemClock
    from snapshots.durations import parse_duration
    from snapshots.history import facts_at
    from snapshots.sources import source_health

    now = SystemClock().now()
    when = instant(at) if at else now
    try:
        since = now - parse_duration(max_age) if max_age else None
    except ValueError as error:
        raise UserError(str(error)) from error
    with open_store(config, database).reading() as session:
        answers = {one.subject: facts_at(session, one.subject, when, now) for one in expectations}
        good = {source.id: source.last_ok_at for source in source_health(session)} if since else {}
    judged = [judge(one, answers[one.subject], when) for one in expectations]
    return when, [fresh(found, answers[found.expectation.subject], good, since) if since else found for found in judged]


def _counted(verdict: Verdict, count: int) -> str:
    if verdict.value == "holds":
        return f"{count} holds" if count == 1 else f"{count} hold"
    return f"{count} {'is' if count == 1 else 'are'} {verdict}"


def _lines(found: Judged) -> str:
    """The expectation, what is said instead and where, and the words of the page where it does not hold."""
    from monitor.cli import output
    from monitor.cli.facts import words

    one, fact = found.expectation, found.fact
    about = f"{output.safe(one.key)}: {output.safe(one.said)}"
    told = [f"{_MARKS[found.verdict]} [bold]{output.safe(one.subject)}[/]  {about}"]
    told.append("    " + " · ".join(output.safe(part) for part in _told(found)))
    if fact is not None and not found.holds:
        told.append(f"    [dim]{words(fact.quote, fact.by_hand)}[/]")
    return "\n".join(told)


def _told(found: Judged) -> list[str]:
    told = [found.because]
    if found.fact is not None:
        told.append(found.fact.snapshot)
    if found.expectation.where and not found.holds:
        told.append(found.expectation.where)
    return told


def _json(found: Judged) -> dict[str, Any]:
    one, fact = found.expectation, found.fact
    proof = {"source": fact.source, "snapshot": fact.snapshot, "quote": fact.quote, "value": fact.value} if fact else {}
    return {
        "subject": one.subject,
        "fact": one.predicate or "lives",
        "qualifier": one.qualifier,
        "wanted": one.said,
        "verdict": found.verdict.value,
        "because": found.because,
        "where": one.where or None,
        **proof,
    }
