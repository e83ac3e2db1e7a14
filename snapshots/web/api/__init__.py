"""The REST API: one file for each resource, routes and shapes together; errors are problem details."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from snapshots.web.api import (
    changes,
    channels,
    conflicts,
    corrections,
    deadlines,
    deliveries,
    facts,
    problems,
    providers,
    search,
    silences,
    sources,
    subjects,
    tokens,
    versions,
    whoami,
)
from snapshots.web.api.document import document
from snapshots.web.services import Services
from snapshots.web.tagged import Tagged

PATH = "/api/v1"
ROUTERS = (
    whoami.router,
    changes.router,
    facts.router,
    subjects.router,
    deadlines.router,
    sources.router,
    versions.router,
    conflicts.router,
    corrections.router,
    silences.router,
    deliveries.router,
    channels.router,
    providers.router,
    search.router,
    tokens.router,
)


def create_api(services: Services | None = None) -> FastAPI:
    """The application to mount at `PATH`; without services only its document is of use."""
    app = FastAPI(
        title="headwater",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_name_of,
    )
    app.state.services = services
    app.state.routers = ROUTERS
    app.add_middleware(Tagged)
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app)
    app.state.document = document(app, ROUTERS)

    @app.get("/openapi.json", include_in_schema=False)
    def openapi_document() -> dict[str, Any]:
        """What this API is; it tells nothing of the store."""
        told: dict[str, Any] = app.state.document
        return told

    return app


def _name_of(route: APIRoute) -> str:
    return "-".join([*(str(tag) for tag in route.tags), route.name.strip("_")])
