"""Channels that are spoken to without a message: what is told, and that no secret is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alerts.channels import CHANNEL_MODELS, Channel, DeliveryError, Reason, open_channel
from alerts.probe import reach
from monitor.demo.receivers import SlackReceiver, SmtpCatcher
from tests.support.certificates import server_context

SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


def opened(kind: str, environ: dict[str, str], **options: Any) -> Channel:
    config = CHANNEL_MODELS[kind].model_validate({"kind": kind, "name": "team"} | options)
    return open_channel(config, environ, Path())


def behind(origin: str) -> list[Channel]:
    """Every kind of channel behind a web address, at `origin`."""
    environ = {"URL": f"{origin}/services/T/B/hidden", "TOKEN": "xoxb-hidden", "SECRET": SECRET}
    return [
        opened("slack", environ, webhook_url_env="URL"),
        opened("slack-bot", environ, token_env="TOKEN", channel="C0123456789", api_url=f"{origin}/api/"),
        opened("webhook", environ, url_env="URL", secret_env="SECRET"),
    ]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[str]:
    """A server whose certificate nobody vouches for."""
    context, _ = server_context(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for _ in range(3):
                connection, _ = listening.accept()
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(timeout=10)


def test_a_host_that_answers_gets_no_message() -> None:
    with SlackReceiver() as slack:
        for channel in behind(slack.url.partition("/services")[0]):
            assert reach(channel).startswith("127.0.0.1 answers")
        assert (slack.payloads, slack.refused) == ([], [])


def test_a_host_that_is_away_is_told_without_the_secret(closed_port: int) -> None:
    for channel in behind(f"http://127.0.0.1:{closed_port}"):
        with pytest.raises(DeliveryError, match="cannot be reached") as error:
            reach(channel)
        assert error.value.reason is Reason.UNREACHABLE
        assert "hidden" not in error.value.detail


def test_a_certificate_nobody_vouches_for_is_told(impostor: str) -> None:
    for channel in behind(impostor):
        with pytest.raises(DeliveryError) as error:
            reach(channel)
        assert error.value.reason is Reason.TLS


def test_a_mail_server_is_asked_as_far_as_the_login(tmp_path: Path) -> None:
    from aiosmtpd.smtp import AuthResult, LoginPassword

    def authenticator(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
        good = isinstance(data, LoginPassword) and data.password == b"right"
        return AuthResult(success=good, handled=False)

    context, certificate = server_context(tmp_path)
    with SmtpCatcher(tls=context, authenticator=authenticator) as server:
        options = {
            "host": "127.0.0.1",
            "port": server.port,
            "ca_file": str(certificate),
            "username": "me",
            "password_env": "PASSWORD",
            "sender": "a@b.example",
            "to": ["c@d.example"],
        }
        said = reach(opened("email", {"PASSWORD": "right"}, **options))
        assert said == f"127.0.0.1:{server.port} answers and takes the login"
        with pytest.raises(DeliveryError) as error:
            reach(opened("email", {"PASSWORD": "wrong"}, **options))
        assert error.value.reason is Reason.AUTHENTICATION
        assert "wrong" not in error.value.detail
        assert server.mails == []


def test_a_channel_without_a_way_to_ask_says_nothing() -> None:
    assert reach(opened("log", {})) == ""
