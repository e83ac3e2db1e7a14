"""Sentences about aliases, in English and Chinese, on names of our own."""

from __future__ import annotations

import pytest

from monitor.extract.prose.aliases import alias_claims
from monitor.extract.prose.sentences import sentences_of
from monitor.extract.values.known import KnownNames
from tests.unit.prose.marked import marked

BOTH = [("acme-chat", "acme-v4-swift", "non-thinking"), ("acme-think", "acme-v4-swift", "thinking")]


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        (
            "The `acme-chat` model has been upgraded to Acme-V3. The API remains unchanged.",
            [("acme-chat", "Acme-V3", "")],
        ),
        ("`acme-rt` is an alias that routes to `acme-rt-2030-05`.", [("acme-rt", "acme-rt-2030-05", "")]),
        ("acme-think is the latest reasoning model, Acme-R1, released by Acme.", [("acme-think", "Acme-R1", "")]),
        (
            "`acme-think` is our new model Acme-R1. You can invoke Acme-V3 by specifying `model='acme-think'`.",
            [("acme-think", "Acme-R1", "")],
        ),
        (
            "`acme-coder` & `acme-chat` Upgraded to Acme V2.5 Model",
            [("acme-coder", "Acme V2.5", ""), ("acme-chat", "Acme V2.5", "")],
        ),
        ("`acme-chat` corresponds to Acme-V3.2's non-thinking mode", [("acme-chat", "Acme-V3.2", "non-thinking")]),
        (
            (
                "The names `acme-chat` and `acme-think` will go. These two model names point to the "
                "non-thinking mode and thinking mode of `acme-v4-swift`, respectively."
            ),
            BOTH,
        ),
        (
            (
                "Note: acme-chat & acme-think will be retired after Jul 24th, 2030. (Currently routing "
                "to acme-v4-swift non-thinking/thinking)."
            ),
            BOTH,
        ),
        (
            "`acme-chat` 与 `acme-think` 将停用。当前这两个模型名分别指向 `acme-v4-swift` 的非思考模式与思考模式。",
            BOTH,
        ),
        ("`acme-chat` 与 `acme-think` 将弃用。出于兼容考虑，二者分别对应 acme-v4-swift 的非思考与思考模式。", BOTH),
        (
            "`acme-chat` 和 `acme-think` 都已经升级为 Acme-V3.2-Exp。",
            [("acme-chat", "Acme-V3.2-Exp", ""), ("acme-think", "Acme-V3.2-Exp", "")],
        ),
        ("acme-chat is the non-thinking mode of Acme-V3.2.", [("acme-chat", "Acme-V3.2", "non-thinking")]),
        (
            "The legacy names `acme-v4-swift` and `acme-v4-see` are still accepted, but the "
            "corresponding models have been retired, "
            "their requests are served by the Acme-V4.1 model.",
            [("acme-v4-swift", "Acme-V4.1", ""), ("acme-v4-see", "Acme-V4.1", "")],
        ),
    ],
)
def test_a_sentence_says_what_a_name_stands_for(text: str, claims: list[tuple[str, str, str]]) -> None:
    assert [(c.name, c.target, c.mode) for c in alias_claims(sentences_of(marked(text)))] == claims


@pytest.mark.parametrize(
    "text",
    [
        "`acme-chat` no longer points to Acme-V3.",
        "Acme-V4 was compared to Acme-V3.2 on all benchmarks.",
        "You can access Acme-V3 through `acme-chat`.",
        "If `acme-chat` points to Acme-V3, call support.",
    ],
)
def test_other_sentences_claim_nothing(text: str) -> None:
    assert list(alias_claims(sentences_of(marked(text)))) == []


def test_its_mode_belongs_to_the_target_named_before() -> None:
    text = (
        "Both `acme-chat` and `acme-think` have been upgraded to Acme-V3.1. `acme-chat` corresponds to "
        "Acme-V3.1's non-thinking mode, while `acme-think` corresponds to its thinking mode."
    )
    claims = {(c.name, c.target, c.mode) for c in alias_claims(sentences_of(marked(text)))}
    assert ("acme-think", "Acme-V3.1", "thinking") in claims
    assert ("acme-chat", "Acme-V3.1", "non-thinking") in claims


def test_names_that_lost_their_spaces_are_found_when_known() -> None:
    text = (
        "The model namesacme-chatandacme-thinkwill be deprecated. They correspond to the non-thinking "
        "mode and thinking mode ofacme-v4-swift, respectively."
    )
    known = KnownNames({"acme-chat", "acme-think", "acme-v4-swift"})
    assert [(c.name, c.target, c.mode) for c in alias_claims(sentences_of(marked(text), known))] == BOTH


def test_a_name_that_was_moved_says_so() -> None:
    moved, states = (
        next(iter(alias_claims(sentences_of(marked(text)))))
        for text in (
            "Updated the `acme-live` slug to point to `acme-live-2.1`.",
            "`acme-live` points to `acme-live-2.1`.",
        )
    )
    assert (moved.name, moved.target, moved.moved) == ("acme-live", "acme-live-2.1", True)
    assert not states.moved


def test_a_target_may_depend_on_the_platform() -> None:
    sentences = sentences_of(
        marked("On Bedrock, Vertex, and Foundry, `acme` resolves to Acme 4.6."), KnownNames({"acme"})
    )
    (claim,) = alias_claims(sentences)
    assert claim.platforms == ("Bedrock", "Vertex", "Foundry")


@pytest.mark.parametrize(
    "text",
    [
        "The alias `acme-mini` has been updated and now resolves to `acme-mini-4`.",
        "Requests to `acme-mini` will be automatically routed to `acme-mini-4`.",
        "Calls to `acme-mini` are forwarded to `acme-mini-4`.",
        "`acme-mini` (alias for `acme-mini-4`)",
        "We have pointed `acme-mini` to `acme-mini-4`.",
        "The `acme-mini` alias was moved from `acme-mini-3` to `acme-mini-4`.",
        "We moved the `acme-mini` alias from `acme-mini-3` to `acme-mini-4`.",
        "`acme-mini` currently refers to `acme-mini-4`.",
        "`acme-mini` 为别名，始终指向 `acme-mini-4`。",
    ],
)
def test_a_name_is_given_to_a_model_in_many_words(text: str) -> None:
    assert {(claim.name, claim.target) for claim in alias_claims(sentences_of(marked(text)))} == {
        ("acme-mini", "acme-mini-4")
    }


def test_an_arrow_leads_from_a_name_to_its_own_snapshot_alone() -> None:
    own, other = sentences_of(marked("`acme-4` → `acme-4-2030-08-07`")), sentences_of(marked("acme-3 -> acme-4"))
    assert [(claim.name, claim.target) for claim in alias_claims(own)] == [("acme-4", "acme-4-2030-08-07")]
    assert list(alias_claims(other)) == []
