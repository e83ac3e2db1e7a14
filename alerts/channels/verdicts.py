"""The one table of what went wrong to what is done about it: every status, word, code and exception has its row.

A reason that is not retryable and says that we are not accepted or that the place is not there (`authentication`,
`not-found`) disables the channel; another reason that is not retryable gives up the one message.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from alerts.channels.base import DeliveryError, Reason


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a message was not taken and whether the same message may be taken later."""

    reason: Reason
    retryable: bool


_LATER = Verdict(Reason.SERVER_ERROR, retryable=True)
_WAIT = Verdict(Reason.RATE_LIMITED, retryable=True)
_NOT_THIS_ONE = Verdict(Reason.REJECTED, retryable=False)
_NOT_US = Verdict(Reason.AUTHENTICATION, retryable=False)
_NOT_THERE = Verdict(Reason.NOT_FOUND, retryable=False)

# RFC 9110 section 15. What the message is not to blame for: a proxy without a login, a time-out, a wrong connection, a
# request too early. A redirect is never followed: the address holds the secret, and a POST may become a GET.
_STATUSES: Mapping[int, Verdict] = {
    401: _NOT_US,
    403: _NOT_US,
    404: _NOT_THERE,
    407: _LATER,
    408: _LATER,
    410: _NOT_THERE,
    421: _LATER,
    425: _LATER,
    429: _WAIT,
    **dict.fromkeys(range(300, 400), _NOT_THERE),
    **dict.fromkeys((400, 402, 405, 406, 409, *range(411, 421), *range(422, 425), *range(426, 429)), _NOT_THIS_ONE),
    **dict.fromkeys(range(430, 500), _NOT_THIS_ONE),
}

# https://docs.slack.dev/reference/methods/chat.postMessage#errors; a word that is not here is about the one message.
_SLACK_WORDS: Mapping[str, Verdict] = {
    **dict.fromkeys(
        (
            "access_denied",
            "account_inactive",
            "as_user_not_supported",
            "ekm_access_denied",
            "enterprise_is_restricted",
            "invalid_auth",
            "invalid_token",
            "missing_scope",
            "no_permission",
            "not_allowed_token_type",
            "not_authed",
            "not_in_channel",
            "org_login_required",
            "restricted_action",
            "team_access_not_granted",
            "token_expired",
            "token_revoked",
            "two_factor_setup_required",
        ),
        _NOT_US,
    ),
    **dict.fromkeys(("channel_not_found", "is_archived", "channel_is_archived", "no_service", "no_team"), _NOT_THERE),
    **dict.fromkeys(("ratelimited", "rate_limited", "message_limit_exceeded"), _WAIT),
    **dict.fromkeys(
        (
            "fatal_error",
            "internal_error",
            "request_timeout",
            "rollup_error",
            "service_unavailable",
            "team_added_to_org",
        ),
        _LATER,
    ),
}

# RFC 5321 section 4.2.3 and RFC 4954 section 6: who we are is not accepted here.
_SMTP_LOGINS = frozenset({530, 534, 535, 538})
# RFC 5321 section 4.2.3 and RFC 7504: there is no such mailbox.
_SMTP_NOBODY = frozenset({550, 551, 553, 556})


def of_status(status: int) -> Verdict:
    """What an HTTP status means; 2xx that is no success of the protocol, and everything unknown, may pass."""
    return _STATUSES.get(status, _LATER)


def of_slack_word(word: str) -> Verdict:
    """What Slack's API says with `{"ok": false, "error": word}`."""
    return _SLACK_WORDS.get(word, _NOT_THIS_ONE)


def of_reply(code: int) -> Verdict:
    """What a mail server's reply to a mail means (RFC 5321 section 4.2.1): everything but 5xx may be over later."""
    if not 500 <= code < 600:
        return _LATER
    return _NOT_US if code in _SMTP_LOGINS else _NOT_THIS_ONE


def of_recipients(codes: Mapping[str, int], *, reached: bool) -> Verdict:
    """What it means that these recipients were refused with these codes; `reached` when others have the mail."""
    if any(not 500 <= code < 600 for code in codes.values()):
        return Verdict(Reason.REJECTED, retryable=True)
    nobody = all(code in _SMTP_NOBODY for code in codes.values())
    return _NOT_THERE if nobody and not reached else _NOT_THIS_ONE


def of_exception(error: BaseException, host: str) -> DeliveryError:
    """The failure behind an exception of a client, in words that hold nothing but the host."""
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return DeliveryError(Reason.TIMEOUT, f"{host} did not answer in time.", retryable=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return DeliveryError(Reason.TLS, f"The certificate of {host} is not trusted.", retryable=True)
    if isinstance(error, ssl.SSLError):
        return DeliveryError(Reason.TLS, f"{host} does not speak TLS as expected.", retryable=True)
    if isinstance(error, OSError) and error.strerror:
        return DeliveryError(Reason.UNREACHABLE, f"{host} cannot be reached ({error.strerror}).", retryable=True)
    said = type(error).__name__
    return DeliveryError(Reason.UNREACHABLE, f"The connection to {host} broke ({said}).", retryable=True)


def retry_after(header: str) -> timedelta | None:
    """The wait in seconds that was asked for (RFC 9110 section 10.2.3); a date there is left to our own waits."""
    return timedelta(seconds=int(header[:6])) if header.isascii() and header.isdigit() else None
