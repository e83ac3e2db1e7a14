"""`headwater worker`: one more process that does what `headwater run --engine procrastinate` finds due."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.options import DEFAULT_CONFIG, OpsBindOption, load_configuration


def worker(
    config: Annotated[
        Path, typer.Option("--config", envvar="HEADWATER_CONFIG", help="The configuration file.")
    ] = DEFAULT_CONFIG,
    queues: Annotated[
        str, typer.Option("--queues", "-q", help="What to do: checks, deliveries, or both.")
    ] = "checks,deliveries",
    concurrency: Annotated[int, typer.Option("--concurrency", "-c", min=1, max=64, help="Jobs at the same time.")] = 8,
    ops_bind: OpsBindOption = None,
) -> None:
    """Share the work of a store on PostgreSQL with other processes, on this machine or others.

    The worker waits for the database and its tables, which `headwater run` or `headwater db upgrade` makes.
    """
    from monitor import logs, processes
    from monitor.app import build_app
    from monitor.cli.errors import UserError
    from monitor.engine.queues import QUEUES
    from monitor.ops.supervised import supervised
    from monitor.service import Service

    wanted = [name.strip() for name in queues.split(",") if name.strip()]
    if not wanted or (unknown := [name for name in wanted if name not in QUEUES]):
        message = f"There is no queue {unknown[0]!r}." if wanted else "No queue is named."
        raise UserError(f"{message} Write --queues {','.join(QUEUES)} or one of them.")
    logs.configure(role="worker")
    with (
        Service(lambda: load_configuration(config), build_app) as service,
        supervised(lambda: service.app.database, service.app.clock, ops_bind or service.app.settings.ops.bind),
    ):
        processes.require_postgresql(service.app.database)
        started = processes.Signals(reload=lambda: service.reload(apply=False))
        if processes.found_ready(service, started):
            processes.run_distributed(service, started, concurrency=concurrency, queues=wanted)
