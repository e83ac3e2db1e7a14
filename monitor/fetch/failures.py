"""Why there is no answer, in words for people. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx2

from monitor.fetch.guard import DeadlineError, RefusedAddressError
from monitor.fetch.model import FailureKind
from monitor.fetch.resolve import UnresolvedError

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SHOWN = 200


class NoAnswerError(Exception):
    """There is no answer to believe: `detail` is a sentence, `after` how long the other side wants to be left alone."""

    def __init__(self, kind: FailureKind, detail: str, after: timedelta | None = None) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.after = kind, detail, after


def shown(text: str) -> str:
    """What the other side says, fit for a sentence: short and without control characters."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text[:_SHOWN])


def failure_of(error: Exception, url: str) -> NoAnswerError | None:
    """What an error means that came up while an address was asked; `None` for one that is our own mistake."""
    said = shown(str(error))
    try:
        host = httpx2.URL(url).host
    except (httpx2.InvalidURL, ValueError):
        return NoAnswerError(FailureKind.REFUSED, f"{shown(url)} is not a web address ({said}).")
    match error:
        case RefusedAddressError():
            return NoAnswerError(FailureKind.REFUSED, str(error))
        case UnresolvedError():
            return NoAnswerError(FailureKind.DNS, str(error))
        case DeadlineError() | httpx2.TimeoutException():
            return NoAnswerError(FailureKind.TIMEOUT, f"{host} did not answer in time.")
        case httpx2.ConnectError() if "CERTIFICATE" in said.upper():
            return NoAnswerError(FailureKind.TLS, f"The certificate of {host} is not trusted: {said}.")
        case httpx2.ConnectError() if "SSL" in said.upper():
            return NoAnswerError(FailureKind.TLS, f"{host} and headwater found no way to encrypt: {said}.")
        case httpx2.ConnectError():
            return NoAnswerError(FailureKind.CONNECTION, f"{host} cannot be reached: {said}.")
        case httpx2.ProxyError():
            return NoAnswerError(FailureKind.CONNECTION, f"The proxy did not let us through to {host}: {said}.")
        case httpx2.NetworkError():
            return NoAnswerError(
                FailureKind.CONNECTION, f"The connection to {host} broke: {said or 'no reason given'}."
            )
        case httpx2.ProtocolError() | httpx2.InvalidURL() | httpx2.UnsupportedProtocol():
            return NoAnswerError(FailureKind.INVALID_RESPONSE, f"{host} did not speak HTTP properly: {said}.")
    return None
