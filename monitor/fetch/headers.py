"""Headers that belong to one source: plain ones from the file, a secret one from the environment or another file."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from monitor.config.base import Model
from snapshots.secrets import SecretError, demand_one, read_secret

HIDDEN = "***"
_LONGEST = 1_000
# Shorter ones would mask common words of a page; no service hands out such keys.
_SHORTEST_MASKED = 6
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRET = re.compile(r"authorization|cookie|(?:^|-)(?:api-?)?key$|token|secret|password", re.IGNORECASE)
# What the client itself says: about the connection, the validators, and who we are.
_OURS = re.compile(
    r"connection|content-length|host|if-[\w-]+|keep-alive|proxy-[\w-]+|range|te|trailer|transfer-encoding|upgrade"
    r"|user-agent|accept-encoding",
    re.IGNORECASE,
)


def _header_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        message = f'"{value}" is not the name of a header.'
        raise ValueError(message)
    if _OURS.fullmatch(value):
        message = f"headwater sets {value} itself."
        raise ValueError(message)
    return value


def _plain_headers(value: dict[str, str]) -> dict[str, str]:
    for name, content in value.items():
        _header_name(name)
        if _SECRET.search(name):
            message = f"{name} looks like a secret, which does not belong into the file. Name it under `credentials`."
            raise ValueError(message)
        if not content.isascii() or not content.isprintable() or len(content) > _LONGEST:
            message = f"the value of {name} must be one line of printable ASCII, at most {_LONGEST:,} characters."
            raise ValueError(message)
    return value


PlainHeaders = Annotated[dict[str, str], AfterValidator(_plain_headers)]
HeaderName = Annotated[str, AfterValidator(_header_name)]


class Credentials(Model):
    """One secret header, sent to the source's own origin only.

    `Authorization: Bearer TOKEN` (RFC 6750) by default; with `username`, `Basic` (RFC 7617); in another header the
    token stands alone.
    """

    header: HeaderName = Field(default="Authorization", description="The header that carries the secret.")
    username: str | None = Field(default=None, description="For Basic authentication; the token is the password.")
    token_env: str | None = Field(default=None, description="Environment variable that holds the secret.")
    token_file: str | None = Field(default=None, description="File that holds the secret.")

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        demand_one("token", self.token_env, self.token_file)
        if self.username is not None and (":" in self.username or not self.username.isprintable()):
            message = "a user name for Basic authentication is one line without a colon (RFC 7617)."
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True)
class OwnHeaders:
    """The headers of a source, ready to send, and every writing of its secret that must not be seen."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def masked(self, text: str) -> str:
        """The text with every secret shown as `***`."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        return text

    def masked_bytes(self, body: bytes) -> bytes:
        """The bytes with every secret shown as `***`: a page may repeat what it was sent."""
        for secret in self.secrets:
            body = body.replace(secret.encode(), HIDDEN.encode())
        return body


NO_HEADERS = OwnHeaders()


def read_headers(
    plain: Mapping[str, str], credentials: Credentials | None, environ: Mapping[str, str], folder: Path
) -> OwnHeaders:
    """The headers of a source with its secret read; a relative `token_file` starts at `folder`.

    Raises:
        SecretError: the secret cannot be read, or cannot stand in a header; the message never shows it.
    """
    if credentials is None:
        return OwnHeaders(dict(plain))
    told = credentials.token_env or credentials.token_file
    token = read_secret("token", env=credentials.token_env, file=credentials.token_file, environ=environ, folder=folder)
    if not token.isascii() or not token.isprintable() or token != token.strip():
        message = f"the secret that {told} holds cannot stand in a header: it must be one line of printable ASCII."
        raise SecretError(message)
    if len(token) < _SHORTEST_MASKED:
        message = f"the secret that {told} holds has fewer than {_SHORTEST_MASKED} characters, which is no secret."
        raise SecretError(message)
    value, known = token, [token]
    if credentials.username is not None:
        pair = base64.b64encode(f"{credentials.username}:{token}".encode()).decode()
        value, known = f"Basic {pair}", [token, pair]
    elif credentials.header.lower() == "authorization":
        value = f"Bearer {token}"
    return OwnHeaders({**plain, credentials.header: value}, tuple(known))
