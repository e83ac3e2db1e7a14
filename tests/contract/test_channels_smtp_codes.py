"""Every reply code of RFC 5321 at every step of a mail is one decision: again later, or given up and shown."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.channels import Channel, DeliveryError, open_channel
from alerts.channels.email import EmailConfig
from tests.support.messages import DELIVERY, NOON, a_message

STEPS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "end of data")
_GOOD = {"greeting": 220, "DATA": 354}

# RFC 5321 section 4.2: the second digit of a reply code is 0 to 5.
_PASSING, _LASTING = range(400, 460), range(500, 560)


class ScriptedServer(socketserver.ThreadingTCPServer):
    """Speaks SMTP and answers one step with one code. `taken` counts the mails it accepted."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Dialogue)
        self.step, self.code, self.taken = "", 0, 0

    def answer(self, step: str) -> int:
        return self.code if step == self.step else _GOOD.get(step, 250)


class Dialogue(socketserver.StreamRequestHandler):
    server: ScriptedServer

    def handle(self) -> None:
        self._say(self.server.answer("greeting"))
        for line in self.rfile:
            verb = line.split(maxsplit=1)[0].decode().upper()
            if verb == "QUIT":
                self._say(221)
                return
            # A client whose EHLO was refused says HELO (RFC 5321 section 3.2).
            code = self.server.answer("EHLO" if verb == "HELO" else verb)
            self._say(code)
            if verb == "DATA" and code == 354:
                self._take()

    def _take(self) -> None:
        while self.rfile.readline() not in (b".\r\n", b""):
            pass
        code = self.server.answer("end of data")
        self.server.taken += code == 250
        self._say(code)

    def _say(self, code: int) -> None:
        self.wfile.write(f"{code} as you wish\r\n".encode())


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def open_mail(port: int) -> Channel:
    settings = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "headwater@acme.example"}
    config = EmailConfig.model_validate({"kind": "email", "name": "mail", "to": ("team@acme.example",)} | settings)
    return open_channel(config, {}, Path())


@pytest.mark.parametrize("step", STEPS)
def test_a_passing_code_is_tried_again_and_a_lasting_one_is_not(scripted: ScriptedServer, step: str) -> None:
    channel = open_mail(scripted.server_address[1])
    scripted.step = step
    wrong: list[tuple[int, bool | None, str]] = []
    for scripted.code in (*_PASSING, *_LASTING):
        try:
            channel.send(a_message(), delivery_id=DELIVERY, thread=None, now=NOON)
        except DeliveryError as error:
            if error.retryable is not (scripted.code in _PASSING) or str(scripted.code) not in error.detail:
                wrong.append((scripted.code, error.retryable, error.detail))
        else:
            wrong.append((scripted.code, None, "taken for sent"))
    assert wrong == []
    assert scripted.taken == 0
    scripted.step = ""
    channel.send(a_message(), delivery_id=DELIVERY, thread=None, now=NOON)
    assert scripted.taken == 1
