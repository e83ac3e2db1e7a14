"""Secrets: from the environment or from a file, never from the configuration itself, never in a message.

A configuration model that needs the secret `token` has the fields `token_env` and `token_file`; exactly one is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_LONGEST = 8_192


class SecretError(Exception):
    """A secret cannot be read; the message says which and where from, never its value."""


def read_secret(name: str, *, env: str | None, file: str | None, environ: Mapping[str, str], folder: Path) -> str:
    """The value of the secret `name`. A relative `file` starts at `folder`; a trailing line break is dropped.

    Raises:
        SecretError: the variable is not set, the file cannot be read, is empty or too long.
    """
    if env is not None:
        if not (value := environ.get(env, "")):
            message = f"{name}_env names the environment variable {env}, which is not set."
            raise SecretError(message)
        return value
    assert file is not None, "the model of the configuration demands one of the two"
    try:
        with (folder / file).open(encoding="utf-8") as opened:
            value = opened.read(_LONGEST + 1).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        message = f"{name}_file names {file}, which cannot be read ({reason})."
        raise SecretError(message) from None  # A decoding error carries what it could not decode.
    if not value:
        message = f"{name}_file names {file}, which is empty."
        raise SecretError(message)
    if len(value) > _LONGEST:
        message = f"{name}_file names {file}, which is too long to be a secret."
        raise SecretError(message)
    return value


def demand_one(name: str, env: str | None, file: str | None) -> None:
    """Check that a secret is named exactly once.

    Raises:
        ValueError: with a sentence, for the model's validator.
    """
    if env is not None and file is not None:
        message = f"give `{name}_env` or `{name}_file`, not both."
        raise ValueError(message)
    if env is None and file is None:
        message = f"`{name}_env` or `{name}_file` is missing: the secret itself does not belong into the file."
        raise ValueError(message)
