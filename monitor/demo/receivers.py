"""Receivers on this machine: a Slack-like webhook that enforces Slack's limits, and a mail server that keeps mails."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from monitor.demo.listening import Listener
from monitor.demo.slacklimits import reason_to_refuse

_LARGEST = 1_000_000
_PATH = "/services/T000/B000/local"


@dataclass(frozen=True, slots=True)
class Trouble:
    """How the next request is answered instead of being taken: a status, or a broken connection when it is 0.

    `after_taking` takes it all the same: the answer is lost, not the message. `seconds` pass before the answer.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    word: str = "server_error"
    after_taking: bool = False
    seconds: float = 0.0


class SlackReceiver(Listener):
    """Takes messages as an incoming webhook of Slack does. `payloads` are those it accepted, in order."""

    content_type = "text/plain"

    def __init__(self) -> None:
        """Choose a free port; nothing listens yet."""
        self.payloads: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self._troubles: deque[Trouble | None] = deque()
        super().__init__(self._handler())

    @property
    def url(self) -> str:
        """The webhook's address, which is its secret."""
        return f"http://127.0.0.1:{self.port}{_PATH}"

    def fail_next(self, *troubles: Trouble | None) -> None:
        """Treat the next requests so, in order (`None`: take this one); after that all is well again."""
        self._troubles.extend(troubles)

    def heal(self) -> None:
        """Forget the troubles that are still to come."""
        self._troubles.clear()

    def _take(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:  # noqa: ARG002 - see below
        """Take a request if it is good; the status and word of the answer. Other receivers look at the headers."""
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
                came = dict(self.headers.items())
                if trouble is not None and trouble.after_taking:
                    receiver._take(self.path, body, came)
                if trouble is not None:
                    time.sleep(trouble.seconds)
                if trouble is None:
                    status, word = receiver._take(self.path, body, came)
                    headers: Mapping[str, str] = {}
                elif trouble.status == 0:
                    self._reset()
                    return
                else:
                    status, word, headers = trouble.status, trouble.word, trouble.headers
                self.send_response(status)
                said = {"Content-Type": receiver.content_type, "Content-Length": str(len(word.encode())), **headers}
                for name, value in said.items():
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
        self._delays: deque[float] = deque()
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
        """Give these answers (`451 Try later`) to the next mails instead of taking them.

        An empty one hangs up, `250` takes the mail.
        """
        self._answers.extend(answers)

    def delay_next(self, *seconds: float) -> None:
        """Let the next mails wait so long for their answer."""
        self._delays.extend(seconds)

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
        if self._delays:
            await asyncio.sleep(self._delays.popleft())
        if self._answers:
            answer = self._answers.popleft()
            if not answer:
                assert isinstance(server.transport, asyncio.Transport), "a mail comes over a connection"
                server.transport.abort()
            if not answer.startswith("250"):
                return answer or "421 Closing"
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self.mails.append(Mail(str(envelope.mail_from), tuple(envelope.rcpt_tos), raw))
        if self._most is not None:
            del self.mails[: -self._most]
        return "250 Kept"
