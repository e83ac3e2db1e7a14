"""Names are recognised by shape, not from a list."""

from __future__ import annotations

import pytest

from monitor.extract.values.names import is_model_id, is_name, names_in


@pytest.mark.parametrize(
    "text",
    ["acme-chat", "acme-v4-flash", "Acme-V3.2-Exp", "Acme V2.5", "acme.sonata-4-6-v1:0", "Sonata Opus 4.6", "opus[1m]"],
)
def test_model_shapes_are_names(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "UTC+8",
        "content-type",
        "README.md",
        "$0.14",
        "128K",
        "MIT",
        "3-5",
        "https://api.acme.example",
        "Price per 1M tokens",
    ],
)
def test_other_shapes_are_no_names(text: str) -> None:
    assert not is_name(text)


def test_names_are_found_in_running_text() -> None:
    text = "The acme-chat model has been upgraded to Acme-V2.5-1210; the new model, Acme V2.5, follows."
    assert [name for _, _, name in names_in(text)] == ["acme-chat", "Acme-V2.5-1210", "Acme V2.5"]


def test_a_hyphen_within_a_spaced_name_does_not_cut_it() -> None:
    text = "Acme 2.5 Flash-Lite is out, and so is Acme Robotics-ER 1.5."
    assert [name for _, _, name in names_in(text)] == ["Acme 2.5 Flash-Lite", "Acme Robotics-ER 1.5"]


def test_an_identifier_has_several_parts() -> None:
    assert is_model_id("acme-chat")
    assert not is_model_id("acme")
