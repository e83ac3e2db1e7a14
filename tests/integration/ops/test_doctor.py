"""The doctor, on a real configuration with real servers beside it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from monitor.demo.receivers import SlackReceiver, SmtpCatcher
from monitor.fetch.client import Fetcher
from monitor.fetch.model import Request
from monitor.ops.doctor.examine import examine
from monitor.ops.doctor.model import Finding, Look, State, good
from monitor.ops.doctor.network import Address, looks_at_hosts
from monitor.ops.doctor.store import look_at_store
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.tables import SourceRow
from tests.integration.cli.conftest import Run, run
from tests.integration.store.lived import START, add_source

__all__ = ["run"]

ROBOTS = b"User-agent: *\nDisallow: /private\n"
LOOPBACK = "allow_networks: [127.0.0.1/32]"


class Site:
    """A host whose answers the test decides."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, bytes]] = {"/page": (200, b"# Prices\n"), "/robots.txt": (200, ROBOTS)}
        self.date = datetime.now(UTC)
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                status, body = site.pages.get(self.path, (404, b"none"))
                self.send_response_only(status)
                self.send_header("Date", f"{site.date:%a, %d %b %Y %H:%M:%S GMT}")
                self.send_header("Content-Type", "text/markdown")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    from ipaddress import ip_network

    with Fetcher(allow_networks=[ip_network("127.0.0.1/32")]) as made:
        yield made


def seen(found: list[Finding], area: str) -> list[tuple[State, str]]:
    return [(one.state, one.says) for one in found if one.area == area]


def hosts(site: Site, fetcher: Fetcher, *addresses: Address) -> list[Finding]:
    clock = FixedClock(datetime.now(UTC))
    watched = addresses or (Address("acme", f"{site.origin}/page"),)
    return examine(list(looks_at_hosts(watched, fetcher, clock)), seconds=10)


def test_everything_is_well_with_a_service_that_works(run: Run, tmp_path: Path, site: Site) -> None:
    with SlackReceiver() as slack, SmtpCatcher() as mail:
        (tmp_path / "hook").write_text(slack.url)
        (tmp_path / "headwater.yaml").write_text(
            f"""
sources: [{{id: acme, url: "{site.origin}/page"}}]
fetch: {{{LOOPBACK}}}
channels:
  - {{name: team, kind: slack, webhook_url_file: hook}}
  - name: mail
    kind: email
    host: 127.0.0.1
    port: {mail.port}
    security: none
    sender: a@b.example
    to: [c@d.example]
  - {{name: log, kind: log}}
"""
        )
        assert run("check").code == 0
        answer = run("doctor", "--json")
        assert (slack.payloads, list(mail.mails)) == ([], [])
    told = answer.json
    assert told["ok"] is True, told
    assert answer.code == 0
    states = {(one["area"], one["about"]): one["state"] for one in told["findings"]}
    assert states["channel", "team"] == states["channel", "mail"] == states["source", "acme"] == "good"
    assert states["channel", "log"] == "skipped"
    assert {area for area, _ in states} == {
        *("database", "schedule", "clock", "disk", "source"),
        *("secret", "channel", "dns", "egress", "robots"),
    }


def test_each_thing_that_is_wrong_comes_with_what_to_do(run: Run, tmp_path: Path) -> None:
    (tmp_path / "headwater.yaml").write_text(
        f"""
sources: [{{id: acme, url: "http://nowhere.invalid/page"}}, {{id: closed, url: "http://127.0.0.1:1/page"}}]
fetch: {{{LOOPBACK}}}
channels:
  - {{name: team, kind: slack, webhook_url_env: NOT_SET_ANYWHERE}}
  - {{name: mail, kind: email, host: 127.0.0.1, port: 1, security: none, sender: a@b.example, to: [c@d.example]}}
"""
    )
    answer = run("doctor")
    assert answer.code == 1
    for words in (
        "is empty. Run `headwater db upgrade`",
        "NOT_SET_ANYWHERE, which is not set",
        "127.0.0.1:1 cannot be reached",
        "headwater alerts test mail",
        "nowhere.invalid has no address",
        "5 things to see to.",
    ):
        assert words in answer.out
    assert all(one["todo"] for one in run("doctor", "--json").json["findings"] if one["state"] == "wrong")


def test_offline_asks_no_other_machine(run: Run, tmp_path: Path) -> None:
    (tmp_path / "headwater.yaml").write_text(
        """
sources: [{id: acme, url: "https://docs.acme.example/page"}]
channels: [{name: mail, kind: email, host: mail.acme.example, sender: a@b.example, to: [c@d.example]}]
"""
    )
    assert run("db", "upgrade").code == 0
    found = run("doctor", "--offline", "--json").json["findings"]
    assert {one["area"] for one in found} == {"database", "disk", "clock", "schedule", "secret", "channel"}
    assert [one["state"] for one in found if one["area"] == "channel"] == ["skipped"]


def test_a_configuration_that_cannot_be_read_is_an_error_of_its_own(run: Run) -> None:
    answer = run("doctor")
    assert answer.code == 3
    assert "headwater init" in answer.err


@pytest.mark.parametrize(
    ("last_ok", "failing", "says"),
    [
        (timedelta(hours=3), False, "read 3 hours ago"),
        (timedelta(days=5), False, "read 5 days ago, due every 24 hours"),
        (timedelta(hours=3), True, "read 3 hours ago, then 2 times timeout"),
        (None, False, "not read yet"),
        (None, True, "never read: timeout"),
    ],
)
def test_a_source_is_judged_by_its_last_good_answer(
    database: Database, last_ok: timedelta | None, failing: bool, says: str
) -> None:
    add_source(database, "acme")
    values: dict[str, Any] = {"last_ok_at": START - last_ok if last_ok else None, "next_check_at": START}
    if failing:
        values |= {"failing_since": START, "failing_kind": "timeout", "consecutive_failures": 2}
    with database.writing() as session:
        session.execute(update(SourceRow).values(values))
    found = list(look_at_store(database, FixedClock(START)))
    ((state, said),) = seen(found, "source")
    assert said == says
    assert (state is State.GOOD) == (last_ok == timedelta(hours=3) and not failing)


def test_a_clock_behind_what_was_recorded_is_told(database: Database) -> None:
    add_source(database, "acme")
    with database.writing() as session:
        session.execute(update(SourceRow).values(last_checked_at=START + timedelta(hours=2)))
    assert seen(list(look_at_store(database, FixedClock(START))), "clock") == [
        (State.WRONG, "2025-01-01 06:00 UTC, 2 hours before the newest check")
    ]


def test_a_clock_that_disagrees_with_the_server_is_told(database: Database) -> None:
    if database.is_sqlite:
        assert seen(list(look_at_store(database, FixedClock(START))), "clock")[0][0] is State.GOOD
    else:
        ((state, says),) = seen(list(look_at_store(database, FixedClock(START))), "clock")
        assert state is State.WRONG
        assert "away from PostgreSQL's" in says


def test_a_database_of_another_schema_ends_the_look(database_url: str) -> None:
    empty = Database(database_url)
    ((finding),) = list(look_at_store(empty, FixedClock(START)))
    assert (finding.area, finding.state) == ("database", State.WRONG)
    assert "headwater db upgrade" in finding.says
    empty.close()


def test_a_host_is_asked_once_for_its_robots_and_one_document(site: Site, fetcher: Fetcher) -> None:
    other = Address("other", f"{site.origin}/other")
    found = hosts(site, fetcher, Address("acme", f"{site.origin}/page"), other)
    assert [one.area for one in found] == ["dns", "robots", "egress"]
    assert {one.state for one in found} == {State.GOOD}
    assert site.asked == ["/robots.txt", "/page"]


def test_what_costs_or_needs_a_key_is_not_asked_for(site: Site, fetcher: Fetcher) -> None:
    found = hosts(site, fetcher, Address("probe", f"{site.origin}/page", open=False, obeys_robots=False))
    assert {one.state for one in found} == {State.GOOD}
    assert site.asked == ["/robots.txt"]


def test_a_server_that_lives_in_another_time_tells_of_our_clock(site: Site, fetcher: Fetcher) -> None:
    site.date = datetime.now(UTC) - timedelta(minutes=10)
    ((state, says),) = seen(hosts(site, fetcher), "clock")
    assert state is State.WRONG
    assert "seconds away from 127.0.0.1's" in says


@pytest.mark.parametrize(("status", "state"), [(404, State.GOOD), (503, State.WRONG)])
def test_a_robots_txt_may_be_missing_and_must_not_be_broken(
    site: Site, fetcher: Fetcher, status: int, state: State
) -> None:
    site.pages["/robots.txt"] = (status, b"")
    assert [found for found, _ in seen(hosts(site, fetcher), "robots")] == [state]


@pytest.mark.parametrize("obeys", [True, False])
def test_what_robots_txt_forbids_is_told_of_its_source_and_not_read(site: Site, fetcher: Fetcher, obeys: bool) -> None:
    site.pages["/private/page"] = (200, b"# Private\n")
    found = hosts(site, fetcher, Address("acme", f"{site.origin}/private/page", obeys_robots=obeys))
    assert ("/private/page" in site.asked) == (not obeys)
    told = [(one.about, one.says) for one in found if one.state is State.WRONG]
    assert told == ([("acme", "forbidden: Disallow: /private")] if obeys else [])


def test_many_looks_end_within_one_bound_of_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, Fetcher() as fetcher:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        held = threading.Event()

        def hang() -> list[Finding]:
            held.wait(30)
            fetcher.fetch(Request("never", url))
            return []

        def fault() -> list[Finding]:
            message = "a fault of ours"
            raise RuntimeError(message)

        looks = [Look("slow", "one", hang), Look("quick", "two", lambda: [good("quick", "two", "well")])]
        began = time.monotonic()
        found = examine([*looks, Look("broken", "three", fault)], seconds=0.5)
        assert time.monotonic() - began < 5
        held.set()
    assert [(one.area, one.state) for one in found] == [
        ("slow", State.WRONG),
        ("quick", State.GOOD),
        ("broken", State.WRONG),
    ]
    assert "no answer within 0.5 seconds" in found[0].says
    assert "a fault of ours" in found[2].says
