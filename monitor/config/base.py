"""What the models of the configuration have in common."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict


class Model(BaseModel):
    """Base of all configuration models."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = f'"{value}" is not a web address. Write https://host/path.'
        raise ValueError(message)
    if parts.username or parts.password:
        message = "A web address must not hold a password."
        raise ValueError(message)
    return value


def _web_address_or_none(value: str) -> str:
    return _web_address(value) if value else value


WebAddress = Annotated[str, AfterValidator(_web_address)]
WebAddressOrNone = Annotated[str, AfterValidator(_web_address_or_none)]
"""A web address; empty where there is none."""
