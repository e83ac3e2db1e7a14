"""One request of one person: who, when, in which zone and scheme, and how its page is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, RedirectResponse, Response

from snapshots.web import csrf, sessions
from snapshots.web.access import Viewer, viewer_of
from snapshots.web.queries import frame
from snapshots.web.queries.board import Listed
from snapshots.web.services import Services
from snapshots.web.templating import environment
from snapshots.web.times import Times, zone_named

SCHEME_COOKIE = "headwater_scheme"
ZONE_COOKIE = "headwater_zone"
KEYS_COOKIE = "headwater_keys"
YEAR_SECONDS = 31_536_000
SCHEMES = ("light", "dark")


class FormExpiredError(Exception):
    """A form's token does not belong to the browser that sent it. `kept` is the text a person wrote in it."""

    def __init__(self, kept: Mapping[str, str]) -> None:
        """Keep what was written, so that it is not lost."""
        super().__init__("This form was open too long.")
        self.kept = dict(kept)


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page knows of the request it answers. `secret` is the cookie value under which form tokens are made."""

    request: Request
    services: Services
    viewer: Viewer
    times: Times
    secret: str
    is_new: bool

    def render(
        self, session: Session, template: str, *, room: str, title: str, status: int = 200, **context: Any
    ) -> Response:
        """A whole page of the room `room` (a word of the navigation)."""
        watch = frame.watch(session)
        return self.page(
            template,
            status=status,
            room=room,
            title=title,
            watch=watch,
            late=watch.is_late(self.times.now),
            open_events=self.open_events(session).total,
            **context,
        )

    def open_events(self, session: Session) -> Listed:
        """What waits for a decision."""
        return self.services.board.read(session, self.times.now)

    def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page without a look at the store: what must be shown even if there is none to ask."""
        query = str(self.request.url.query)
        told = (
            environment()
            .get_template(template)
            .render(
                viewer=self.viewer,
                times=self.times,
                t=self.times,
                csrf=csrf.token_for(self.secret),
                scheme=scheme_of(self.request),
                keys_on=self.request.cookies.get(KEYS_COOKIE, "on") != "off",
                here=self.request.url.path + (f"?{query}" if query else ""),
                **context,
            )
        )
        return self.with_cookie(HTMLResponse(told, status_code=status))

    def with_cookie(self, response: Response) -> Response:
        """The answer, with the cookie that forms are bound to where the browser has none yet."""
        if self.is_new:
            set_cookie(response, self.services, csrf.COOKIE, self.secret)
        return response

    async def form(self) -> Mapping[str, str]:
        """The fields of a form; of a field given several times all values, joined by commas.

        Raises:
            FormExpiredError: the form was not made for this browser, or its cookie is gone.
        """
        return await checked_form(self.request, self.secret)


async def checked_form(request: Request, secret: str) -> Mapping[str, str]:
    """The fields of a form whose token belongs to `secret`.

    Raises:
        FormExpiredError: it does not.
    """
    async with request.form(max_files=0, max_fields=500) as sent:
        fields = {name: ",".join(str(value) for value in sent.getlist(name)) for name in sent}
    foreign = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if foreign or not csrf.is_valid(secret, fields.pop(csrf.FIELD, "")):
        raise FormExpiredError(fields)
    return fields


def visit_of(request: Request) -> Visit:
    """The visit of a person who may come in.

    Raises:
        LoginNeededError: nobody is logged in.
        NotAllowedError: the person has no access.
    """
    services = services_of(request)
    now = services.clock.now()
    return make_visit(request, viewer_of(request, services.settings, now))


async def form_of(visit: Annotated[Visit, Depends(visit_of)]) -> Mapping[str, str]:
    """The fields of the form that a visit brings, as `Visit.form` reads them."""
    return await visit.form()


def make_visit(request: Request, viewer: Viewer) -> Visit:
    """The visit of a person who is known already, or of nobody in particular."""
    services = services_of(request)
    session_cookie = request.cookies.get(sessions.COOKIE, "") if viewer.by == "password" else ""
    secret, is_new = session_cookie or visit_secret(request), False
    if not secret:
        secret, is_new = csrf.new_visit(), True
    times = Times(services.clock.now(), zone_named(request.cookies.get(ZONE_COOKIE, "")))
    return Visit(request, services, viewer, times, secret, is_new)


def visit_secret(request: Request) -> str:
    """The cookie that forms are bound to where nobody has a session; empty when it is missing or too short to count."""
    found = request.cookies.get(csrf.COOKIE, "")
    return found if len(found) >= len(csrf.new_visit()) else ""


def services_of(request: Request) -> Services:
    """What `create_app` was given."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


def scheme_of(request: Request) -> str:
    """`light`, `dark`, or empty where the system decides."""
    found = request.cookies.get(SCHEME_COOKIE, "")
    return found if found in SCHEMES else ""


def set_cookie(response: Response, services: Services, name: str, value: str, *, max_age: int | None = None) -> None:
    """Set a cookie that scripts cannot read and other sites do not send with their forms."""
    response.set_cookie(
        name, value, max_age=max_age, path="/", httponly=True, samesite="lax", secure=services.settings.is_https
    )


def see_other(address: str) -> RedirectResponse:
    """After a form: show a page, so that loading it again repeats nothing. Only addresses of our own are followed."""
    return RedirectResponse(local(address), status_code=303)


def local(address: str) -> str:
    """The address if it is a path of ours, else the inbox (no open redirect; a backslash counts as a slash)."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if inside and "\\" not in address else "/"
