"""The application: pages, the API, feeds and Slack's buttons over one store."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from snapshots.clock import Clock
from snapshots.db import Database
from snapshots.web import api, feeds, pages
from snapshots.web.contracts import ReadSheet, UpperRooms
from snapshots.web.headers import Guarded
from snapshots.web.pages import errors
from snapshots.web.queries.board import Board
from snapshots.web.services import Services
from snapshots.web.settings import WebSettings, require_safe
from snapshots.web.sheets import Sheets
from snapshots.web.slack import interactions
from snapshots.web.slack.gate import SlackGate
from snapshots.web.throttle import Throttle


def create_app(
    database: Database,
    clock: Clock,
    settings: WebSettings,
    read: ReadSheet,
    *,
    upper: UpperRooms | None = None,
    routers: Sequence[APIRouter] = (),
) -> FastAPI:
    """The application over one store. `read` parses stored bytes; `upper` is what decisions need from other rooms;
    `routers` are served beside the pages.

    Raises:
        WebError: other machines could reach the pages and nobody would have to log in.
    """
    require_safe(settings)
    app = FastAPI(title="headwater", openapi_url=None, docs_url=None, redoc_url=None)
    services = Services(
        database,
        clock,
        settings,
        Sheets(read),
        Throttle(),
        Board(),
        upper or UpperRooms(),
        SlackGate(settings.slack_signing_secret),
    )
    app.state.services = services
    app.add_middleware(
        Guarded,
        hosts=frozenset() if settings.asks_login else settings.hosts,
        is_https=settings.is_https,
    )
    app.mount(api.PATH, api.create_api(services))
    app.mount(feeds.PATH, feeds.create_feeds(services))
    for router in (*routers, interactions.router, *pages.ROUTERS):
        app.include_router(router)
    errors.install(app)
    return app
