"""The webhook on this machine refuses what Slack would refuse, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.demo.slacklimits import reason_to_refuse


def text(length: int, kind: str = "mrkdwn") -> dict[str, Any]:
    return {"type": kind, "text": "x" * length}


def section(length: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": text(length), **more}


def header(length: int, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": "header", "text": text(length, kind)}


def context(*lengths: int) -> dict[str, Any]:
    return {"type": "context", "elements": [text(length) for length in lengths]}


BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Review"}, "url": "https://h.example"}


@pytest.mark.parametrize(
    "payload",
    [
        {"text": "x"},
        {"blocks": [section()] * 50},
        {"blocks": [section(3_000)]},
        {"blocks": [header(150)]},
        {"blocks": [{"type": "section", "fields": [text(2_000)] * 10}]},
        {"blocks": [context(*[1] * 10)]},
        {"blocks": [{"type": "divider"}]},
        {"text": "x", "blocks": [{"type": "actions", "elements": [BUTTON]}]},
    ],
)
def test_what_slack_takes_is_taken(payload: object) -> None:
    assert reason_to_refuse(payload) is None


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ([], "invalid_payload"),
        ("text", "invalid_payload"),
        ({}, "no_text"),
        ({"text": "", "blocks": []}, "no_text"),
        ({"blocks": [section()] * 51}, "invalid_blocks"),
        ({"blocks": [section(3_001)]}, "invalid_blocks"),
        ({"blocks": [section(0)]}, "invalid_blocks"),
        ({"blocks": [header(151)]}, "invalid_blocks"),
        ({"blocks": [header(5, "mrkdwn")]}, "invalid_blocks"),
        ({"blocks": [{"type": "section"}]}, "invalid_blocks"),
        ({"blocks": [{"type": "section", "fields": [text(1)] * 11}]}, "invalid_blocks"),
        ({"blocks": [section(fields=[text(2_001)])]}, "invalid_blocks"),
        ({"blocks": [context()]}, "invalid_blocks"),
        ({"blocks": [context(*[1] * 11)]}, "invalid_blocks"),
        ({"blocks": [{"type": "marquee"}]}, "invalid_blocks"),
        ({"blocks": ["section"]}, "invalid_blocks"),
        ({"blocks": {"type": "section"}}, "invalid_blocks"),
    ],
)
def test_what_slack_refuses_is_refused_with_its_word(payload: object, word: str) -> None:
    assert reason_to_refuse(payload) == word
