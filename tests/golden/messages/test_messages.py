"""Messages as people get them, word for word; `HEADWATER_WRITE_GOLDEN=1` in the environment writes them anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from alerts.render.email import mail
from alerts.render.message import Coverage, Digest, Message, compose, compose_digest, compose_test
from alerts.render.notes import decision_line
from alerts.render.notice import compose_notice
from alerts.render.reminder import compose_reminder
from alerts.render.resolved import compose_resolved
from alerts.render.slack import slack_messages, slack_note, slack_replies
from alerts.render.standing import standing
from alerts.render.summary import compose_summary
from snapshots.decided import Decided
from snapshots.journal import Entry
from snapshots.lasted import Lasted
from snapshots.review import Action
from tests.golden.files import assert_golden
from tests.unit.alerts_render.samples import (
    NOW,
    a_day,
    a_first_reading,
    a_reminder,
    endpoint_expiry,
    entry,
    license_change,
    many,
    prices_by_band,
    two_aliases,
)

HERE = Path(__file__).parent
AUGUST = datetime(2026, 8, 17, 9, 40, tzinfo=UTC)
COVERAGE = Coverage(checks=3412, sources=37, unchanged=3398, new_versions=2, untrusted=12, attention=("cohere-models",))


def told(entries: list[Entry], now: datetime = NOW, lasted: Mapping[int, Lasted] = MappingProxyType({})) -> Message:
    return compose(
        entries, now=now, lasted=lasted, delivery_id="01JSM3K7Q2", incident="I-2041", public_url="https://headwater.example.org",
        also_told=("Slack #llm-platform",), route="aliases, at once",
    )  # fmt: skip


def notice(topic: str, **payload: str) -> Message:
    about = {"topic": topic, "since": "2026-04-24T08:00:00Z", **payload}
    return compose_notice(about, now=NOW, delivery_id="01JSM3K7Q7", incident="I-2042", url="https://docs.acme.example/")


def later(earlier: list[Entry]) -> Message:
    """What is told three days later in the incident of two aliases."""
    at = datetime(2026, 4, 27, 9, 5, tzinfo=UTC)
    moved = entry(
        "shutdown-date-moved-earlier", "deepseek-chat", "retirement_date", "2026-07-24T15:59:00Z",
        "2026-06-30T15:59:00Z", number=90, at=at, quote="`deepseek-chat` retires on 2026-06-30, 15:59 UTC.",
        heading=("Change Log", "Date: 2026-04-27"),
    )  # fmt: skip
    first = told(earlier)
    return replace(
        told([moved], at), conversation=first.headline, told_first="24 Apr 2026, 14:06 UTC",
        standing=standing([*earlier, moved], at),
    )  # fmt: skip


def resolved() -> Message:
    """The last word of the incident of two aliases."""
    said = {
        "stated": "2026-07-24T15:59:00Z", "precision": "instant", "ends": "2026-07-24T15:59:00+00:00",
        "source_title": "DeepSeek change log", "url": "https://api-docs.deepseek.com/updates",
        "announced": "2026-04-24T00:00:00+00:00", "acknowledged_by": "mara",
        "acknowledged_at": "2026-04-27T09:02:00+00:00",
    }  # fmt: skip
    ends = [{**said, "subject": name} for name in ("deepseek-chat", "deepseek-reasoner")]
    made = compose_resolved(
        {"ends": ends}, delivery_id="01JSM3K7Q8", incident="I-2041", route="aliases, at once",
        public_url="https://headwater.example.org",
    )  # fmt: skip
    now = datetime(2026, 7, 24, 16, 0, tzinfo=UTC)
    return replace(
        made, conversation=told(two_aliases()).headline, told_first="24 Apr 2026, 14:06 UTC",
        standing=standing(two_aliases(), now),
    )  # fmt: skip


DECIDED = Decided(
    "team", "I-2041", "mara", Action.ACKNOWLEDGE, datetime(2026, 4, 27, 9, 2, tzinfo=UTC),
    "Evaluation passes, switch planned for May.", None, (1,),
)  # fmt: skip

CASES: dict[str, Callable[[], Message | Digest]] = {
    "two-aliases-retargeted-and-retiring": lambda: told(two_aliases(), lasted={1: Lasted(144, stated=True)}),
    "later-news": lambda: later(two_aliases()),
    "resolved": resolved,
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


def test_a_decision_reads_as_agreed_on_the_first_message_and_in_the_thread() -> None:
    message = replace(told(two_aliases()), decision=decision_line(DECIDED), remark=DECIDED.text)
    written = [*slack_messages(message, buttons=True), slack_note(message)]
    assert_golden(HERE / "decision.slack-bot.json", written)


@pytest.mark.parametrize("name", CASES)
def test_a_message_reads_as_agreed(name: str) -> None:
    message = CASES[name]()
    written = mail(message)
    is_later = isinstance(message, Message) and message.told_first
    payloads = slack_replies(message) if is_later else slack_messages(message)  # type: ignore[arg-type]
    slack = json.dumps(payloads, ensure_ascii=False, indent=2) + "\n"
    forms = {"slack.json": slack, "txt": f"Subject: {written.subject}\n\n{written.text}", "html": written.html}
    for form, text in forms.items():
        golden = HERE / f"{name}.{form}"
        if os.environ.get("HEADWATER_WRITE_GOLDEN"):
            golden.write_text(text, encoding="utf-8")
        assert golden.read_text(encoding="utf-8") == text, (
            f"{golden.name} differs; HEADWATER_WRITE_GOLDEN=1 writes it anew"
        )
