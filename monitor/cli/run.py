"""`headwater run`: the service."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from monitor.cli.options import DEFAULT_CONFIG, ConfigOption, load_configuration
from monitor.cli.stopping import told_to_stop


def run(
    config: ConfigOption = DEFAULT_CONFIG,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Checks at the same time.")] = 8,
    tick: Annotated[float, typer.Option("--tick", min=0.05, max=60, help="Seconds between looks for due work.")] = 1.0,
) -> None:
    """Watch, compare and tell until the process is told to stop (SIGTERM or Ctrl-C).

    With `web.bind` in the configuration the review pages are served too.
    """
    from monitor import logs
    from monitor.app import build_app
    from monitor.engine.embedded import EmbeddedEngine
    from monitor.serving import Served, web_settings

    logs.configure()
    stop = told_to_stop()
    configuration = load_configuration(config)
    with ExitStack() as running:
        app = running.enter_context(build_app(configuration))
        app.prepare()
        if configuration.settings.web.bind:
            pages = running.enter_context(Served(app.database, web_settings(configuration), clock=app.clock))
            app.log.info("pages", url=pages.url)
        engine = EmbeddedEngine(app, workers=workers, tick_seconds=tick)
        engine.start()
        app.log.info("started", sources=len(app.configuration.sources), database=app.database.url)
        stop.wait()
        app.log.info("stopping")
        engine.stop()
    app.log.info("stopped")
