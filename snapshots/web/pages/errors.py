"""What is shown when there is nothing to show: each error is a page that says what happened and what to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from snapshots import journal
from snapshots.db import told_by_driver
from snapshots.review import ReviewError, UnknownItemError
from snapshots.versions import UnknownVersionError
from snapshots.web.access import LoginNeededError, NotAllowedError, Viewer
from snapshots.web.addresses import address
from snapshots.web.contracts import BusyError, NotHereError
from snapshots.web.deciding import TakenError
from snapshots.web.pages import change
from snapshots.web.settings import Role
from snapshots.web.visit import FormExpiredError, Visit, make_visit, see_other, visit_of

_log = structlog.get_logger(__name__)
NOBODY = Viewer("", Role.READ, "nobody")
_FORMS_ONLY = frozenset({"acknowledge", "held", "owner"})
_Handler = Callable[[Request, Exception], Awaitable[Response]]


def install(app: FastAPI) -> None:
    """Answer the errors of pages with pages."""
    handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = {
        LoginNeededError: _login_needed,
        NotAllowedError: _not_allowed,
        FormExpiredError: _form_expired,
        TakenError: _taken,
        UnknownItemError: _unknown,
        UnknownVersionError: _unknown,
        ReviewError: _refused,
        BusyError: _not_now,
        NotHereError: _not_now,
        RequestValidationError: _not_understood,
        HTTPException: _http,
        Exception: _broken,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, _in_thread(handler))


def _in_thread(handler: Callable[[Request, Exception], Response]) -> _Handler:
    async def handle(request: Request, error: Exception) -> Response:
        return await run_in_threadpool(handler, request, error)

    return handle


def _login_needed(request: Request, _error: Exception) -> Response:
    if request.method != "GET":
        return see_other("/login")
    query = f"?{request.url.query}" if request.url.query else ""
    return see_other(address("/login", next=f"{request.url.path}{query}"))


def _not_allowed(request: Request, error: Exception) -> Response:
    return _page(
        request,
        403,
        "Your account can read, not decide" if "can read" in str(error) else "You have no access here",
        str(error),
        "Whoever runs this installation can give the role `reviewer` in its configuration.",
    )


def _form_expired(request: Request, error: Exception) -> Response:
    assert isinstance(error, FormExpiredError)
    kept = {name: value for name, value in error.kept.items() if name not in ("password", "csrf")}
    return _page(
        request,
        403,
        "This form was open too long",
        "Nothing was recorded. What you wrote is still here; look at it and send it again.",
        kept=kept,
        again=request.url.path,
    )


def _taken(request: Request, error: Exception) -> Response:
    assert isinstance(error, TakenError)
    visit = _visit(request)
    done = {"acknowledge": "acknowledged", "dismiss": "dismissed", "snooze": "snoozed"}.get(error.by.action, "decided")
    with visit.services.database.reading() as session:
        entries = journal.find_change(session, error.public_id)
        if not entries:
            return _page(request, 409, f"{error.by.actor} {done} this {visit.times.ago(error.by.at)}", "")
        problem = f"{error.by.actor} {done} this {visit.times.ago(error.by.at)}"
        return change.render(visit, session, entries[0], problem=problem, text=error.kept.get("text", ""), status=409)


def _unknown(request: Request, error: Exception) -> Response:
    said = str(error).partition(". `headwater")[0].rstrip(".")
    wanted = request.url.path.rstrip("/").rpartition("/")[2]
    return _page(
        request, 404, said, "It may have been merged into another one, or the address was cut.", search=wanted[:80]
    )


def _refused(request: Request, error: Exception) -> Response:
    return _page(request, 422, "That decision was not recorded", str(error), again=_looked_at(request))


def _not_now(request: Request, error: Exception) -> Response:
    return _page(request, 409, "Nothing was recorded", str(error), again=_looked_at(request))


def _not_understood(request: Request, _error: Exception) -> Response:
    return _page(request, 400, "This address is not understood", "A part of it has a value that cannot be.")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _page(request, 404, "There is no such page", "The address may have been cut.")
    return _page(request, error.status_code, "That is not possible here", str(error.detail))


def _broken(request: Request, error: Exception) -> Response:
    request_id = getattr(request.state, "request_id", "")
    _log.error("page-failed", path=request.url.path, request=request_id, error=repr(error), exc_info=error)
    why = told_by_driver(error) if isinstance(error, DBAPIError) else None
    visit = make_visit(request, NOBODY)
    return visit.page(
        "broken.html.j2",
        status=500,
        title="This page could not be made",
        why=why or "Something here does not work as it should.",
        request_id=request_id,
        again=request.url.path if request.method == "GET" else "/",
    )


def _looked_at(request: Request) -> str:
    """The page that a form stands on, where its own address takes forms only."""
    above, _, last = request.url.path.rpartition("/")
    return above if last in _FORMS_ONLY else request.url.path


def _visit(request: Request) -> Visit:
    try:
        return visit_of(request)
    except (LoginNeededError, NotAllowedError):
        return make_visit(request, NOBODY)


def _page(request: Request, status: int, title: str, said: str, more: str = "", **context: object) -> Response:
    visit = _visit(request)
    told: dict[str, object] = {"said": said, "more": more, "kept": {}, "again": "", "search": ""} | context
    if visit.viewer.by == "nobody":
        return visit.page("stranger.html.j2", status=status, title=title, **told)
    with visit.services.database.reading() as session:
        return visit.render(session, "error.html.j2", room="", title=title, status=status, **told)
