"""Where a process answers operators' tools."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from monitor.config.base import Model
from snapshots.web.settings import Address, WebError
from snapshots.web.settings import parse_bind as parse_whole

LOOPBACK = "127.0.0.1"


def parse_bind(text: str) -> Address:
    """`9464`, `127.0.0.1:9464` or `[::1]:9464` as an address; a port alone is one of the loopback.

    Raises:
        ValueError: it is none; the message says what to write.
    """
    host, _, port = text.strip().rpartition(":")
    try:
        return parse_whole(f"{host or LOOPBACK}:{port}")
    except WebError as error:
        message = f'"{text}" is no address to listen at. Write a port, or host and port: {LOOPBACK}:9464.'
        raise ValueError(message) from error


def _good_bind(text: str) -> str:
    parse_bind(text)
    return text


class OpsSettings(Model):
    """What operators' tools may ask, and where."""

    bind: Annotated[str, AfterValidator(_good_bind)] | None = Field(
        default=None,
        description="Serve /healthz, /readyz and /metrics here: a port of the loopback, or host:port. null: nowhere.",
    )
