"""What `headwater alerts test` sends."""

from __future__ import annotations

from datetime import datetime

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
