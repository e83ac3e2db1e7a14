"""Sentences about ends."""

from __future__ import annotations

import pytest

from monitor.extract.prose.lifecycle import end_claims
from monitor.extract.prose.sentences import sentences_of
from tests.unit.prose.marked import marked


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        (
            "`acme-chat` and `acme-think` will be discontinued in three months (2030-07-24).",
            [("acme-chat", "retirement_date", "2030-07-24"), ("acme-think", "retirement_date", "2030-07-24")],
        ),
        (
            "acme-chat-2 will be fully retired and inaccessible after Jul 24th, 2030, 15:59 (UTC Time).",
            [("acme-chat-2", "retirement_date", "2030-07-24T15:59:00Z")],
        ),
        (
            "Acme 3 Pro is deprecated as of June 30, 2030 and will be shut down on January 5, 2031.",
            [("Acme 3 Pro", "deprecation_date", "2030-06-30"), ("Acme 3 Pro", "retirement_date", "2031-01-05")],
        ),
        ("Incident: `acme-chat-3` was unavailable for 12 minutes on Jul 24th, 2030.", []),
        ("The following Acme 2.0 models will be shut down on Jul 24th, 2030:", []),
        (
            "模型名 `acme-chat` 将于北京时间 2030/07/24 23:59 弃用。",
            [("acme-chat", "retirement_date", "2030-07-24T15:59:00Z")],
        ),
        (
            "The model `acme-chat` will be deprecated in the future.",
            [("acme-chat", "retirement_date", "in the future")],
        ),
        (
            (
                'Served via base_url="https://api.acme.example/v3_expires_on_20301215". Same pricing, '
                "available until Dec 15th, 2030, 15:59 (UTC Time)."
            ),
            [("https://api.acme.example/v3_expires_on_20301215", "retirement_date", "2030-12-15T15:59:00Z")],
        ),
        (
            "The legacy name `acme-old` is still accepted, but the corresponding model has been retired.",
            [("acme-old", "status", "retired")],
        ),
        ("We've retired the Acme 3 model (`acme-3-0229`).", [("acme-3-0229", "status", "retired")]),
        (
            "Announced the deprecation of `acme-hear-1` and `acme-hear-2`. These models shut down on Feb 26, 2030.",
            [
                ("acme-hear-1", "status", "deprecated"),
                ("acme-hear-2", "status", "deprecated"),
                ("acme-hear-1", "retirement_date", "2030-02-26"),
                ("acme-hear-2", "retirement_date", "2030-02-26"),
            ],
        ),
        (
            "For cutting-edge answers, on June 17, 2030, we told of the removal of `acme-3` on July 1, 2030.",
            [("acme-3", "retirement_date", "2030-07-01")],
        ),
    ],
)
def test_an_end_has_a_subject_and_a_time(text: str, claims: list[tuple[str, str, str]]) -> None:
    assert [(c.subject, c.attribute, c.value) for c in end_claims(sentences_of(marked(text)))] == claims


@pytest.mark.parametrize(
    "text",
    ["If `acme-chat` is deprecated we will tell you.", "Customers may be removed at any time.", "`acme-chat` is fast."],
)
def test_conditions_and_other_talk_end_nothing(text: str) -> None:
    assert list(end_claims(sentences_of(marked(text)))) == []


@pytest.mark.parametrize(
    "text",
    [
        "Support for `acme-chat-2` ends on July 24, 2030.",
        "Access to `acme-chat-2` will end July 24th, 2030.",
        "We have extended the availability of `acme-chat-2` until July 24, 2030.",
        "`acme-chat-2` has an EOL date of July 24, 2030.",
        "The shutdown date for `acme-chat-2` is now set to July 24, 2030.",
        "`acme-chat-2` will go away on July 24, 2030.",
        "Acme Chat 2 (`acme-chat-2`) will be retired on July 24, 2030.",
        "Acme Chat 2 模型(model 参数值:`acme-chat-2`)将于 2030 年 7 月 24 日下线。",
    ],
)
def test_an_end_is_said_in_many_words(text: str) -> None:
    assert [(claim.subject, claim.attribute, claim.value) for claim in end_claims(sentences_of(marked(text)))] == [
        ("acme-chat-2", "retirement_date", "2030-07-24")
    ]


def test_an_id_in_brackets_stands_for_the_display_name_before_it_only_if_it_is_that_name_s() -> None:
    (sentence,) = sentences_of(marked("Acme 3 (`acme-3`) and Acme V3.2 (`acme-chat`) are models."))
    assert [mention.text for mention in sentence.mentions] == ["acme-3", "Acme V3.2", "acme-chat"]


def test_two_words_end_a_model_and_not_its_parameters() -> None:
    for text, ended in (
        ("Removed `acme-1`", ["acme-1"]),
        ("Retired `acme-1` and `acme-1-mini`.", ["acme-1", "acme-1-mini"]),
        ("Removed `acme-1` parameter", []),
        ("Removed `max-tokens`", []),
    ):
        assert [claim.subject for claim in end_claims(sentences_of(marked(text)))] == ended


def test_an_address_may_keep_working_until_a_day() -> None:
    text = "The old host https://api.acme.example/v1 of the API keeps working until July 24, 2030."
    assert [(claim.subject, claim.value) for claim in end_claims(sentences_of(marked(text)))] == [
        ("https://api.acme.example/v1", "2030-07-24")
    ]
