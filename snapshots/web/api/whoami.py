"""`/whoami`: who calls, and what they may do."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from snapshots.web.api.callers import Reading
from snapshots.web.api.fields import Out

router = APIRouter(tags=["whoami"])


class CallerOut(Out):
    """Who calls. `by` is how that is known."""

    name: str
    scope: Literal["read", "review", "admin"]
    by: Literal["local", "password", "proxy", "token"]
    csrf: str | None = Field(description="What a browser sends as X-CSRF-Token with a decision; null for programs.")


@router.get("/whoami")
def whoami(call: Reading) -> CallerOut:
    """Who calls."""
    viewer = call.viewer
    return CallerOut.model_validate(
        {"name": viewer.name, "scope": viewer.role.name.lower(), "by": viewer.by, "csrf": call.csrf_token}
    )
