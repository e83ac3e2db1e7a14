from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx2
import pytest

from monitor.demo.site import Site
from monitor.demo.timeline import CARD, NEWS, PAGES, PRICING, START, UPDATES
from snapshots.clock import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def site(clock: FixedClock) -> Iterator[Site]:
    with Site(clock) as running:
        yield running


def get(site: Site, path: str, **headers: str) -> httpx2.Response:
    return httpx2.get(site.origin + path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("path", [PRICING, CARD])
def test_a_matching_etag_is_answered_304_without_a_body(site: Site, path: str) -> None:
    etag = get(site, path).headers["ETag"]
    again = get(site, path, If_None_Match=etag)
    assert (again.status_code, again.content) == (304, b"")


def test_the_change_log_is_answered_304_by_its_date(site: Site) -> None:
    modified = get(site, UPDATES).headers["Last-Modified"]
    assert parsedate_to_datetime(modified) == START
    assert get(site, UPDATES, If_Modified_Since=modified).status_code == 304


def test_an_old_etag_gets_the_new_page(site: Site, clock: FixedClock) -> None:
    etag = get(site, PRICING).headers["ETag"]
    clock.set(START + timedelta(days=60))
    fresh = get(site, PRICING, If_None_Match=etag)
    assert fresh.status_code == 200
    assert "DeepSeek-V3.2 (Thinking Mode)" in fresh.text


def test_pages_name_their_own_address(site: Site) -> None:
    assert f'rel="canonical" href="{site.origin}{PRICING}"' in get(site, PRICING).text


def test_every_visit_is_kept_with_its_simulated_time(site: Site, clock: FixedClock) -> None:
    for path in PAGES:
        get(site, path)
    later = START + timedelta(days=1)
    clock.set(later)
    get(site, NEWS)
    assert len(site.visits) == len(PAGES) + 1
    assert site.looks(since=later) == {NEWS: 1}
