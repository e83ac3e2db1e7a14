"""HTTP towards addresses that people configured: no redirects, short answers, and addresses that are secrets.

Private addresses are allowed here: an operator chose them, unlike those that upstream pages name.
"""

from __future__ import annotations

import logging
from http.client import HTTPMessage
from typing import IO
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from alerts.channels.base import is_near
from snapshots.secrets import SecretError

TIMEOUT_SECONDS = 10
LONGEST_ANSWER = 10_000

# Clients write the address or the token, which are the secrets, to their logs.
SILENT = logging.getLogger(f"{__name__}.client")
SILENT.disabled = True


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow nothing: the secret would go with it, and a POST that became a GET tells nobody anything."""


def direct_opener() -> OpenerDirector:
    """An opener that raises `HTTPError` for a redirect instead of following it."""
    return build_opener(_NoRedirects)


def secret_host(name: str, url: str) -> str:
    """The host of the address that the secret `name` holds.

    Raises:
        SecretError: it is no web address, or would travel in the clear beyond this machine.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    whole = url.isascii() and url.isprintable() and " " not in url
    if not host or not whole or parts.scheme not in ("http", "https"):
        message = f"{name} is not a web address. Copy it anew from where it was made."
        raise SecretError(message)
    if parts.scheme != "https" and not is_near(host):
        message = f"{name} must begin with https: the address is a secret and must not travel in the clear."
        raise SecretError(message)
    return host
