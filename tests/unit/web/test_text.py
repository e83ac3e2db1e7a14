from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshots.diff.paging import Kind, compare_sheets
from snapshots.diff.sheets import Line, Sheet
from snapshots.diff.words import Op
from snapshots.facts import Precision
from snapshots.web import csrf, sessions
from snapshots.web.markup import marked, path, visible
from snapshots.web.settings import Account, Role, WebError, parse_bind
from snapshots.web.throttle import TRIES, WINDOW, Throttle
from snapshots.web.times import Times, zone_named
from snapshots.web.visit import local

NOW = datetime(2026, 8, 17, 9, 40, tzinfo=UTC)


@given(st.text())
def test_no_text_becomes_markup_and_none_is_invisible(text: str) -> None:
    shown = str(visible(text))
    assert shown.encode().decode() == shown
    inner = shown.replace('<span class="chip">', "").replace("</span>", "")
    assert "<" not in inner
    assert not {"\u202e", "\u200b", "\x1b", "\u2066", "\x00"} & set(shown)


def test_chips_name_what_shows_nothing() -> None:
    assert str(visible("a\u202eb\u200b<")) == ('a<span class="chip">U+202E</span>b<span class="chip">U+200B</span>&lt;')
    assert str(visible("模型 & 价格 ✓ é")) == "模型 &amp; 价格 ✓ é"


def test_words_are_marked_whole_and_escaped() -> None:
    assert str(marked("$0.66 is <$0.666>", ["$0.66"])) == "<mark>$0.66</mark> is &lt;$0.666&gt;"
    assert str(marked("a.b", ["(", "x" * 5_000, ""])) == "a.b"
    assert "[4,000 more characters]" in str(marked("y" * 6_000, ["z"]))


@pytest.mark.parametrize("name", ["POST /chat", "https://x/?a=b#c", "..", ".", "50%", "a\\b", "é"])
def test_names_become_one_part_of_an_address(name: str) -> None:
    assert "/" not in path(name)
    assert "?" not in path(name)
    assert path(name) not in (".", "..")


@pytest.mark.parametrize(
    ("address", "inside"),
    [("/c/1?x=2", True), ("//evil", False), ("/\\evil", False), ("https://e", False), ("", False)],
)
def test_only_our_own_addresses_are_followed(address: str, inside: bool) -> None:
    assert local(address) == (address if inside else "/")


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=41, seconds=59), "41 min ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(hours=24), "1 day ago"),
        (timedelta(days=60), "60 days ago"),
        (timedelta(days=61), "17 Jun 2026"),
        (timedelta(minutes=-13), "in 13 min"),
        (timedelta(days=-9), "in 9 days"),
    ],
)
def test_relative_times_are_rounded_down_and_end_in_a_date(gap: timedelta, said: str) -> None:
    assert Times(NOW).ago(NOW - gap) == said


def test_times_are_in_the_readers_zone_and_days_as_they_were_written() -> None:
    times = Times(NOW, ZoneInfo("Asia/Tokyo"))
    assert times.moment(NOW) == "17 Aug 2026, 18:40 JST"
    assert times.stated(datetime(2026, 8, 26, tzinfo=UTC), Precision.DAY) == "26 Aug 2026"
    assert times.stated(datetime(2026, 7, 24, 15, 59, tzinfo=UTC), Precision.INSTANT) == "25 Jul 2026, 00:59 JST"
    assert zone_named("../../etc/passwd") is UTC
    assert zone_named("Mars/Olympus") is UTC


@pytest.mark.parametrize("text", ["8080", ":8080", "host:", "host:99999", "host:8080x", ""])
def test_an_address_to_listen_at_has_host_and_port(text: str) -> None:
    with pytest.raises(WebError, match="no address to listen at"):
        parse_bind(text)


def test_loopback_is_known_in_every_spelling() -> None:
    assert all(parse_bind(text).is_loopback for text in ("127.0.0.1:1", "[::1]:1", "localhost:1", "127.8.8.8:1"))
    assert not any(parse_bind(text).is_loopback for text in ("0.0.0.0:1", "[::]:1", "10.0.0.1:1", "example.org:1"))


def test_a_session_is_good_for_its_account_and_time_only() -> None:
    mara, rita = Account("mära", Role.REVIEW, "hash one"), Account("rita", Role.ADMIN, "hash two")
    cookie = sessions.issue(mara, NOW)
    assert sessions.verify(cookie, [rita, mara], NOW) == mara
    assert sessions.verify(cookie, [rita], NOW) is None
    assert sessions.verify(cookie, [Account("mära", Role.ADMIN, "another")], NOW) is None
    assert sessions.verify(cookie, [mara], NOW + sessions.LIFE) is None
    name, _, rest = cookie.partition(".")
    stolen = sessions.issue(rita, NOW).partition(".")[0]
    assert name != stolen
    assert sessions.verify(f"{stolen}.{rest}", [rita, mara], NOW) is None


@given(st.text(max_size=80))
def test_no_text_is_a_session_by_chance(text: str) -> None:
    assert sessions.verify(text, [Account("mara", Role.ADMIN, "hash")], NOW) is None


def test_form_tokens_belong_to_one_cookie() -> None:
    one, other = csrf.new_visit(), csrf.new_visit()
    assert csrf.is_valid(one, csrf.token_for(one))
    assert not csrf.is_valid(other, csrf.token_for(one))
    assert not csrf.is_valid("", csrf.token_for(""))


def test_tries_are_counted_by_name_and_by_address() -> None:
    throttle = Throttle()
    for left in range(TRIES - 1, -1, -1):
        assert throttle.failed(("name a", "from x"), NOW) == left
    assert throttle.locked_until(("name a", "from y"), NOW) == NOW + WINDOW
    assert throttle.locked_until(("name b", "from x"), NOW) == NOW + WINDOW
    assert throttle.locked_until(("name b", "from y"), NOW) is None
    assert throttle.locked_until(("name a",), NOW + WINDOW) is None


def sheet(*rows: str) -> Sheet:
    lines = []
    for number, row in enumerate(rows, start=1):
        if "|" in row:
            cells = tuple(cell.strip() for cell in row.split("|"))
            heads = (True, *([False] * (len(cells) - 1)))
            lines.append(Line(number, "table", "t", (), row, 0, cells, heads, ("Price", "pro", "flash")[: len(cells)]))
        else:
            lines.append(Line(number, "paragraph", f"p{number}", (), row))
    return Sheet("Page", tuple(lines))


def test_rows_of_tables_are_paired_by_their_labels_and_compared_by_cell() -> None:
    old = sheet("hit | $0.10 | $0.01", "miss | $0.40 | $0.04", "output | $0.87 | $0.28")
    new = sheet("hit | $0.10 | $0.01", "new | $9 | $8", "miss | $0.50 | $0.04", "output | $0.87 | $0.28")
    found = compare_sheets(old, new)
    assert found.counts == {Kind.SAME: 2, Kind.ADDED: 1, Kind.CHANGED: 1}
    changed = next(row for row in found.rows if row.kind is Kind.CHANGED)
    assert [(cell.column, cell.differs) for cell in changed.cells_after] == [
        ("Price", False), ("pro", True), ("flash", False),
    ]  # fmt: skip
    assert [piece.text for piece in changed.cells_before[1].pieces] == ["$0.40"]


def test_prose_is_compared_word_by_word_and_what_moved_is_told_once() -> None:
    moved = "This whole paragraph only stands in another place now."
    old = sheet(moved, "Peak hours are 01:00 to 04:00 in the zone UTC.", "The end of it all.", "And a signature.")
    new = sheet("Peak hours are 02:00 to 04:00 in the zone UTC.", "The end of it all.", "And a signature.", moved)
    found = compare_sheets(old, new)
    assert found.counts == {Kind.CHANGED: 1, Kind.SAME: 2, Kind.MOVED: 1}
    changed = next(row for row in found.rows if row.kind is Kind.CHANGED)
    assert [(p.op, p.text) for p in changed.pieces if p.op is not Op.SAME] == [
        (Op.REMOVED, "01:00"), (Op.ADDED, "02:00"),
    ]  # fmt: skip


def test_layout_alone_is_no_difference_and_long_runs_are_folded() -> None:
    lines = [f"Line number {n} says something." for n in range(40)]
    assert not compare_sheets(sheet(*lines), sheet(*(line.replace(" ", "  ") for line in lines))).differs
    found = compare_sheets(sheet(*lines), sheet(*lines[:20], "Something else entirely stands here!", *lines[20:]))
    assert [row.folded for row in found.rows if row.kind is Kind.FOLD] == [17, 17]
