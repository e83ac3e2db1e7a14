"""The mail channel against a real mail server: encryption, threads, refusals, and no secret in any failure."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from email import policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import ValidationError

from alerts.channels import Channel, DeliveryError, Progress, Reason, open_channel
from alerts.channels import email as email_module
from alerts.channels.email import EmailConfig
from alerts.render.message import compose_digest
from monitor.demo.receivers import SmtpCatcher
from snapshots.secrets import SecretError
from tests.support.certificates import server_context
from tests.support.messages import DELIVERY, NOON, a_message

PASSWORD = "correct-horse-HIDDEN"
TEAM, BOSS = "team@acme.example", "boss@acme.example"


@pytest.fixture
def server() -> Iterator[SmtpCatcher]:
    with SmtpCatcher() as catcher:
        yield catcher


@pytest.fixture
def safe_server(tmp_path: Path) -> Iterator[tuple[SmtpCatcher, Path]]:
    """A server that demands STARTTLS and a login, and the certificate to trust."""
    context, certificate = server_context(tmp_path)
    with SmtpCatcher(tls=context, authenticator=knows_the_password) as catcher:
        yield catcher, certificate


def knows_the_password(_server: object, _session: object, _envelope: object, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.login == b"headwater" and data.password == PASSWORD.encode()
    return AuthResult(success=good, handled=False)


def open_mail(port: int, password: str = "", **more: object) -> Channel:
    plain: dict[str, object] = {"kind": "email", "name": "mail", "host": "127.0.0.1", "port": port, "security": "none"}
    config = EmailConfig.model_validate(plain | {"sender": "headwater@acme.example", "to": (TEAM,)} | more)
    return open_channel(config, {"PASSWORD": password}, Path())


def open_safely(server: SmtpCatcher, certificate: Path | None, password: str = PASSWORD) -> Channel:
    login = {"username": "headwater", "password_env": "PASSWORD", "ca_file": str(certificate) if certificate else None}
    return open_mail(server.port, password, security="starttls", **login)


def send(
    channel: Channel, *, subject: str = "acme-chat", thread: str | None = None, progress: Progress | None = None
) -> str:
    message = a_message(subject)
    return channel.send(message, delivery_id=DELIVERY, thread=thread, now=NOON, progress=progress).message_id


def failure(channel: Channel, progress: Progress | None = None) -> DeliveryError:
    with pytest.raises(DeliveryError) as raised:
        send(channel, progress=progress)
    return raised.value


def test_a_mail_is_complete(server: SmtpCatcher) -> None:
    message_id = send(open_mail(server.port, to=(TEAM, BOSS)))
    [kept] = server.mails
    mail = kept.message
    assert (kept.sender, kept.recipients) == ("headwater@acme.example", (TEAM, BOSS))
    assert mail["Message-ID"] == message_id == f"<{DELIVERY}@acme.example>"
    assert mail["From"] == "headwater <headwater@acme.example>"
    assert mail["To"] == f"{TEAM}, {BOSS}"
    assert mail["Date"].datetime == NOON
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Headwater-Delivery"] == DELIVERY
    assert mail["Subject"] == "acme-chat now means Acme-2"
    assert mail["In-Reply-To"] is None
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_no_line_of_a_mail_is_longer_than_the_standard_allows(server: SmtpCatcher) -> None:
    """RFC 5322 section 2.1.1: at most 998 octets, and better 78."""
    send(open_mail(server.port), subject="very-" * 200)
    assert max(map(len, server.mails[0].raw.splitlines())) <= 78


def test_later_news_stand_in_the_same_conversation_even_with_a_long_domain(server: SmtpCatcher) -> None:
    first = f"<{DELIVERY}@{'a-long-name.' * 8}example>"
    send(open_mail(server.port), thread=first)
    assert server.mails[0].message["In-Reply-To"] == server.mails[0].message["References"] == first
    assert f"References: {first}".encode() in server.mails[0].raw.replace(b"\r\n ", b" ")


def test_a_repeat_carries_the_same_id(server: SmtpCatcher) -> None:
    channel = open_mail(server.port)
    assert send(channel) == send(channel)
    assert len({mail.message["Message-ID"] for mail in server.mails}) == 1


@pytest.mark.parametrize(
    "subject",
    [
        "x\r\nBcc: all@evil.example",
        "x\nX-Evil: 1",
        "x\r\n\r\n<b>body</b>",
        "x\x0bBcc: a",
        "x\u2028Bcc: a",
        "\u202etxt",
    ],
)
def test_nothing_from_outside_can_become_a_header(server: SmtpCatcher, subject: str) -> None:
    send(open_mail(server.port), subject=subject)
    [kept] = server.mails
    assert set(kept.message.keys()) <= {
        "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted", "X-Headwater-Delivery", "MIME-Version",
        "Content-Type", "X-Peer", "X-MailFrom", "X-RcptTo",
    }  # fmt: skip
    assert kept.recipients == (TEAM,)
    assert str(kept.message["Subject"]).isprintable()


def test_a_login_travels_encrypted_and_is_accepted(safe_server: tuple[SmtpCatcher, Path]) -> None:
    server, certificate = safe_server
    send(open_safely(server, certificate))
    assert len(server.mails) == 1


def test_a_wrong_password_is_said_and_not_tried_again(safe_server: tuple[SmtpCatcher, Path]) -> None:
    error = failure(open_safely(*safe_server, password="wrong-HIDDEN"))
    assert (error.reason, error.retryable) == (Reason.AUTHENTICATION, False)


def test_an_unknown_certificate_is_not_trusted(safe_server: tuple[SmtpCatcher, Path]) -> None:
    server, _ = safe_server
    error = failure(open_safely(server, None))
    assert (error.reason, error.retryable) == (Reason.TLS, True)
    assert "not trusted" in error.detail
    assert server.mails == []


def test_a_server_without_starttls_gets_nothing_in_the_clear(server: SmtpCatcher) -> None:
    error = failure(open_mail(server.port, security="starttls"))
    assert (error.reason, error.retryable) == (Reason.TLS, True)
    assert server.mails == []


def test_tls_towards_a_server_without_it_names_the_setting(server: SmtpCatcher) -> None:
    error = failure(open_mail(server.port, security="tls"))
    assert (error.reason, error.retryable) == (Reason.TLS, True)
    assert "`security`" in error.detail


def test_a_server_that_hangs_up_after_the_mail_is_tried_again(server: SmtpCatcher) -> None:
    server.answer_next("")
    channel = open_mail(server.port)
    assert failure(channel).retryable
    send(channel)
    assert len(server.mails) == 1


def test_a_server_that_thinks_too_long_is_tried_again(server: SmtpCatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_module, "_TIMEOUT_SECONDS", 0.2)
    server.delay_next(0.6)
    error = failure(open_mail(server.port))
    assert (error.reason, error.retryable) == (Reason.TIMEOUT, True)


@pytest.mark.parametrize(
    ("more", "way_out"),
    [
        ({}, "<mailto:headwater@acme.example?subject=unsubscribe%20headwater%20digest>"),
        ({"unsubscribe_mail": BOSS}, f"<mailto:{BOSS}?subject=unsubscribe%20headwater%20digest>"),
        ({"unsubscribe_url": "https://acme.example/out?" + "x" * 300}, f"<https://acme.example/out?{'x' * 300}>"),
    ],
)
def test_a_digest_names_its_list_and_the_way_out(server: SmtpCatcher, more: dict[str, str], way_out: str) -> None:
    digest = compose_digest([], now=NOON, delivery_id=DELIVERY)
    open_mail(server.port, **more).send(digest, delivery_id=DELIVERY, thread=None, now=NOON)
    mail = server.mails[0].message
    assert mail["List-Id"] == "headwater digest <digest.headwater.acme.example>"
    assert mail["List-Unsubscribe"] == way_out


@pytest.mark.parametrize("url", ["http://acme.example", "https://a\r\nBcc: b@c.example", "https://a b", "https://a>"])
def test_the_way_out_is_a_plain_https_address(url: str) -> None:
    with pytest.raises(ValidationError):
        open_mail(25, unsubscribe_url=url)


def test_a_login_that_the_server_does_not_want_disables_the_channel(safe_server: tuple[SmtpCatcher, Path]) -> None:
    assert failure(open_safely(*safe_server, password="wrong-HIDDEN")).disables


@pytest.mark.parametrize(
    ("codes", "disables"),
    [(("550", "550"), True), (("551", "553"), True), (("550", "552"), False), (("554",) * 2, False)],
)
def test_only_a_mail_that_nobody_can_get_disables_the_channel(
    server: SmtpCatcher, codes: tuple[str, str], disables: bool
) -> None:
    for address, code in zip((TEAM, BOSS), codes, strict=True):
        server.refuse(address, f"{code} No")
    assert failure(open_mail(server.port, to=(TEAM, BOSS))).disables is disables


@pytest.mark.parametrize(
    ("answer", "retryable"),
    [
        ("421 Closing", True),
        ("450 Mailbox busy", True),
        ("451 Try later", True),
        ("452 Disk full", True),
        ("550 Not wanted", False),
        ("552 Too large", False),
        ("554 Looks like spam", False),
    ],
)
def test_every_answer_to_a_mail_is_one_decision(server: SmtpCatcher, answer: str, retryable: bool) -> None:
    server.answer_next(answer)
    channel = open_mail(server.port)
    error = failure(channel)
    assert error.retryable is retryable
    assert answer[:3] in error.detail
    send(channel)
    assert len(server.mails) == 1


def test_who_was_refused_for_now_is_tried_again_without_the_others(server: SmtpCatcher) -> None:
    server.refuse(BOSS, "450 Greylisted")
    channel, progress = open_mail(server.port, to=(TEAM, BOSS)), Progress()
    error = failure(channel, progress)
    assert (error.reason, error.retryable) == (Reason.REJECTED, True)
    assert f"{BOSS} (450)" in error.detail
    assert "1 of 2 have the mail" in error.detail
    send(channel, progress=progress)
    assert [mail.recipients for mail in server.mails] == [(TEAM,), (BOSS,)]


def test_who_does_not_exist_is_said_and_not_tried_again(server: SmtpCatcher) -> None:
    server.refuse(BOSS, "550 No such user")
    error = failure(open_mail(server.port, to=(TEAM, BOSS)))
    assert error.retryable is False
    assert [mail.recipients for mail in server.mails] == [(TEAM,)]


def test_one_who_does_not_exist_is_still_said_when_another_had_to_wait(server: SmtpCatcher) -> None:
    server.refuse(BOSS, "550 No such user", "550 No such user")
    server.refuse(TEAM, "450 Greylisted")
    channel, progress = open_mail(server.port, to=(TEAM, BOSS)), Progress()
    assert failure(channel, progress).retryable
    error = failure(channel, progress)
    assert (error.retryable, f"{BOSS} (550)" in error.detail) == (False, True)
    assert [mail.recipients for mail in server.mails] == [(TEAM,)]


def test_a_server_that_hangs_up_between_two_recipients_has_taken_nothing(server: SmtpCatcher) -> None:
    """After 421 to a recipient (RFC 5321 section 3.8) no mail was handed over, not even to those accepted before."""
    server.refuse(BOSS, "421 Closing")
    channel, progress = open_mail(server.port, to=(TEAM, BOSS)), Progress()
    error = failure(channel, progress)
    assert error.retryable
    assert "have the mail" not in error.detail
    assert server.mails == []
    send(channel, progress=progress)
    assert [mail.recipients for mail in server.mails] == [(TEAM, BOSS)]


def test_who_has_the_mail_is_left_alone_when_the_server_hangs_up_on_the_rest(server: SmtpCatcher) -> None:
    server.refuse(BOSS, "450 Greylisted", "421 Closing")
    channel, progress = open_mail(server.port, to=(TEAM, BOSS)), Progress()
    assert failure(channel, progress).retryable
    assert "1 of 2 have the mail" in failure(channel, progress).detail
    send(channel, progress=progress)
    assert [mail.recipients for mail in server.mails] == [(TEAM,), (BOSS,)]


def test_all_refused_for_now_are_all_tried_again(server: SmtpCatcher) -> None:
    server.refuse(TEAM, "450 Greylisted")
    channel = open_mail(server.port)
    assert failure(channel).retryable
    send(channel)
    assert len(server.mails) == 1


def test_a_server_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    error = failure(open_mail(port))
    assert (error.reason, error.retryable) == (Reason.UNREACHABLE, True)


def test_a_server_that_never_answers_is_given_up_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_module, "_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(open_mail(silent.getsockname()[1]))
    assert (error.reason, error.retryable) == (Reason.TIMEOUT, True)


def test_no_failure_tells_the_password(safe_server: tuple[SmtpCatcher, Path], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server, certificate = safe_server
    server.answer_next("451 Try later")
    server.refuse(TEAM, "550 No", "450 No")
    errors = [failure(open_safely(server, certificate)) for _ in range(3)]
    errors += [failure(open_safely(server, None)), failure(open_safely(server, certificate, "wrong-HIDDEN"))]
    assert all("HIDDEN" not in error.detail + repr(error) for error in errors)
    assert "HIDDEN" not in caplog.text
    assert all(error.__suppress_context__ or error.__context__ is None for error in errors)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"host": "mail.acme.example"}, "must not travel in the clear"),
        ({"username": "headwater", "password_env": "PASSWORD"}, "must not travel in the clear"),
        ({"username": "headwater", "security": "tls"}, "is missing"),
        ({"to": ()}, "at least 1 item"),
        ({"to": ("a@b.example\r\nBcc: c@d.example",)}, "should match"),
        ({"to": (TEAM, BOSS, TEAM)}, f"`to` names {TEAM} twice"),
        ({"sender": "nobody"}, "should match"),
        ({"sender": "two..dots@acme.example"}, "should match"),
        ({"sender": "a@acme..example"}, "should match"),
        ({"sender": "a@acme.example."}, "should match"),
        ({"sender": "a@-acme.example"}, "should match"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"password": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_a_bad_configuration_is_refused(more: dict[str, Any], sentence: str) -> None:
    good = {"kind": "email", "name": "mail", "host": "127.0.0.1", "sender": "headwater@acme.example", "to": (TEAM,)}
    with pytest.raises(ValidationError, match=sentence):
        EmailConfig.model_validate(good | {"security": "none"} | more)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "mailpit"])
def test_a_server_on_this_machine_or_beside_it_may_be_spoken_to_in_the_clear(host: str) -> None:
    assert open_mail(25, host=host).name == "mail"


def test_what_cannot_be_read_at_the_start_is_said_at_the_start(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for name in ("missing.pem", str(empty)):
        with pytest.raises(SecretError, match="ca_file names"):
            open_mail(587, host="mail.acme.example", security="starttls", ca_file=name)
    with pytest.raises(SecretError, match="PASSWORD, which is not set"):
        open_mail(587, host="mail.acme.example", security="tls", username="headwater", password_env="PASSWORD")
    with pytest.raises(SecretError, match="must be ASCII") as raised:
        open_mail(587, "Größe", host="mail.acme.example", security="tls", username="me", password_env="PASSWORD")
    assert "Größe" not in str(raised.value)


def test_both_parts_of_a_mail_survive_the_way(server: SmtpCatcher) -> None:
    send(open_mail(server.port), subject="модель-モデル-😀")
    mail = server.mails[0].message
    assert mail.policy == policy.default
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert "модель-モデル-😀" in part.get_content()
