"""What headwater saw of an API: the forms that its headers have in the world."""

from __future__ import annotations

import json

import pytest

from monitor.extract.reading import read

OPERATION = "GET https://api.acme.example/v1/models"


def facts(**seen: object) -> dict[str, str | None]:
    body = json.dumps({"headwater": {"operation": OPERATION, **seen}}).encode()
    return {fact.predicate: fact.value for fact in read(body, "application/json").facts if fact.subject == OPERATION}


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ({"deprecation": "@1688169599"}, {"lifecycle.deprecation_date": "2023-06-30T23:59:59Z"}),
        ({"deprecation": "true"}, {"lifecycle.status": "deprecated"}),
        (
            {"deprecation": "Fri, 30 Jun 2023 23:59:59 GMT"},
            {"lifecycle.deprecation_date": "2023-06-30T23:59:59Z"},
        ),
        ({"deprecation": "@" + "9" * 40}, {"lifecycle.status": "deprecated"}),
        ({"sunset": "Wed, 01 Jul 2026 02:00:00 +0200"}, {"lifecycle.retirement_date": "2026-07-01T00:00:00Z"}),
        ({"sunset": "soon"}, {}),
        ({"sunset": 5, "status": None, "location": ""}, {}),
        ({"status": 308, "location": "/v2"}, {"endpoint.status": "308", "endpoint.location": "/v2"}),
    ],
)
def test_a_header_is_read_or_left_alone(seen: dict[str, object], found: dict[str, str]) -> None:
    assert facts(**seen) == found


def test_an_entry_without_an_operation_says_nothing() -> None:
    assert read(b'{"headwater": {"status": 200, "asked": "a-1", "model": "b-1"}}', "application/json").facts == ()
