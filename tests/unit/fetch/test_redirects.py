"""The way that redirects lead, without any server."""

from __future__ import annotations

import pytest

from monitor.fetch.failures import NoAnswerError
from monitor.fetch.model import FailureKind
from monitor.fetch.redirects import MOST_REDIRECTS, Trail, trail_from

START = "https://docs.acme.example/pricing"


def walked(*hops: tuple[int, str | None], start: str = START) -> Trail:
    trail = trail_from(start)
    for status, location in hops:
        trail = trail.followed(status, location)
    return trail


def test_permanent_redirects_move_a_document_until_one_is_passing() -> None:
    assert walked((301, "/a"), (308, "/b")).moved_to == "https://docs.acme.example/b"
    assert walked((301, "/a"), (302, "/b"), (301, "/c")).moved_to == "https://docs.acme.example/a"
    assert walked((302, "/a"), (301, "/b")).moved_to is None


def test_a_way_that_left_the_origin_is_never_at_home_again() -> None:
    assert walked((302, "/a"), (302, "https://docs.acme.example:443/b")).at_home
    assert not walked((302, "https://evil.example/"), (302, START)).at_home
    assert not walked((302, "https://docs.acme.example:8443/")).at_home


def test_redirects_end() -> None:
    most = walked(*[(302, f"/{hop}") for hop in range(MOST_REDIRECTS)])
    assert (most.hops, most.url) == (MOST_REDIRECTS, "https://docs.acme.example/4")
    with pytest.raises(NoAnswerError, match=r"More than 5 redirects, the last to .*/5") as caught:
        most.followed(302, "/5")
    assert caught.value.kind is FailureKind.TOO_MANY_REDIRECTS


@pytest.mark.parametrize(
    ("location", "kind", "says"),
    [
        (None, FailureKind.INVALID_RESPONSE, "without saying where"),
        ("/" + "a" * 8_000, FailureKind.INVALID_RESPONSE, "without end"),
        ("https://[::1/", FailureKind.INVALID_RESPONSE, "not a web address"),
        ("ftp://acme.example/", FailureKind.REFUSED, "not a web address"),
        ("https://acme.example:0/", FailureKind.INVALID_RESPONSE, "port 0"),
        ("https://me:pw@acme.example/", FailureKind.REFUSED, "with a password"),
        ("http://docs.acme.example/", FailureKind.REFUSED, "without encryption"),
    ],
)
def test_what_no_redirect_may_lead_to(location: str | None, kind: FailureKind, says: str) -> None:
    with pytest.raises(NoAnswerError, match=says) as caught:
        walked((302, location))
    assert caught.value.kind is kind
    assert "pw" not in caught.value.detail
