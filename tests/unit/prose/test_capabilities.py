"""Sentences about abilities."""

from __future__ import annotations

import pytest

from monitor.extract.prose.capabilities import ability_claims
from monitor.extract.prose.sentences import sentences_of
from tests.unit.prose.marked import marked


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        (
            "Effort is supported on Opera 4.6 and Sonata 4.6.",
            [("Opera 4.6", "Effort", "true"), ("Sonata 4.6", "Effort", "true")],
        ),
        (
            (
                "The Replies API currently only supports the `acme-swift` model, and does not yet "
                "support the `acme-pro` model."
            ),
            [("acme-swift", "Replies API", "true"), ("acme-pro", "Replies API", "false")],
        ),
        (
            "The Acme-V3-Special variant is made for reasoning and does not support the tool-calling functionality.",
            [("Acme-V3-Special", "tool-calling", "false")],
        ),
        ("Opera 4.6 defaults to medium effort for teams.", [("Opera 4.6", "default effort", "medium effort")]),
    ],
)
def test_abilities_are_claimed_of_names(text: str, claims: list[tuple[str, str, str]]) -> None:
    assert [(c.name, c.ability, c.value) for c in ability_claims(sentences_of(marked(text)))] == claims
