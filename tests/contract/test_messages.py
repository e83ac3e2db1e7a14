"""What every change kind owes its readers, whichever channel carries it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.render.brief import MOST_CHARACTERS as MOST_BRIEF
from alerts.render.brief import brief
from alerts.render.email import Mail, mail
from alerts.render.message import Message, compose, compose_digest, compose_test
from alerts.render.slack import MOST_BLOCKS, MOST_CHARACTERS, slack_messages, slack_replies
from alerts.render.webhook import webhook_body
from snapshots.changes.catalogue import KINDS, kind_of
from snapshots.changes.model import Area, Level
from snapshots.facts import Precision
from snapshots.journal import Entry
from snapshots.wording.phrases import PHRASES
from tests.unit.alerts_render.samples import NOW, USD, entry, many

LONG = "https://models.example.org/" + "very-" * 60 + "long-name"
HOSTILE = (
    "<!channel> <http://evil.example|click> @here `rm` *b*\r\n"
    "Bcc: all@example.org\u202e\u200b<script>alert(1)</script>{{ 7*7 }}"
)
AHEAD: dict[str, Any] = {"effective_at": datetime(2026, 9, 1, 8, tzinfo=UTC), "effective_precision": Precision.INSTANT}
ATTRIBUTES = {
    Area.PRICE: "output_price",
    Area.LIMIT: "context_window",
    Area.ENDPOINT: "parameter",
    Area.CAPABILITY: "json_output",
    Area.ALIAS: "target",
}


def change(kind: str, subject: str, before: str | None, after: str | None, **more: Any) -> Entry:
    more.setdefault("qualifier", "peak" if kind_of(kind).area is Area.PRICE else "temperature")
    attribute = ATTRIBUTES.get(kind_of(kind).area, "status")
    return entry(
        kind,
        subject,
        attribute,
        before,
        after,
        quote="Words. Other words.",
        heading=("Page",),
        before_detail=USD,
        after_detail=USD,
        **more,
    )


def told(*entries: Entry) -> Message:
    return compose(
        entries,
        now=NOW,
        delivery_id="01JSM3K7Q2",
        incident="I-1",
        public_url="https://headwater.example.org",
        route="all",
    )


def strings(payload: Any) -> list[str]:
    if isinstance(payload, dict):
        return [text for value in payload.values() for text in strings(value)]
    if isinstance(payload, list):
        return [text for value in payload for text in strings(value)]
    return [payload] if isinstance(payload, str) else []


def assert_within_slacks_limits(payload: dict[str, Any]) -> None:
    assert payload["text"]
    assert 0 < len(payload["blocks"]) <= MOST_BLOCKS
    assert len(json.dumps(payload["blocks"], ensure_ascii=False)) <= MOST_CHARACTERS
    for block in payload["blocks"]:
        if block["type"] == "header":
            assert 0 < len(block["text"]["text"]) <= 150
        for text in [block["text"]] if block["type"] == "section" and "text" in block else []:
            assert 0 < len(text["text"]) <= 3000
        fields, elements = block.get("fields", []), block.get("elements", [])
        assert len(fields) <= 10
        assert len(elements) <= 10
        assert all(0 < len(each["text"]) <= 2000 for each in (*fields, *elements))


def assert_complete_mail(written: Mail) -> None:
    assert written.subject
    assert "\n" not in written.subject
    assert "\r" not in written.subject
    assert len(written.html.encode()) < 60_000
    assert all(len(line.encode()) < 900 for line in written.html.splitlines())
    assert all(len(line) <= 72 or " " not in line.strip("> ") for line in written.text.splitlines())
    assert "Delivery" in written.text
    assert "Delivery" in written.html


def test_every_kind_has_its_words_and_no_others_have() -> None:
    assert set(PHRASES) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("before", "after"), [("1", "2"), (None, "2"), ("1", None), ("2026-05-01", "2026-09-01"), ("true", "false")]
)
@pytest.mark.parametrize("subject", ["m-1", "*", LONG])
def test_every_kind_is_told_within_all_limits(kind: str, before: str | None, after: str | None, subject: str) -> None:
    for more in ({}, AHEAD):
        message = told(change(kind, subject, before, after, **more))
        assert 0 < len(message.title) <= 110
        assert message.lead
        assert message.kind == kind
        assert "{" not in message.headline + message.lead + message.to_do
        for payload in [*slack_messages(message), *slack_messages(message, buttons=True), *slack_replies(message)]:
            assert_within_slacks_limits(payload)
        assert_complete_mail(mail(message))


@pytest.mark.parametrize("kind", KINDS)
def test_short_titles_fit_a_line_of_the_digest(kind: str) -> None:
    digest = compose_digest([change(kind, "deepseek-v4-flash", "1", "2")], now=NOW, delivery_id="d")
    assert all(len(item.title) <= 60 for section in digest.sections for item in section.items)
    assert_complete_mail(mail(digest))


@pytest.mark.parametrize("kind", KINDS)
def test_text_from_outside_is_inert_everywhere(kind: str) -> None:
    hostile = entry(
        kind,
        HOSTILE,
        HOSTILE,
        HOSTILE,
        HOSTILE,
        title=HOSTILE,
        qualifier=HOSTILE,
        url="javascript:alert(1)",
        quote=HOSTILE,
        heading=(HOSTILE,),
        before_detail={"mode": HOSTILE},
        after_detail={"mode": HOSTILE},
        level=Level.CRITICAL,
    )
    message = told(hostile, change("model-removed", HOSTILE + "2", "true", None, level=Level.INFO))
    for payload in [*slack_messages(message), *slack_replies(message)]:
        assert_within_slacks_limits(payload)
        for text in [*strings(payload["blocks"]), payload["text"]]:
            assert not re.search(r"<(?!https://headwater\.example\.org/)", text)
            assert "\u202e" not in text
            assert "\u200b" not in text
    written = mail(message)
    assert_complete_mail(written)
    assert "<script" not in written.html
    assert "javascript:" not in written.html
    assert "{{ 7*7 }}" in written.html
    links = set(re.findall(r'href="([^"]*)"', written.html))
    assert all(link.startswith("https://headwater.example.org/") for link in links)
    short = brief(message)
    assert len(short.text) <= MOST_BRIEF
    assert not re.search(r"[<>]|@(?!\u2060)|\]\((?!\u2060)", short.subject + short.text)
    assert "Delivery 01JSM3K7Q2, incident I-1." in short.text
    body = json.dumps(webhook_body(message, delivery_id="d", thread=None, now=NOW), ensure_ascii=False)
    for part in (written.html, written.text, written.subject, short.subject, short.text, body):
        assert "\u202e" not in part
        assert "\u200b" not in part
        assert "\r" not in part


def test_a_huge_value_is_cut_and_a_page_of_them_stays_small() -> None:
    message = told(change("capability-changed", "m", "x" * 10_000, "语" * 10_000), *many(50))
    for payload in slack_messages(message):
        assert_within_slacks_limits(payload)
    assert_complete_mail(mail(message))


def test_an_incident_of_two_hundred_changes_says_what_it_leaves_out() -> None:
    message = told(*many(200))
    payloads = slack_messages(message)
    for payload in payloads:
        assert_within_slacks_limits(payload)
    assert len(message.others) == 199
    assert "and 188 more" in "".join(strings(payloads))
    written = mail(message)
    assert_complete_mail(written)
    assert "and 188 more" in written.text
    assert "and 188 more" in written.html
    assert "https://headwater.example.org/?incident=I-1" in written.html


def test_without_pages_of_its_own_a_message_names_the_command() -> None:
    message = compose(many(20), now=NOW, delivery_id="d", incident="I-1")
    assert message.review_url == ""
    assert message.review_command in mail(message).text
    assert f"`{message.review_command}`" in "".join(strings(slack_messages(message)))
    assert "headwater changes list --since 2026-04-24T14:06:00Z" in mail(message).text


def test_a_test_message_cannot_be_taken_for_news() -> None:
    message = compose_test("#llm-platform", now=NOW, delivery_id="d")
    assert message.headline.startswith("Test:")
    assert message.test
    assert message.news_only
    assert mail(message).text.startswith("[TEST]")
    [payload] = slack_messages(message)
    assert_within_slacks_limits(payload)
    assert "Test" in payload["text"]


def test_the_short_form_says_what_it_leaves_out() -> None:
    short = brief(told(*many(200)))
    assert len(short.text) <= MOST_BRIEF
    assert "and 194 more" in short.text
    assert "https:\u2060" not in short.text
    assert "Review: https://headwater.example.org/c/" in short.text


def test_a_long_digest_is_split_into_numbered_parts() -> None:
    quoted = [
        entry("capability-changed", f"model-{n}", f"ability_{k}", "a" * 55, "b" * 55, number=n * 9 + k)
        for n in range(30)
        for k in range(6)
    ]
    coming = [
        entry("shutdown-date-set", f"old-{n}", "retirement_date", None, "2026-05-20", number=1000 + n)
        for n in range(30)
    ]
    payloads = slack_messages(compose_digest([*quoted, *coming], now=NOW, delivery_id="d"))
    assert len(payloads) > 1
    for number, payload in enumerate(payloads, start=1):
        assert_within_slacks_limits(payload)
        assert f"{number} of {len(payloads)}" in payload["text"]
