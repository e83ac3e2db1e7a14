"""What statuses and headers mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.fetch.classify import failure_of_status, is_challenge, is_readable, max_age, retry_after
from monitor.fetch.model import FailureKind
from snapshots.outcome import Outcome

NOW = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)

SPECIAL = {
    200: None,
    304: None,
    204: FailureKind.EMPTY,
    205: FailureKind.EMPTY,
    401: FailureKind.BLOCKED,
    403: FailureKind.BLOCKED,
    407: FailureKind.BLOCKED,
    451: FailureKind.BLOCKED,
    404: FailureKind.GONE,
    410: FailureKind.GONE,
    408: FailureKind.TIMEOUT,
    504: FailureKind.TIMEOUT,
    429: FailureKind.RATE_LIMITED,
}


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_has_its_state(status: int) -> None:
    by_class = {4: FailureKind.CLIENT_ERROR, 5: FailureKind.SERVER_ERROR}.get(
        status // 100, FailureKind.INVALID_RESPONSE
    )
    assert failure_of_status(status) == SPECIAL.get(status, by_class)


def test_every_failure_is_an_outcome_that_is_not_believed() -> None:
    assert [Outcome(kind.value).good for kind in FailureKind] == [False] * len(FailureKind)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("Thu, 15 Jan 2026 08:05:00 GMT", timedelta(minutes=5)),
        ("Thu, 15 Jan 2026 07:00:00 GMT", timedelta(0)),
        ("999999999999999999999", timedelta(seconds=10**8)),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_either_form(value: str | None, expected: timedelta | None) -> None:
    assert retry_after(value, NOW) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"cache-control": "public, max-age=600"}, timedelta(minutes=10)),
        ({"cache-control": "max-age=600", "age": "500"}, timedelta(seconds=100)),
        ({"cache-control": "max-age=600", "age": "700"}, timedelta(0)),
        ({"cache-control": "no-cache, max-age=600"}, None),
        ({"cache-control": "max-age=ten"}, None),
        ({}, None),
    ],
)
def test_freshness(headers: dict[str, str], expected: timedelta | None) -> None:
    assert max_age(headers) == expected


@pytest.mark.parametrize(
    ("content_type", "readable"),
    [
        ("text/html; charset=utf-8", True),
        ("text/markdown", True),
        ("application/json", True),
        ("application/problem+json", True),
        ("", True),
        ("image/png", False),
        ("application/pdf", False),
        ("application/octet-stream", False),
    ],
)
def test_media_types_we_read(content_type: str, readable: bool) -> None:
    assert is_readable(content_type) is readable


def test_a_robot_check_is_recognised_by_header_or_body() -> None:
    assert is_challenge({"cf-mitigated": "challenge"}, b"")
    assert is_challenge({}, b"<html><title>Just a moment...</title>")
    assert not is_challenge({}, b"<html><title>Pricing</title>")
