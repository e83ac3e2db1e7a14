"""Messages as people get them, word for word; `HEADWATER_WRITE_GOLDEN=1` in the environment writes them anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.render.email import mail
from alerts.render.message import Coverage, Digest, Message, compose, compose_digest, compose_test
from alerts.render.notice import compose_notice
from alerts.render.reminder import compose_reminder
from alerts.render.slack import slack_messages
from alerts.render.summary import compose_summary
from snapshots.journal import Entry
from tests.unit.alerts_render.samples import (
    NOW,
    a_day,
    a_first_reading,
    a_reminder,
    endpoint_expiry,
    license_change,
    many,
    prices_by_band,
    two_aliases,
)

HERE = Path(__file__).parent
AUGUST = datetime(2026, 8, 17, 9, 40, tzinfo=UTC)
COVERAGE = Coverage(checks=3412, sources=37, unchanged=3398, new_versions=2, untrusted=12, attention=("cohere-models",))


def told(entries: list[Entry], now: datetime = NOW) -> Message:
    return compose(
        entries, now=now, delivery_id="01JSM3K7Q2", incident="I-2041", public_url="https://headwater.example.org",
        also_told=("Slack #llm-platform",), route="aliases, at once",
    )  # fmt: skip


def notice(topic: str, **payload: str) -> Message:
    about = {"topic": topic, "since": "2026-04-24T08:00:00Z", **payload}
    return compose_notice(about, now=NOW, delivery_id="01JSM3K7Q7", incident="I-2042", url="https://docs.acme.example/")


CASES: dict[str, Callable[[], Message | Digest]] = {
    "two-aliases-retargeted-and-retiring": lambda: told(two_aliases()),
    "license-changed": lambda: told(license_change()),
    "endpoint-expiry": lambda: compose(
        endpoint_expiry(), now=datetime(2025, 12, 1, 9, tzinfo=UTC), delivery_id="01JE", incident="I-7"
    ),
    "prices-by-band": lambda: told(prices_by_band(), AUGUST),
    "two-hundred-changes": lambda: told(many()),
    "digest": lambda: compose_digest(
        a_day(), now=AUGUST, delivery_id="01JSM3K7Q3", public_url="https://headwater.example.org", coverage=COVERAGE
    ),
    "first-reading": lambda: compose_summary(a_first_reading(), now=AUGUST, delivery_id="01JSM3K7Q5"),
    "reminder": lambda: compose_reminder(a_reminder(), now=NOW, delivery_id="01JSM3K7Q6", route="platform"),
    "source-failing": lambda: notice("source-failing", outcome="shell", detail="no table of prices", source_id="acme"),
    "source-recovered": lambda: notice("source-recovered", source_id="acme", until="2026-04-24T14:00:00Z"),
    "channel-failing": lambda: notice("channel-failing", channel="#llm-platform", detail="channel_not_found"),
    "checks-stale": lambda: notice("checks-stale"),
    "test-message": lambda: compose_test("#llm-platform", now=NOW, delivery_id="01JSM3K7Q4"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_message_reads_as_agreed(name: str) -> None:
    message = CASES[name]()
    written = mail(message)
    slack = json.dumps(slack_messages(message), ensure_ascii=False, indent=2) + "\n"
    forms = {"slack.json": slack, "txt": f"Subject: {written.subject}\n\n{written.text}", "html": written.html}
    for form, text in forms.items():
        golden = HERE / f"{name}.{form}"
        if os.environ.get("HEADWATER_WRITE_GOLDEN"):
            golden.write_text(text, encoding="utf-8")
        assert golden.read_text(encoding="utf-8") == text, (
            f"{golden.name} differs; HEADWATER_WRITE_GOLDEN=1 writes it anew"
        )
