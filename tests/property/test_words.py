"""The word-level difference gives both texts back, whatever they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from snapshots.diff.words import Op, word_diff

TEXTS = st.text(alphabet=st.sampled_from("ab 0.,\n模型—\u200b"), max_size=60) | st.text(max_size=40)


@given(TEXTS, TEXTS)
def test_the_pieces_give_both_texts_back(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.op is not Op.ADDED) == old
    assert "".join(piece.text for piece in pieces if piece.op is not Op.REMOVED) == new


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert all(piece.op is Op.SAME for piece in word_diff(text, text))


def test_texts_too_long_to_match_are_told_as_wholes() -> None:
    old, new = "one " * 3_000, "two " * 3_000
    assert [piece.op for piece in word_diff(old, new)] == [Op.REMOVED, Op.ADDED]
