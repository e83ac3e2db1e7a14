"""`headwater check`: look now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.errors import ExitCode, UserError
from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, load_configuration

if TYPE_CHECKING:
    from snapshots.outcome import CheckOutcome


def check(
    sources: Annotated[list[str] | None, typer.Argument(help="Ids of sources; all of them by default.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Fetch and compare, write and send nothing.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Check sources now, due or not. What is found is recorded; a running service sends it.

    The exit status is 5 when a source gave no answer to believe.
    """
    from dataclasses import replace
    from functools import partial

    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from monitor import logs
    from monitor.app import App
    from monitor.cli import output
    from monitor.pipeline import check_source, look
    from monitor.schedule.leases import claim_one
    from monitor.wiring.storing import database_of
    from snapshots.clock import SystemClock
    from snapshots.store import Claim

    logs.quiet()
    configuration = load_configuration(config)
    known = [source.id for source in configuration.sources if not source.paused]
    wanted = sources or known
    if unknown := [one for one in wanted if one not in known]:
        message = (
            f"There is no active source {output.plain(unknown[0])} in {config}. `headwater sources list` names them."
        )
        raise UserError(message)
    results: list[dict[str, Any]] = []
    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with (
        App(configuration, database_of(configuration), {}, SystemClock()) as app,
        Progress(*columns, console=output.errors, transient=True, disable=as_json) as progress,
    ):
        app.prepare()
        task = progress.add_task("", total=len(wanted))
        unrecorded = replace(app.pipeline, robots=partial(app.robots.refusal, record=False))
        for source_id in wanted:
            progress.update(task, description=output.safe(source_id))
            outcome: CheckOutcome | None = None
            if dry_run:
                outcome = look(unrecorded, Claim(source_id, app.clock.now(), "dry-run")).outcome
            else:
                with app.database.writing() as session:
                    claim = claim_one(session, source_id, owner=f"check-{app.worker}", now=app.clock.now())
                done = check_source(app.pipeline, claim) if claim else None
                outcome = done[0] if done else None
            result = _result(source_id, outcome)
            results.append(result)
            progress.advance(task)
            if not as_json:
                _tell(result)
    if as_json:
        output.emit_json(results)
    if not all(result["ok"] for result in results):
        raise typer.Exit(ExitCode.UNREACHABLE)


def _result(source_id: str, outcome: CheckOutcome | None) -> dict[str, Any]:
    from snapshots.changes.contract import change_to_json
    from snapshots.changes.model import Level

    if outcome is None:
        detail = "Another worker is checking it."
        return {"source": source_id, "ok": True, "outcome": "taken", "detail": detail, "changes": []}
    return {
        "source": source_id,
        "ok": outcome.outcome.good,
        "outcome": outcome.outcome.value,
        "detail": outcome.detail,
        "advice": outcome.outcome.advice or None,
        "http_status": outcome.http_status,
        "duration_ms": outcome.duration_ms,
        "facts": len(outcome.facts) if outcome.facts is not None else None,
        "next_check_at": outcome.next_check_at,
        "changes": [change_to_json(change) for change in outcome.changes if change.level is not Level.NONE],
    }


def _tell(result: dict[str, Any]) -> None:
    from monitor.cli import output

    style = "default" if result["ok"] else "red"
    facts = f", {result['facts']} facts" if result.get("facts") is not None else ""
    detail = f"  {output.safe(result['detail'])}" if result["detail"] else ""
    output.console.print(f"{output.safe(result['source'])}  [{style}]{result['outcome']}[/]{facts}{detail}")
    if result.get("advice"):
        output.console.print(f"  {output.safe(result['advice'])}", soft_wrap=True)
    for change in result["changes"]:
        what = " ".join(filter(None, (change["subject"], change["attribute"], change["qualifier"])))
        values = f"{change['before'] or 'nothing'} → {change['after'] or 'no longer stated'}"
        mark = output.level_mark(change["level"])
        output.console.print(f"  {mark} {change['kind']}  {output.safe(what)}: {output.safe(values)}")
