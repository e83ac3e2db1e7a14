"""Entity tags: what a client has already is not sent again (RFC 9110, sections 8.8 and 13.1)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

from snapshots.web.headers import App, Message, Receive, Scope, Send


def fits(if_none_match: str, tag: str) -> bool:
    """Whether a client names this tag among those it has; compared weakly, as the header asks."""
    known = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return "*" in known or tag.removeprefix("W/") in known


def tag_of(body: bytes) -> str:
    """The strong tag of an answer: two answers have the same one only if they are the same, byte by byte."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def conditional(request: Request, body: bytes, *, media_type: str, modified: datetime) -> Response:
    """An answer with tag and time, or 304 where the client has it. The time counts only where no tag was sent."""
    tag, stamp = tag_of(body), modified.replace(microsecond=0)
    headers = {
        "etag": tag,
        "last-modified": format_datetime(stamp.astimezone(UTC), usegmt=True),
        "cache-control": "private, no-cache",
    }
    known = request.headers.get("if-none-match", "")
    has = fits(known, tag) if known else _since(request.headers.get("if-modified-since", ""), stamp)
    return Response(status_code=304, headers=headers) if has else Response(body, 200, headers, media_type=media_type)


def _since(text: str, modified: datetime) -> bool:
    try:
        given = parsedate_to_datetime(text)
    except ValueError:
        return False
    return given.tzinfo is not None and modified <= given


class Tagged:
    """Gives every good answer to GET a strong tag of its bytes, and answers 304 where the client has them."""

    def __init__(self, app: App) -> None:
        """Wrap an application whose answers fit into memory."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body = bytearray()

        async def held(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body", False):
                return
            for told in _answer(start, bytes(body), Headers(raw=scope["headers"]).get("if-none-match", "")):
                await send(told)

        await self._app(scope, receive, held)


def _answer(start: Message, body: bytes, if_none_match: str) -> tuple[Message, Message]:
    if start["status"] == 200:
        headers = MutableHeaders(raw=start["headers"])
        tag = tag_of(body)
        headers["etag"] = tag
        headers.setdefault("cache-control", "private, no-cache")
        if if_none_match and fits(if_none_match, tag):
            for name in ("content-length", "content-type"):
                if name in headers:
                    del headers[name]
            start["status"], body = 304, b""
    return start, {"type": "http.response.body", "body": body, "more_body": False}
