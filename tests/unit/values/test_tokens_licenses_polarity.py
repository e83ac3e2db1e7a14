"""Counts, licenses, and yes or no."""

from __future__ import annotations

import pytest

from monitor.extract.values.licenses import license_id, license_name, license_of_text
from monitor.extract.values.polarity import is_blank, polarity
from monitor.extract.values.tokens import count_key, find_counts


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64K", 64_000),
        ("1M", 1_000_000),
        ("1,048,576", 1_048_576),
        ("128_000", 128_000),
        ("one million tokens", 1_000_000),
        ("2500", 2500),
    ],
)
def test_counts(text: str, value: int) -> None:
    assert [count.value for count in find_counts(text)] == [value]


def test_equal_counts_have_equal_keys() -> None:
    assert count_key("128K") == count_key("128,000 tokens") == count_key("128k")


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("MIT", "MIT"),
        ("the MIT License", "MIT"),
        ("apache-2.0", "Apache-2.0"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("Modified MIT License", "modified-MIT"),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0"),
        ("limited edition", None),
    ],
)
def test_license_names_become_identifiers(text: str, identifier: str | None) -> None:
    assert license_id(text) == identifier


def test_a_license_of_its_own_keeps_its_name() -> None:
    assert (
        license_name("subject to the Acme Series Models Community License Agreement 2.1")
        == "Acme Series Models Community License Agreement 2.1"
    )


def test_an_added_clause_makes_a_modified_license() -> None:
    body = "Permission is hereby granted, free of charge, to any person\nobtaining a copy of this software"
    assert license_of_text(body) == "MIT"
    assert license_of_text(body + "\nOur only modification is that you display the name.") == "modified-MIT"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("✓", True),
        ("✗(1)", False),
        ("Not supported", False),
        ("支持", True),
        ("不支持", False),
        ("Non-thinking mode only", None),
        ("", None),
    ],
)
def test_polarity(text: str, says: bool | None) -> None:
    assert polarity(text) is says


def test_dashes_say_nothing() -> None:
    assert is_blank("-")
    assert is_blank("N/A")
    assert not is_blank("0")
