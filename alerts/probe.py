"""Whether a channel works: what `headwater alerts test` sends, and what `headwater doctor` asks without sending."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from alerts.channels.base import Channel, Receipt
from alerts.render.message import compose_test
from snapshots.deliveries import delivery_id


def send_test(channel: Channel, *, now: datetime) -> Receipt:
    """Send a message that says it is a test.

    Raises:
        DeliveryError: it was not taken.
    """
    made = delivery_id(now, "test", channel.name)
    return channel.send(compose_test(channel.name, now=now, delivery_id=made), delivery_id=made, thread=None, now=now)


@runtime_checkable
class Reachable(Protocol):
    """A channel that can be spoken to without a message."""

    def reach(self) -> str:
        """Go as far as a message would, and send none; return what was seen, as the end of a sentence.

        Raises:
            DeliveryError: a message would not get through.
        """
        ...


def reach(channel: Channel) -> str:
    """What was seen of the service behind a channel; empty for a channel that has none, or no way to ask it.

    Raises:
        DeliveryError: a message would not get through.
    """
    return channel.reach() if isinstance(channel, Reachable) else ""
