"""Failures, moves and outages as they are recorded and told: once, and never as a change of a fact."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from monitor.app import App
from monitor.holding import accept
from snapshots import holding
from snapshots.clock import FixedClock
from snapshots.outages import RETRY_SOON
from snapshots.review import Reviewer, ReviewError
from snapshots.tables import ChangeRow, CheckRow, FactRow, OutageRow, OutboxEventRow, SourceRow
from tests.integration.engine.conftest import MORNING, Worker, run_due
from tests.integration.engine.test_hosts import page
from tests.support.host import Answer, Host, hosting

PERSON = Reviewer("kim", "cli")


def told(app: App) -> list[tuple[str, dict[str, Any]]]:
    with app.database.reading() as session:
        rows = session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.id))
        return [(row.topic, row.payload) for row in rows if row.topic not in ("baseline-read", "changes-recorded")]


def source_row(app: App, source: str = "acme") -> SourceRow:
    with app.database.reading() as session:
        return session.get_one(SourceRow, source)


def check_next(app: App, clock: FixedClock, source: str = "acme") -> str:
    """Go to the next check of a source and make it; the outcome."""
    clock.set(max(source_row(app, source).next_check_at, clock.now()))
    assert source in run_due(app)
    with app.database.reading() as session:
        query = select(CheckRow.outcome).where(CheckRow.source_id == source).order_by(CheckRow.scheduled_for.desc())
        return session.scalars(query).first() or ""


@pytest.fixture
def app(worker: Worker, host: Host) -> App:
    host.answers["/p"] = Answer(page("p"))
    made = worker([{"id": "acme", "url": f"{host.origin}/p"}])
    run_due(made)
    return made


def test_an_incident_is_opened_once_and_closed_once(app: App, host: Host, clock: FixedClock) -> None:
    good = host.answers["/p"]
    host.answers["/p"] = Answer(b"oops", 500)
    counts = []
    for _ in range(5):
        assert check_next(app, clock) == "server-error"
        counts.append(len(told(app)))
    assert counts == [0, 0, 1, 1, 1]
    [(topic, payload)] = told(app)
    since = MORNING + timedelta(hours=1)
    assert (topic, payload["source_id"], payload["outcome"]) == ("source-failing", "acme", "server-error")
    assert (payload["since"], payload["last_good_at"]) == (since.isoformat(), MORNING.isoformat())
    assert payload["detail"] == "The server answered 500 Internal Server Error."
    host.answers["/p"] = good
    assert check_next(app, clock) == "same-bytes"
    assert check_next(app, clock) == "same-bytes"
    [_, recovered] = told(app)
    until = source_row(app).last_ok_at
    assert until is not None
    assert recovered[0] == "source-recovered"
    assert recovered[1]["since"] == since.isoformat()
    with app.database.reading() as session:
        assert session.scalars(select(FactRow).where(FactRow.observed_to.is_not(None))).all() == []
        assert session.scalars(select(ChangeRow)).all() == []


def test_what_is_plain_is_told_at_the_second_look_and_a_short_trouble_never(
    app: App, host: Host, clock: FixedClock
) -> None:
    good = host.answers["/p"]
    host.answers["/p"] = Answer(b"gone", 410)
    check_next(app, clock)
    host.answers["/p"] = good
    check_next(app, clock)
    assert told(app) == []
    host.answers["/p"] = Answer(b"gone", 410)
    check_next(app, clock)
    check_next(app, clock)
    assert [(topic, payload["outcome"]) for topic, payload in told(app)] == [("source-failing", "gone")]


def test_a_permanent_move_is_told_once_and_a_temporary_one_never(app: App, host: Host, clock: FixedClock) -> None:
    host.answers["/new"] = host.answers["/p"]
    for status, expected in ((302, 0), (301, 1), (301, 1), (308, 1), (307, 1), (301, 1)):
        host.answers["/p"] = Answer(b"", status, {"Location": "/new"})
        assert check_next(app, clock) == "same-bytes"
        with app.database.reading() as session:
            changes = session.scalars(select(ChangeRow)).all()
        assert [(c.kind, c.after) for c in changes] == [("document-moved", f"{host.origin}/new")] * expected
    assert source_row(app).moved_to == f"{host.origin}/new"


def test_moving_away_and_elsewhere_and_back_again_is_recorded_without_a_double(
    app: App, host: Host, clock: FixedClock
) -> None:
    host.answers["/new"] = host.answers["/other"] = host.answers["/p"]
    for target in ("/new", "/other", "/new", "/other"):
        host.answers["/p"] = Answer(b"", 301, {"Location": target})
        assert check_next(app, clock) == "same-bytes"
    with app.database.reading() as session:
        assert len(session.scalars(select(ChangeRow)).all()) == 2


def test_a_held_version_is_accepted_with_its_changes_told(app: App, host: Host, clock: FixedClock) -> None:
    rows = page("p").split(b"<tr>")
    host.answers["/p"] = Answer(b"<tr>".join([*rows[:2], rows[-1]]))
    assert check_next(app, clock) == "held"
    assert check_next(app, clock) == "held"
    assert [topic for topic, _ in told(app)] == ["source-failing"]
    accept(app.pipeline, "acme", PERSON, text="seen it")
    with app.database.reading() as session:
        changes = session.scalars(select(ChangeRow)).all()
        events = session.scalars(select(OutboxEventRow).where(OutboxEventRow.topic == "changes-recorded")).all()
    assert [change.kind for change in changes].count("model-removed") == 7
    assert {change.state for change in changes} == {"open"}
    assert len(events) == 1
    assert [topic for topic, _ in told(app)] == ["source-failing", "source-recovered"]
    assert check_next(app, clock) == "same-bytes"
    with pytest.raises(ReviewError, match="No version of acme is held"):
        accept(app.pipeline, "acme", PERSON)
    assert source_row(app).lease_owner is None


def test_a_refused_version_stays_held_however_long_it_stands(app: App, host: Host, clock: FixedClock) -> None:
    sections = "".join(f"<h2>Chapter {n}</h2><p>Once upon a time there was number {n}.</p>" for n in range(9))
    host.answers["/p"] = Answer(f"<html><title>A tale</title><main>{sections}</main>".encode())
    assert check_next(app, clock) in ("shell", "held")
    with app.database.writing() as session:
        held = holding.held_version(session, "acme")
        assert holding.refuse(session, held, PERSON, now=clock.now())
        assert not holding.refuse(session, held, PERSON, now=clock.now())
    clock.set(clock.now() + timedelta(days=3))
    assert check_next(app, clock) in ("shell", "held")


def test_every_check_is_one_line_with_the_same_keys(app: App, host: Host, clock: FixedClock) -> None:
    lines = []
    for answer in (host.answers["/p"], Answer(page("q")), Answer(b"", 500), Answer(b""), Answer(b"x", 403)):
        host.answers["/p"] = answer
        with capture_logs() as logged:
            check_next(app, clock)
        [line] = [one for one in logged if one["event"] == "check"]
        lines.append(line)
    assert len({frozenset(line) for line in lines}) == 1
    assert [line["log_level"] for line in lines] == ["info", "info", "warning", "warning", "warning"]
    assert all(line["detail"] for line in lines[2:])


@pytest.fixture
def hosts() -> Iterator[list[Host]]:
    with ExitStack() as stack:
        made = [stack.enter_context(hosting()) for _ in range(4)]
        for host in made:
            host.answers["/p"] = Answer(page("p"))
        yield made


def test_when_nothing_can_be_reached_it_is_one_event_and_no_source_fails(
    worker: Worker, clock: FixedClock, hosts: list[Host]
) -> None:
    ids = [f"s{n}" for n in range(4)]

    def watching(ports: list[str]) -> App:
        return worker(
            [{"id": i, "url": f"{origin}/p", "robots": "ignore"} for i, origin in zip(ids, ports, strict=True)]
        )

    origins = [host.origin for host in hosts]
    one, two = watching(origins), watching(origins)
    run_due(one)
    closed = [_nobody_there() for _ in hosts]
    for app in (one, two):
        _redirect(app, dict(zip(ids, closed, strict=True)))
    clock.set(MORNING + timedelta(hours=1))
    [first, second, *rest] = one.claim(100)
    one.check(first)
    two.check(second)
    assert told(one) == []
    for claim in rest:
        two.check(claim)
    assert [topic for topic, _ in told(one)] == ["network-down"]
    for source in ids:
        found = source_row(one, source)
        assert (found.consecutive_failures, found.failing_since) == (0, None)
        assert found.next_check_at == clock.now() + RETRY_SOON
    for _ in range(5):
        clock.set(clock.now() + RETRY_SOON)
        assert len(run_due(one)) == 4
    assert [topic for topic, _ in told(one)] == ["network-down"]
    _redirect(two, dict(zip(ids, origins, strict=True)))
    clock.set(clock.now() + RETRY_SOON)
    assert len(run_due(two)) == 4
    assert [topic for topic, _ in told(one)] == ["network-down", "network-up"]
    assert told(one)[0][1]["since"] == told(one)[1][1]["since"]
    with one.database.reading() as session:
        assert session.scalars(select(OutageRow.ended_at)).all() == [clock.now()]


def test_one_host_that_is_down_is_that_hosts_trouble(worker: Worker, clock: FixedClock, hosts: list[Host]) -> None:
    watched = [{"id": f"s{n}", "url": f"{host.origin}/p", "robots": "ignore"} for n, host in enumerate(hosts)]
    app = worker(watched)
    run_due(app)
    _redirect(app, {"s0": _nobody_there()})
    for hour in range(1, 4):
        clock.set(MORNING + timedelta(hours=hour))
        run_due(app)
    assert [(topic, payload["source_id"]) for topic, payload in told(app)] == [("source-failing", "s0")]


def _nobody_there() -> str:
    with hosting() as host:
        return host.origin


def _redirect(app: App, origins: dict[str, str]) -> None:
    """Let the addresses of sources lead elsewhere, as a network that is down does, the rows being as they were."""
    with app.database.writing() as session:
        for source, origin in origins.items():
            session.get_one(SourceRow, source).url = f"{origin}/p"
