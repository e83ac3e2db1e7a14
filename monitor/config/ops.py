"""Where a process answers operators' tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port to listen at."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_bind(text: str) -> Address:
    """`9464`, `127.0.0.1:9464` or `[::1]:9464` as an address; a port alone is one of the loopback.

    Raises:
        ValueError: it is none; the message says what to write.
    """
    host, _, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or LOOPBACK
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        message = f'"{text}" is no address to listen at. Write a port, or host and port: {LOOPBACK}:9464.'
        raise ValueError(message)
    return Address(host, int(port))


def _good_bind(text: str) -> str:
    parse_bind(text)
    return text


class OpsSettings(BaseModel):
    """What operators' tools may ask, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bind: Annotated[str, AfterValidator(_good_bind)] | None = Field(
        default=None,
        description="Serve /healthz, /readyz and /metrics here: a port of the loopback, or host:port. null: nowhere.",
    )
