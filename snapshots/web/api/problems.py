"""Errors of the API as problem details (RFC 9457): one shape for whatever goes wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from snapshots.deadlines import UnknownDeadlineError
from snapshots.review import ReviewError, UnknownItemError
from snapshots.tokens import TokenError, UnknownTokenError
from snapshots.versions import UnknownVersionError
from snapshots.web.access import LoginNeededError, NotAllowedError
from snapshots.web.api.callers import ThrottledError
from snapshots.web.contracts import BusyError, NotHereError, NotUnderstoodError

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger(__name__)
_MOST_MISTAKES = 20


class Mistake(BaseModel):
    """One part of a request that is not as it must be."""

    model_config = ConfigDict(frozen=True)

    where: str = Field(description="The place, such as `query.limit` or `body.action`.")
    says: str


class Taken(BaseModel):
    """Whose decision stands."""

    model_config = ConfigDict(frozen=True)

    actor: str
    action: str
    at: datetime


class Problem(BaseModel):
    """What went wrong, and what to do (RFC 9457)."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(default="about:blank", description="`about:blank`: the status says what sort of problem it is.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str = Field(description="The path that was asked for.")
    request: str = Field(description="The number of the request, as in `X-Request-Id` and the log.")
    mistakes: tuple[Mistake, ...] = Field(default=(), description="With 422: what is not as it must be.")
    taken: Taken | None = Field(default=None, description="With 409: whose decision stands.")


class FasterError(Exception):
    """Somebody else decided since the caller looked; nothing was recorded."""

    def __init__(self, taken: Taken) -> None:
        """Remember whose decision stands."""
        super().__init__(f"{taken.actor} decided first ({taken.action}). Look at it again before you decide.")
        self.taken = taken


class NoSuchError(Exception):
    """There is no such thing; the message names it."""


_STATUS: dict[type[Exception], int] = {
    LoginNeededError: 401,
    NotAllowedError: 403,
    NoSuchError: 404,
    UnknownItemError: 404,
    UnknownVersionError: 404,
    UnknownDeadlineError: 404,
    UnknownTokenError: 404,
    FasterError: 409,
    BusyError: 409,
    NotUnderstoodError: 422,
    ReviewError: 422,
    TokenError: 422,
    ThrottledError: 429,
    NotHereError: 501,
}


def install(app: FastAPI) -> None:
    """Answer every error of an application with problem details."""
    for kind in _STATUS:
        app.add_exception_handler(kind, _known)
    others: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        RequestValidationError: _not_valid,
        HTTPException: _http,
        Exception: _broken,
    }
    for kind, handler in others.items():
        app.add_exception_handler(kind, handler)


def answer(
    request: Request, status: int, detail: str, *, headers: dict[str, str] | None = None, **more: object
) -> Response:
    """A problem as an answer."""
    problem = Problem.model_validate(
        {
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "instance": request.url.path,
            "request": getattr(request.state, "request_id", ""),
            **more,
        }
    )
    return Response(problem.model_dump_json(exclude_none=True), status, headers, media_type=MEDIA_TYPE)


async def _known(request: Request, error: Exception) -> Response:
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    if isinstance(error, LoginNeededError):
        said = str(error) or "Send a token (Authorization: Bearer hw_...), or log in."
        return answer(request, status, said, headers={"www-authenticate": "Bearer"})
    if isinstance(error, FasterError):
        return answer(request, status, str(error), taken=error.taken)
    headers = {"retry-after": str(error.seconds)} if isinstance(error, ThrottledError) else None
    return answer(request, status, str(error), headers=headers)


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    mistakes = [
        Mistake(where=".".join(str(step) for step in one["loc"])[:200], says=str(one["msg"])[:300])
        for one in error.errors()[:_MOST_MISTAKES]
    ]
    return answer(request, 422, "A part of the request is not as it must be.", mistakes=mistakes)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = {
        404: "There is nothing at this address; docs/api.md and docs/feeds.md tell what there is.",
        405: "This address does not take that method.",
    }.get(error.status_code, str(error.detail))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["allow"] = ", ".join(sorted(_methods_at(request)))
    return answer(request, error.status_code, said, headers=headers)


def _methods_at(request: Request) -> set[str]:
    """The methods of every route at this address: the framework names those of the first one only."""
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    routes = [route for router in request.app.state.routers for route in router.routes]
    meant = next((route.path for route in routes if route.path_regex.fullmatch(path)), "")
    return {method for route in routes if route.path == meant for method in route.methods}


async def _broken(request: Request, error: Exception) -> Response:
    request_id = getattr(request.state, "request_id", "")
    _log.error("api-failed", path=request.url.path, request=request_id, error=repr(error), exc_info=error)
    return answer(request, 500, "Something here does not work as it should; the log has this request's number.")
