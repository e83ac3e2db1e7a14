"""The table of verdicts: complete, and careful with what it calls final."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest

from alerts.channels import DeliveryError, Reason
from alerts.channels.verdicts import of_exception, of_recipients, of_reply, of_slack_word, of_status, retry_after
from alerts.retry import LONGEST_HOLD, LONGEST_RETRY_AFTER, SHORTEST_WAIT, hold_until

NOON = datetime(2026, 4, 24, 12, 0, tzinfo=UTC)


def test_every_status_has_a_verdict_and_only_4xx_and_redirects_are_final() -> None:
    final = {status for status in range(100, 600) if not of_status(status).retryable}
    assert final == {*range(300, 500)} - {407, 408, 421, 425, 429}


def test_what_is_final_for_a_channel_is_that_we_or_it_are_unknown() -> None:
    disabling = {
        status
        for status in range(100, 600)
        if DeliveryError(of_status(status).reason, "", retryable=of_status(status).retryable).disables
    }
    assert disabling == {401, 403, 404, 410, *range(300, 400)}


@pytest.mark.parametrize("code", range(400, 600))
def test_every_reply_of_a_mail_server_has_a_verdict(code: int) -> None:
    assert of_reply(code).retryable is (code < 500)


def test_a_recipient_that_may_come_later_outweighs_one_that_never_will() -> None:
    assert of_recipients({"a": 450, "b": 550}, reached=False).retryable
    assert of_recipients({"a": 550}, reached=True).reason is Reason.REJECTED
    assert of_recipients({"a": 550}, reached=False).reason is Reason.NOT_FOUND


def test_a_word_that_nobody_knows_concerns_the_one_message() -> None:
    assert (of_slack_word("new_word").reason, of_slack_word("new_word").retryable) == (Reason.REJECTED, False)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), Reason.TIMEOUT),
        (ssl.SSLCertVerificationError(1, "no"), Reason.TLS),
        (ssl.SSLError(1, "wrong version"), Reason.TLS),
        (ConnectionRefusedError(111, "Connection refused"), Reason.UNREACHABLE),
        (ConnectionResetError(), Reason.UNREACHABLE),
        (socket.gaierror(-2, "Name or service not known"), Reason.UNREACHABLE),
        (ValueError("https://HIDDEN"), Reason.UNREACHABLE),
    ],
)
def test_every_exception_may_pass_and_tells_the_host_alone(error: Exception, reason: Reason) -> None:
    failure = of_exception(error, "hooks.example")
    assert (failure.reason, failure.retryable) == (reason, True)
    assert "hooks.example" in failure.detail
    assert "HIDDEN" not in failure.detail


@pytest.mark.parametrize(("header", "seconds"), [("30", 30), ("0", 0), ("", None), ("soon", None), ("-1", None)])
def test_a_wish_to_wait_is_a_number_of_seconds(header: str, seconds: int | None) -> None:
    assert retry_after(header) == (None if seconds is None else timedelta(seconds=seconds))


def hold(failures: int, *, channel: str = "team", asked: timedelta | None = None) -> timedelta:
    error = DeliveryError(Reason.UNREACHABLE, "gone", retryable=True, retry_after=asked)
    return hold_until(error, failures=failures, channel=channel, now=NOON) - NOON


def test_a_channel_is_left_alone_ever_longer_up_to_five_minutes() -> None:
    holds = [hold(failures) for failures in range(1, 60)]
    assert SHORTEST_WAIT <= holds[0] <= SHORTEST_WAIT * 1.2
    assert all(LONGEST_HOLD <= late <= LONGEST_HOLD * 1.2 for late in holds[9:])
    assert hold(5) == hold(5) != hold(5, channel="mail")


def test_a_channel_that_asks_to_wait_is_left_alone_so_long() -> None:
    assert hold(9, asked=timedelta(hours=2)) == timedelta(hours=2)
    assert hold(9, asked=timedelta()) == SHORTEST_WAIT
    assert hold(9, asked=timedelta(days=9)) == LONGEST_RETRY_AFTER
