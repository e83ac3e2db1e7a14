"""Whatever bytes arrive, reading gives facts or says why not, in bounded time."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.extract.document import DocumentError, Text
from monitor.extract.prose.aliases import alias_claims
from monitor.extract.prose.lifecycle import end_claims
from monitor.extract.prose.sentences import sentences_of
from monitor.extract.reading import read
from monitor.extract.values.licenses import license_name
from monitor.extract.values.money import find_money
from monitor.extract.values.tokens import find_counts
from snapshots.facts import Fact

pieces = st.sampled_from(
    ["acme-chat", "`acme-v4`", " points to ", " will be retired on ", "2030-07-24", "$0.28", "128K", "| a | b |\n",
     "| --- | --- |\n", "# Models\n", "\n\n", "- ", "License: MIT", "<table><tr><td>", "弃用", "{", "]", "\x00",
     "🙂", "(1)", "POST /v1/x"]
)  # fmt: skip


@given(
    st.lists(pieces, max_size=60).map("".join),
    st.sampled_from(["text/markdown", "text/html", "application/json", "text/plain", ""]),
)
@settings(max_examples=150)
@example("9" * 400 + "K", "text/markdown")
def test_any_text_is_read_or_refused(text: str, content_type: str) -> None:
    facts: tuple[Fact, ...] = ()
    with suppress(DocumentError):
        facts = read(text.encode(), content_type).facts
    for fact in facts:
        assert fact.subject
        assert len(fact.evidence.quote) <= 400


@pytest.mark.parametrize(
    "run",
    [
        "a_" * 20_000 + "@",
        "a-" * 20_000,
        "A A " * 10_000,
        "1" * 40_000,
        "License Agreement " * 2_000,
        "2030-1-" * 6_000,
    ],
)
def test_long_runs_cost_no_more_than_their_length(run: str) -> None:
    began = time.process_time()
    sentences = sentences_of(Text(run))
    assert not list(alias_claims(sentences))
    assert not list(end_claims(sentences))
    find_money(run)
    find_counts(run)
    license_name(run)
    assert time.process_time() - began < 5
