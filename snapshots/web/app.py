"""The application: pages today; the API, feeds and Slack's buttons are routers of the same application."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from snapshots.clock import Clock
from snapshots.db import Database
from snapshots.web import pages
from snapshots.web.contracts import ReadSheet
from snapshots.web.headers import Guarded
from snapshots.web.pages import errors
from snapshots.web.queries.board import Board
from snapshots.web.services import Services
from snapshots.web.settings import WebSettings, require_safe
from snapshots.web.sheets import Sheets
from snapshots.web.throttle import Throttle


def create_app(
    database: Database, clock: Clock, settings: WebSettings, read: ReadSheet, *, routers: Sequence[APIRouter] = ()
) -> FastAPI:
    """The application over one store. `read` parses stored bytes; `routers` are served beside the pages.

    Raises:
        WebError: other machines could reach the pages and nobody would have to log in.
    """
    require_safe(settings)
    app = FastAPI(title="headwater", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.services = Services(database, clock, settings, Sheets(read), Throttle(), Board())
    app.add_middleware(
        Guarded,
        hosts=frozenset() if settings.asks_login else settings.hosts,
        is_https=settings.is_https,
    )
    for router in (*routers, *pages.ROUTERS):
        app.include_router(router)
    errors.install(app)
    return app
