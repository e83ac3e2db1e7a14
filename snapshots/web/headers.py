"""What every answer carries, and the requests that are refused before anybody looks at them (pure ASGI)."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
LARGEST_FORM = 256_000
_ALWAYS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Guarded:
    """Adds the headers of every answer, numbers requests, and refuses foreign hosts and oversized bodies."""

    def __init__(self, app: App, *, hosts: frozenset[str], is_https: bool) -> None:
        """`hosts` are the only names answered under; empty for any."""
        self._app = app
        self._hosts = hosts
        self._always = dict(_ALWAYS)
        if is_https:
            self._always["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(4)
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                for name, value in self._always.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                headers["x-request-id"] = request_id
            await send(message)

        headers = Headers(raw=scope["headers"])
        refusal = self._refusal(headers, scope["path"])
        if refusal is not None:
            await _refused(scope, *refusal, request_id)(scope, receive, send_with_headers)
            return
        await self._app(scope, _bounded(receive), send_with_headers)

    def _refusal(self, headers: Headers, path: str) -> tuple[int, str] | None:
        if self._hosts and _hostname(headers.get("host", "")) not in self._hosts:
            return 421, "These pages answer under their own name only. Set `web.public_url` to the address people use."
        if any(char < " " or char == "\x7f" for char in path):
            # No route of the framework takes a line break, so such an address would reach the wrong application.
            return 400, "This address holds characters that no address of ours has."
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_FORM:
            return 413, "That is too much for a form."
        return None


def _refused(scope: Scope, status: int, said: str, request_id: str) -> Response:
    """Programs that call the API get problem details (RFC 9457), everybody else a line of text."""
    if not scope["path"].startswith("/api/"):
        return PlainTextResponse(f"{said}\n", status_code=status)
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": said}
    told = problem | {"instance": scope["path"], "request": request_id}
    return JSONResponse(told, status, media_type="application/problem+json")


def _bounded(receive: Receive) -> Receive:
    """A body without a stated length is cut off where it gets too long."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_FORM:
            return {"type": "http.disconnect"}
        return message

    return limited


def _hostname(host: str) -> str:
    name, bracket, _ = host.partition("]")
    return name.removeprefix("[") if bracket else host.partition(":")[0].lower()
