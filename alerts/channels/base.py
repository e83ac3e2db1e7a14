"""What a channel is, and how it fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from alerts.render.message import Digest, Message


class Reason(StrEnum):
    """Why a message was not taken."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    AUTHENTICATION = "authentication"
    NOT_FOUND = "not-found"
    REJECTED = "rejected"
    TLS = "tls"
    FAULT = "fault"


class DeliveryError(Exception):
    """A message was not taken. `detail` is a sentence for people without any secret."""

    def __init__(self, reason: Reason, detail: str, *, retryable: bool, retry_after: timedelta | None = None) -> None:
        """Keep the typed decision beside the sentence."""
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.retryable = retryable
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message was taken. `message_id` is what later news of the incident refer to."""

    message_id: str


class ChannelConfig(BaseModel):
    """Common to all channels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._#-]{0,127}$", description="How routes and people call it.")


class Channel(Protocol):
    """Sends messages to one place."""

    @property
    def name(self) -> str:
        """The configured name."""
        ...

    def send(self, message: Message | Digest, *, delivery_id: str, thread: str | None, now: datetime) -> Receipt:
        """Send one message.

        `delivery_id` travels with it, so that a receiver can drop a repeat; `thread` is the message id of the first
        message of the same incident on this channel.

        Raises:
            DeliveryError: it was not taken.
        """
        ...


def is_near(host: str) -> bool:
    """Whether a host is this machine or a container beside it, whose name has no dot: it may be spoken to in clear."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host
    return address.is_loopback
