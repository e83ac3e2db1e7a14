"""Being a guest: gaps, waits and robots.txt, shared by workers through rows."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from monitor.app import App
from snapshots.clock import FixedClock
from snapshots.hosts import RobotsState, host_seen
from snapshots.tables import CheckRow, SourceRow
from tests.integration.engine.conftest import MORNING, Worker, run_due, run_for
from tests.support.host import Answer, Host, hosting


def page(name: str) -> bytes:
    rows = "".join(f"<tr><td><code>acme-{name}-{n}</code></td><td>128K</td><td>${n}.50</td></tr>" for n in range(1, 9))
    head = "<tr><th>Model</th><th>Context window</th><th>Output price</th></tr>"
    return f"<html><title>{name}</title><main><h1>{name}</h1><table>{head}{rows}</table></main></html>".encode()


def sources(host: Host, count: int, **more: Any) -> list[dict[str, Any]]:
    for n in range(count):
        host.answers[f"/{n}"] = Answer(page(str(n)), etag=f'"{n}"')
    return [{"id": f"s{n}", "url": f"{host.origin}/{n}"} | more for n in range(count)]


def row(app: App, source: str) -> SourceRow:
    with app.database.reading() as session:
        return session.get_one(SourceRow, source)


def outcomes(app: App, source: str) -> list[str]:
    with app.database.reading() as session:
        query = select(CheckRow.outcome).where(CheckRow.source_id == source)
        return list(session.scalars(query.order_by(CheckRow.scheduled_for)))


def test_several_workers_keep_one_gap_to_a_host_and_nobody_waits(worker: Worker, host: Host, clock: FixedClock) -> None:
    watched, polite = sources(host, 4), {"politeness": {"gap": "3s"}}
    with hosting() as other:
        other.answers["/page"] = Answer(page("other"))
        watched.append({"id": "other", "url": f"{other.origin}/page"})
        apps = [worker(watched, **polite), worker(watched, **polite)]
        done = run_for(clock, apps, 12)
    assert [second for second, source in done if source != "other"] == [0, 3, 6, 9]
    assert (0, "other") in done
    assert sorted(host.pages) == ["/0", "/1", "/2", "/3"]


def test_a_check_under_way_keeps_its_host_from_the_other_workers(worker: Worker, host: Host, clock: FixedClock) -> None:
    watched = sources(host, 2)
    one, two = worker(watched), worker(watched)
    [claim] = one.claim(100)
    clock.set(MORNING + timedelta(minutes=1))
    assert two.claim(100) == []
    one.check(claim)
    one.flush()
    assert two.claim(100) == []
    clock.set(MORNING + timedelta(minutes=1, seconds=1))
    assert [found.source_id for found in two.claim(100)] == ["s1"]


def test_without_politeness_everything_due_is_checked_at_once(worker: Worker, host: Host) -> None:
    assert len(run_due(worker(sources(host, 5), politeness={"enabled": False}))) == 5


@pytest.mark.parametrize(
    ("status", "retry_after", "wait"),
    [(429, "600", timedelta(minutes=10)), (503, "Thu, 15 Jan 2026 09:30:00 GMT", timedelta(minutes=90))],
)
def test_retry_after_holds_for_every_source_of_the_host(
    worker: Worker, host: Host, clock: FixedClock, status: int, retry_after: str, wait: timedelta
) -> None:
    app = worker(sources(host, 3))
    host.answers["/0"] = Answer(b"later", status, {"Retry-After": retry_after})
    assert run_due(app) == ["s0"]
    for source in ("s0", "s1", "s2"):
        assert row(app, source).next_check_at == MORNING + wait
        assert "Retry-After" in row(app, source).next_check_reason
    clock.set(MORNING + wait - timedelta(seconds=1))
    assert run_due(app) == []
    assert host.pages == ["/0"]
    clock.set(MORNING + wait)
    assert len(run_due(app)) == 1


def test_a_crawl_delay_is_kept_in_place_of_a_shorter_gap(worker: Worker, host: Host, clock: FixedClock) -> None:
    host.answers["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 5\n")
    done = run_for(clock, [worker(sources(host, 3))], 14)
    # The first visit is made before anybody read the file.
    assert [second for second, _ in done] == [0, 1, 6]


def test_what_robots_txt_forbids_is_refused_and_the_line_is_named(worker: Worker, host: Host) -> None:
    host.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /0\n")
    host.answers["/0"] = Answer(page("0"))
    app = worker([{"id": "s0", "url": f"{host.origin}/0"}])
    run_due(app)
    with app.database.reading() as session:
        check = session.scalars(select(CheckRow)).one()
    assert (check.outcome, host.pages) == ("refused", [])
    assert '"Disallow: /0"' in (check.error_detail or "")
    assert "robots: ignore" in (check.error_detail or "")
    with_permission = worker([{"id": "s0", "url": f"{host.origin}/0", "robots": "ignore"}])
    claim = with_permission.claim(1)
    assert claim == []  # the host was visited just now, and the failure is tried again later
    assert host.asked == ["/robots.txt"]


def test_a_source_one_has_permission_for_does_not_ask(worker: Worker, host: Host) -> None:
    host.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n")
    app = worker(sources(host, 1, robots="ignore"))
    run_due(app)
    assert (outcomes(app, "s0"), host.asked) == (["baseline"], ["/0"])


def test_where_a_redirect_leads_is_asked_for_in_the_robots_txt_of_its_own_host(
    worker: Worker, host: Host, clock: FixedClock
) -> None:
    with hosting() as other:
        other.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private\n")
        other.answers |= {"/private/page": Answer(page("private")), "/open": Answer(page("open"))}
        host.answers["/moved"] = Answer(b"", 302, {"Location": f"{other.origin}/private/page"})
        host.answers["/fine"] = Answer(b"", 302, {"Location": f"{other.origin}/open"})
        watched = [{"id": name, "url": f"{host.origin}/{name}"} for name in ("fine", "moved")]
        app = worker(watched, politeness={"enabled": False})
        run_due(app)
        assert (outcomes(app, "moved"), outcomes(app, "fine")) == (["refused"], ["baseline"])
        assert other.asked == ["/robots.txt", "/open"]
        with app.database.reading() as session:
            detail = session.scalars(select(CheckRow.error_detail).where(CheckRow.source_id == "moved")).one() or ""
            assert host_seen(session, other.origin) is None
        assert f'{other.origin}/robots.txt forbids {other.origin}/private/page with "Disallow: /private"' in detail
        clock.set(MORNING + timedelta(hours=23))
        run_due(app)
        assert other.asked == ["/robots.txt", "/open", "/open"]
        clock.set(MORNING + timedelta(hours=47))
        run_due(app)
        assert other.asked.count("/robots.txt") == 2


def test_a_redirect_within_a_host_is_asked_for_too_and_with_permission_it_is_followed(
    worker: Worker, host: Host
) -> None:
    host.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private\n")
    host.answers |= {
        "/moved": Answer(b"", 301, {"Location": "/private/page"}),
        "/private/page": Answer(page("private")),
    }
    watched = [
        {"id": "s0", "url": f"{host.origin}/moved"},
        {"id": "s1", "url": f"{host.origin}/moved", "robots": "ignore"},
    ]
    app = worker(watched, politeness={"enabled": False})
    run_due(app)
    assert (outcomes(app, "s0"), outcomes(app, "s1")) == (["refused"], ["baseline"])
    assert host.asked.count("/robots.txt") == 1
    assert host.pages == ["/moved", "/moved", "/private/page"]


def test_while_the_robots_txt_of_a_redirects_host_is_unreachable_it_is_not_asked_for_pages(
    worker: Worker, host: Host
) -> None:
    with hosting() as other:
        other.answers |= {"/robots.txt": Answer(b"broken", 503), "/page": Answer(page("page"))}
        host.answers["/0"] = Answer(b"", 302, {"Location": f"{other.origin}/page"})
        app = worker([{"id": "s0", "url": f"{host.origin}/0"}])
        run_due(app)
        assert (outcomes(app, "s0"), other.pages) == (["server-error"], [])


def test_the_files_of_a_model_are_asked_for_one_by_one(worker: Worker, host: Host) -> None:
    host.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /*/raw/\n")
    api = {"id": "acme/small", "sha": "a" * 40, "siblings": [{"rfilename": "README.md"}]}
    entry = Answer(json.dumps(api).encode(), headers={"Content-Type": "application/json"})
    host.answers["/api/models/acme/small/revision/main"] = entry
    app = worker([{"id": "s0", "kind": "hugging-face-model", "url": f"{host.origin}/acme/small"}])
    run_due(app)
    assert (outcomes(app, "s0"), host.pages) == (["refused"], ["/api/models/acme/small/revision/main"])


def test_a_markdown_form_that_is_forbidden_is_none(worker: Worker, host: Host) -> None:
    host.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /*.md$\n")
    host.answers |= {"/0": Answer(page("0")), "/0.md": Answer(b"# 0\n", headers={"Content-Type": "text/markdown"})}
    app = worker([{"id": "s0", "kind": "markdown-twin", "url": f"{host.origin}/0"}])
    run_due(app)
    assert (outcomes(app, "s0"), host.pages) == (["baseline"], ["/0", "/llms.txt"])


def test_pages_that_lead_to_ever_new_hosts_leave_nothing_behind(worker: Worker, host: Host) -> None:
    forbidding = b"User-agent: *\nDisallow: /" + b"x" * 300_000
    with ExitStack() as stack:
        others = [stack.enter_context(hosting()) for _ in range(8)]
        for other in others:
            other.answers |= {"/robots.txt": Answer(forbidding), "/page": Answer(page("page"))}
        gate = worker([{"id": "s0", "url": f"{host.origin}/0"}]).robots
        assert [gate.refusal(f"{other.origin}/page") for other in [*others, *others[-6:]]] == [None] * 14
        assert [other.asked.count("/robots.txt") for other in others] == [1] * 8
        assert gate.refusal(f"{others[0].origin}/page") is None
        assert others[0].asked.count("/robots.txt") == 2


def test_robots_txt_is_asked_for_once_a_day_by_whichever_worker(worker: Worker, host: Host, clock: FixedClock) -> None:
    host.answers["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private\n")
    watched = sources(host, 2)
    one, two = worker(watched), worker(watched)
    for hour in range(23):
        clock.set(MORNING + timedelta(hours=hour))
        assert run_due(one)
        clock.set(MORNING + timedelta(hours=hour, seconds=5))
        assert run_due(two)
    assert host.asked.count("/robots.txt") == 1
    clock.set(MORNING + timedelta(hours=24, minutes=1))
    run_due(two)
    assert host.asked.count("/robots.txt") == 2
    with one.database.reading() as session:
        known = host_seen(session, host.origin)
    assert known is not None
    assert known.robots is not None
    assert (known.robots.state, known.robots.tried_at) == (RobotsState.READ, clock.now())


def test_while_robots_txt_is_unreachable_nothing_is_fetched(worker: Worker, host: Host, clock: FixedClock) -> None:
    host.answers["/robots.txt"] = Answer(b"broken", 500)
    app = worker(sources(host, 1))
    run_due(app)
    assert (outcomes(app, "s0"), host.pages) == (["server-error"], [])
    host.answers["/robots.txt"] = Answer(b"none", 404)
    clock.set(row(app, "s0").next_check_at)
    run_due(app)
    assert host.pages == []
    clock.set(MORNING + timedelta(hours=1))
    run_due(app)
    assert (outcomes(app, "s0")[-1], host.pages) == ("baseline", ["/0"])


def test_a_robots_txt_that_does_not_unpack_is_one_that_cannot_be_read(
    worker: Worker, host: Host, clock: FixedClock
) -> None:
    host.answers["/robots.txt"] = Answer(b"no gzip at all", headers={"Content-Encoding": "gzip"})
    app = worker(sources(host, 1))
    run_due(app)
    assert (outcomes(app, "s0"), host.pages) == (["invalid-response"], [])


def test_validators_are_left_out_once_a_week_so_that_frozen_ones_cannot_blind_us(
    worker: Worker, host: Host, clock: FixedClock
) -> None:
    app = worker(sources(host, 1, interval="1d"))
    run_due(app)
    host.answers["/0"] = Answer(page("0").replace(b"$1.50", b"$2.50"), etag='"0"')
    for day in range(1, 9):
        clock.set(MORNING + timedelta(days=day))
        run_due(app)
    found = outcomes(app, "s0")
    assert (found[0], found.count("new-version"), set(found[1:])) == ("baseline", 1, {"not-modified", "new-version"})
