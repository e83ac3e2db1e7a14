"""A message for tests of what carries it; its words are tested with the renderers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from alerts.render.message import Message, compose_test
from snapshots.wording.spans import code, line

NOON = datetime(2026, 4, 24, 12, 0, tzinfo=UTC)
DELIVERY = "01KPZNRWG0NWM9SB1GG9GZH5PD"


def a_message(subject: str = "acme-chat") -> Message:
    """A short message about `subject`."""
    made = compose_test("team", now=NOON, delivery_id=DELIVERY)
    return replace(made, claim=line(code(subject), " now means Acme-2"), incident="cafe0123", test=False)
