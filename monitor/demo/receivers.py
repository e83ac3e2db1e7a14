"""Receivers on this machine: a Slack-like webhook that enforces Slack's limits, and a mail server that keeps mails.

The limits are Slack's documented ones (https://docs.slack.dev/reference/block-kit/blocks): 50 blocks, a header of 150
characters, sections of 3,000, ten fields of 2,000, ten context elements.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

_LARGEST = 1_000_000
_PATH = "/services/T000/B000/local"


@dataclass(frozen=True, slots=True)
class Trouble:
    """How the next request is answered instead of being taken: a status, or a broken connection when it is 0."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    word: str = "server_error"


class SlackReceiver:
    """Takes messages as an incoming webhook of Slack does. `payloads` are those it accepted, in order."""

    def __init__(self) -> None:
        """Choose a free port; nothing listens yet."""
        self.payloads: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self._troubles: deque[Trouble | None] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The webhook's address, which is its secret."""
        return f"http://127.0.0.1:{self._server.server_port}{_PATH}"

    def fail_next(self, *troubles: Trouble | None) -> None:
        """Treat the next requests so, in order (`None`: take this one); after that all is well again."""
        self._troubles.extend(troubles)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, path: str, body: bytes) -> tuple[int, str]:
        if path != _PATH:
            return 404, "no_service"
        try:
            payload = json.loads(body)
        except ValueError:
            return 400, "invalid_payload"
        reason = reason_to_refuse(payload)
        if reason is not None:
            self.refused.append(reason)
            return 400, reason
        self.payloads.append(payload)
        return 200, "ok"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_POST(self) -> None:
                size = min(int(self.headers.get("Content-Length") or 0), _LARGEST)
                body = self.rfile.read(size)
                trouble = receiver._troubles.popleft() if receiver._troubles else None
                if trouble is None:
                    status, word = receiver._take(self.path, body)
                    headers: Mapping[str, str] = {}
                elif trouble.status == 0:
                    self._reset()
                    return
                else:
                    status, word, headers = trouble.status, trouble.word, trouble.headers
                self.send_response(status)
                for name, value in {"Content-Type": "text/plain", "Content-Length": str(len(word)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(word.encode())

            def _reset(self) -> None:
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True

            def log_message(self, *_args: object) -> None:
                """Say nothing on stderr."""

        return Handler


def reason_to_refuse(payload: object) -> str | None:
    """Slack's word for a payload it would not take, `None` for a good one."""
    if not isinstance(payload, dict):
        return "invalid_payload"
    blocks = payload.get("blocks")
    if not payload.get("text") and not blocks:
        return "no_text"
    if blocks is None:
        return None
    if not isinstance(blocks, list) or len(blocks) > 50:
        return "invalid_blocks"
    return None if all(_is_good_block(block) for block in blocks) else "invalid_blocks"


def _is_good_block(block: object) -> bool:
    if not isinstance(block, dict):
        return False
    match block.get("type"):
        case "header":
            return _is_text(block.get("text"), 150, kinds=("plain_text",))
        case "section":
            fields = block.get("fields", [])
            has_text = "text" in block and _is_text(block["text"], 3_000)
            good_fields = isinstance(fields, list) and len(fields) <= 10 and all(_is_text(one, 2_000) for one in fields)
            return good_fields and (has_text or ("text" not in block and bool(fields)))
        case "context":
            elements = block.get("elements")
            return (
                isinstance(elements, list) and 0 < len(elements) <= 10 and all(_is_text(one, 3_000) for one in elements)
            )
        case "actions":
            elements = block.get("elements")
            return isinstance(elements, list) and 0 < len(elements) <= 25
        case "divider":
            return True
    return False


def _is_text(value: object, most: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> bool:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        return False
    text = value.get("text")
    return isinstance(text, str) and 0 < len(text) <= most


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it came: the envelope, the bytes, and the parsed message."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The parsed message."""
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


def _free_port() -> int:
    """A port that is free now. aiosmtpd calls the port it was given to see that it runs, so it cannot choose one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SmtpCatcher:
    """A mail server that keeps what it gets in `mails` and sends nothing on."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        authenticator: Callable[..., Any] | None = None,
        bind: tuple[str, int] | None = None,
        most: int | None = None,
    ) -> None:
        """With `tls`, STARTTLS is demanded; with `authenticator` (aiosmtpd's), a login as well.

        It listens at `bind`, by default at a free port of the loopback, and keeps the newest `most` mails.
        """
        self.mails: list[Mail] = []
        self._most = most
        self._answers: deque[str] = deque()
        self._refusals: dict[str, deque[str]] = {}
        self._controller = Controller(
            self,
            hostname=bind[0] if bind else "127.0.0.1",
            port=bind[1] if bind else _free_port(),
            tls_context=tls,
            require_starttls=tls is not None,
            authenticator=authenticator,
            auth_required=authenticator is not None,
        )

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._controller.port)

    def answer_next(self, *answers: str) -> None:
        """Give these answers (`451 Try later`) to the next mails instead of taking them."""
        self._answers.extend(answers)

    def refuse(self, address: str, *answers: str) -> None:
        """Give these answers (`550 No such user`) to the next mails for one recipient instead of accepting it."""
        self._refusals.setdefault(address, deque()).extend(answers)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop(no_assert=True)

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],  # noqa: ARG002
    ) -> str:
        """Called by aiosmtpd for each recipient of a mail."""
        if refusals := self._refusals.get(address):
            return refusals.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802
        """Called by aiosmtpd for each mail."""
        if self._answers:
            return self._answers.popleft()
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self.mails.append(Mail(str(envelope.mail_from), tuple(envelope.rcpt_tos), raw))
        if self._most is not None:
            del self.mails[: -self._most]
        return "250 Kept"
