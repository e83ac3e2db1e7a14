"""Which due sources may be visited now, given how their hosts were."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule.hosts import LONGEST_CRAWL_DELAY, Politeness, admitted, gap_of

SECOND = timedelta(seconds=1)
NONE = timedelta(0)


def test_with_a_gap_one_visit_to_a_host_begins_at_a_time() -> None:
    due = [("a", "x"), ("b", "x"), ("c", "y")]
    assert admitted(due, {"x": SECOND, "y": SECOND}, {}, visits=4) == ["a", "c"]


def test_without_a_gap_as_many_begin_as_there_is_room_for() -> None:
    due = [(str(n), "x") for n in range(5)]
    assert admitted(due, {"x": NONE}, {"x": 1}, visits=3) == ["0", "1"]


def test_a_host_with_all_its_visits_under_way_or_not_free_waits() -> None:
    assert admitted([("a", "x"), ("b", "y")], {"x": SECOND}, {"x": 1}, visits=1) == []


def test_what_is_on_no_host_never_waits() -> None:
    assert admitted([("a", ""), ("b", "")], {}, {}, visits=1) == ["a", "b"]


@given(
    due=st.lists(st.tuples(st.uuids().map(str), st.sampled_from("xyz")), max_size=30),
    free=st.dictionaries(st.sampled_from("xyz"), st.sampled_from([NONE, SECOND])),
    busy=st.dictionaries(st.sampled_from("xyz"), st.integers(0, 5)),
    visits=st.integers(1, 4),
)
def test_no_host_is_ever_visited_more_than_it_allows(
    due: list[tuple[str, str]], free: dict[str, timedelta], busy: dict[str, int], visits: int
) -> None:
    chosen = set(admitted(due, free, busy, visits))
    for host in "xyz":
        taken = [source for source, its in due if its == host and source in chosen]
        assert not taken or (host in free and len(taken) + busy.get(host, 0) <= visits)
        assert len(taken) <= 1 or not free[host]


def test_the_longer_of_our_gap_and_the_crawl_delay_counts_within_bounds() -> None:
    ours = Politeness(gap=timedelta(seconds=2))
    assert gap_of(ours, None) == gap_of(ours, 0.5) == gap_of(ours, -7) == timedelta(seconds=2)
    assert gap_of(ours, 10) == timedelta(seconds=10)
    assert gap_of(ours, 86_400) == LONGEST_CRAWL_DELAY
