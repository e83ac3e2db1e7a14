"""`headwater run`: the service."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, EngineKind, OpsBindOption, load_configuration


def run(
    config: ConfigOption = DEFAULT_CONFIG,
    engine: Annotated[
        EngineKind,
        typer.Option("--engine", help="Work in this process alone, or share it by way of PostgreSQL (procrastinate)."),
    ] = EngineKind.EMBEDDED,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Checks at the same time.")] = 8,
    tick: Annotated[
        float,
        typer.Option("--tick", min=0.05, max=60, help="Seconds between looks for due work (embedded engine)."),
    ] = 1.0,
    ops_bind: OpsBindOption = None,
) -> None:
    """Watch, compare and tell until the process is told to stop (SIGTERM or Ctrl-C); SIGHUP reads the configuration
    anew. With `web.bind` in the configuration the review pages are served too.
    """
    from monitor import logs, processes
    from monitor.app import build_app
    from monitor.ops.supervised import supervised
    from monitor.service import Service

    logs.configure(role="run")
    with Service(lambda: load_configuration(config), build_app) as service, ExitStack() as running:
        answers = ops_bind or service.app.settings.ops.bind
        running.enter_context(supervised(lambda: service.app.database, service.app.clock, answers))
        if engine is EngineKind.PROCRASTINATE:
            processes.require_postgresql(service.app.database)
        started = processes.Signals(reload=lambda: service.reload(apply=True))
        if processes.prepared(service, started):
            processes.serve_pages(service, running)
            if engine is EngineKind.PROCRASTINATE:
                processes.run_distributed(service, started, concurrency=workers)
            else:
                processes.run_embedded(service, started, workers=workers, tick=tick)
