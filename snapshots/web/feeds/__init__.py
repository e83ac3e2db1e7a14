"""What other programs come for by themselves: feeds of changes, calendars of deadlines, tables for spreadsheets."""

from __future__ import annotations

from fastapi import FastAPI

from snapshots.web.api import problems
from snapshots.web.feeds import atom, calendar, tables
from snapshots.web.services import Services

PATH = "/feeds"
ROUTERS = (atom.router, calendar.router, tables.router)


def create_feeds(services: Services) -> FastAPI:
    """The application to mount at `PATH`. Its errors are problem details, for no person reads them in a browser."""
    app = FastAPI(title="headwater feeds", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.services = services
    app.state.routers = ROUTERS
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app)
    return app
