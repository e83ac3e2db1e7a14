"""`headwater run`: the service."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, OpsBindOption, load_configuration

if TYPE_CHECKING:
    from types import FrameType


def run(
    config: ConfigOption = DEFAULT_CONFIG,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Checks at the same time.")] = 8,
    tick: Annotated[float, typer.Option("--tick", min=0.05, max=60, help="Seconds between looks for due work.")] = 1.0,
    ops_bind: OpsBindOption = None,
) -> None:
    """Watch, compare and tell until the process is told to stop (SIGTERM or Ctrl-C)."""
    from monitor import logs
    from monitor.app import build_app
    from monitor.engine.embedded import EmbeddedEngine
    from monitor.ops.supervised import supervised

    logs.configure(role="run")
    stop = threading.Event()

    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, request_stop)
    signal.signal(signal.SIGINT, request_stop)
    with (
        build_app(load_configuration(config)) as app,
        supervised(app.database, app.clock, ops_bind or app.settings.ops.bind) as ready,
    ):
        app.prepare()
        engine = EmbeddedEngine(app, workers=workers, tick_seconds=tick)
        engine.start()
        ready(f"Watching {len(app.configuration.sources)} sources")
        app.log.info("started", sources=len(app.configuration.sources), database=app.database.url)
        stop.wait()
        app.log.info("stopping")
        engine.stop()
    app.log.info("stopped")
