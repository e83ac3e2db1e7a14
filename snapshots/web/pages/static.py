"""Stylesheet, script and icon; their names change with their content, so they may be kept for a year."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from snapshots.web.assets import assets, served

router = APIRouter()
_FOR_EVER = "public, max-age=31536000, immutable"


@router.get("/static/{name}")
def static(name: str) -> Response:
    """One file."""
    asset = served().get(name)
    if asset is None:
        return PlainTextResponse("There is no such file.\n", status_code=404)
    return Response(asset.body, media_type=asset.media_type, headers={"cache-control": _FOR_EVER})


@router.get("/favicon.ico")
def favicon() -> Response:
    """The icon under the name that browsers ask for unasked."""
    icon = assets()["icon.svg"]
    return Response(icon.body, media_type=icon.media_type, headers={"cache-control": "public, max-age=86400"})
