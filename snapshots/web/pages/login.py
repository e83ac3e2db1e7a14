"""Logging in with a password, and out."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from snapshots.web import csrf, sessions
from snapshots.web.access import LoginNeededError, Viewer
from snapshots.web.passwords import matches
from snapshots.web.settings import Account, Role
from snapshots.web.times import Times
from snapshots.web.visit import Visit, form_of, local, make_visit, see_other, services_of, set_cookie, visit_of

router = APIRouter()
NOBODY = Viewer("", Role.READ, "nobody")


@router.get("/login")
def login(request: Request, next: str = "/") -> Response:  # noqa: A002 - the usual name of the parameter
    """The form; whoever needs none is sent on."""
    try:
        visit_of(request)
    except LoginNeededError:
        return _form(make_visit(request, NOBODY), next)
    return see_other(next)


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Check name and password."""
    visit = make_visit(request, NOBODY)
    fields = await visit.form()
    services = services_of(request)
    throttle = services.throttle
    now, name = visit.times.now, fields.get("name", "").strip()[:128]
    wanted = fields.get("next", "/")
    peer = request.client.host if request.client else ""
    keys = (f"name {name}", f"from {peer}")
    until = throttle.locked_until(keys, now)
    if until is not None:
        shown = Times(now, visit.times.zone).clock(until.replace(second=0, microsecond=0))
        return _form(visit, wanted, name, f"Too many tries. Next try possible after {shown}.", status=429)
    account = next((one for one in services.settings.accounts if one.name == name), Account(name, Role.READ))
    if not await run_in_threadpool(matches, account.password_hash, fields.get("password", "")):
        left = throttle.failed(keys, now)
        tries = f"{left} {'try' if left == 1 else 'tries'} left in this minute." if left else "No try left this minute."
        return _form(visit, wanted, name, f"Name and password do not match. {tries}", status=401)
    throttle.succeeded(keys)
    answer = see_other(local(wanted))
    set_cookie(
        answer,
        services,
        sessions.COOKIE,
        sessions.issue(account, now),
        max_age=int(sessions.LIFE.total_seconds()),
    )
    answer.delete_cookie(csrf.COOKIE)
    return answer


@router.post("/logout", dependencies=[Depends(form_of)])
def log_out() -> Response:
    """Forget the session in this browser."""
    answer = see_other("/login")
    answer.delete_cookie(sessions.COOKIE)
    return answer


def _form(visit: Visit, wanted: str, name: str = "", wrong: str = "", *, status: int = 200) -> Response:
    has_passwords = visit.services.settings.has_passwords
    return visit.page(
        "login.html.j2", status=status, next=local(wanted), name=name, wrong=wrong, has_passwords=has_passwords
    )
