"""What a channel is, and how it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from types import MappingProxyType
from typing import ClassVar, Protocol

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

    @property
    def disables(self) -> bool:
        """Whether no other message gets through either: who we are is not accepted, or the place is not there."""
        return not self.retryable and self.reason in (Reason.AUTHENTICATION, Reason.NOT_FOUND)

    @property
    def holds(self) -> bool:
        """Whether the next message to the same place would very likely fail as well."""
        return self.retryable and self.reason not in (Reason.REJECTED, Reason.FAULT)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message was taken. `message_id` is what later news of the incident refer to.

    `more` says that only the next part of a long message was: the delivery is not over, and the channel's rate asks
    for a pause before the part that follows.
    """

    message_id: str
    more: bool = False


class Progress:
    """What was taken of one delivery by earlier attempts: parts of a long message, recipients of a mail.

    This one forgets with the process; the delivery's own keeps each part in a row as soon as it was taken.
    """

    def __init__(self, taken: Mapping[str, str] = MappingProxyType({})) -> None:
        """Begin with the parts that were taken: the receiver's message id by the part's name."""
        self.taken = dict(taken)

    def take(self, part: str, message_id: str) -> None:
        """Remember that a part was taken."""
        self.taken[part] = message_id


class ChannelConfig(BaseModel):
    """Common to all channels."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    keeps_first_message: ClassVar[bool] = False
    """Whether decisions are told here: upon the incident's first message and in its thread."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._#-]{0,127}$", description="How routes and people call it.")
    fallback: str = Field(default="", description="The channel that is told, once, when this one takes no messages.")
    messages_per_minute: int | None = Field(
        default=None, ge=1, le=6_000, description="Never more; what is above it waits its turn. null: no limit."
    )

    @property
    def gap(self) -> timedelta:
        """The shortest time between two messages."""
        return timedelta(minutes=1) / self.messages_per_minute if self.messages_per_minute else timedelta()


class Channel(Protocol):
    """Sends messages to one place."""

    @property
    def config(self) -> ChannelConfig:
        """What was configured."""
        ...

    @property
    def name(self) -> str:
        """The configured name."""
        ...

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,
        now: datetime,
        progress: Progress | None = None,
    ) -> Receipt:
        """Send one message, or the next part of one.

        `delivery_id` travels with it, so that a receiver can drop a repeat; `thread` is the message id of the first
        message of the same incident on this channel. What `progress` has was taken already and is not sent again;
        without one nothing was.

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
