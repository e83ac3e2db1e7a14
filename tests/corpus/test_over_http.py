"""Recorded histories served over HTTPS, version after version, tell what their replay tells.

The official addresses are asked, through the real fetcher; only names and ports lead to a server on this machine. So
that it stays short, the first versions are served of one history of each kind of document and file, and of each that
holds recorded noise: pages that were not the page, captures of several tools, copies of another site. The rest adds
minutes and no path.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import pytest

from monitor.evaluate import Guards
from monitor.fetch.client import Fetcher
from monitor.pipeline import Pipeline, SourceSettings, check_source
from monitor.replay import CONTENT_TYPES, History, open_history, replay
from monitor.schedule.leases import claim_one
from snapshots.changes.contract import change_to_json
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.outcome import CheckOutcome, Outcome
from snapshots.tables import SourceRow
from tests.support.certificates import server_context
from tests.support.wire import Exchange, Upstream

NOISY = ("-fallback", "-captures", "-mirror", "-zh")
CHECKS_BETWEEN_VERSIONS = 3
MOST_VERSIONS = 4
MOST_BYTES = 100_000
SILENT = "document-text-changed"


@dataclass
class Told:
    """What came of one history: the changes of each pair of versions, and the outcomes of the checks between."""

    changes: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    between: list[Outcome] = field(default_factory=list)


class Detour(httpcore2.SyncBackend):
    """Connects to one port, whichever is asked for."""

    def __init__(self, port: int) -> None:
        self._port = port

    def connect_tcp(
        self,
        host: str,
        port: int,  # noqa: ARG002 - that is the point
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        return super().connect_tcp(host, self._port, timeout, local_address, socket_options)


@dataclass
class Site:
    """All the official sites: what each address shows now."""

    shown: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    validated: bool = True

    def answer(self, exchange: Exchange) -> None:
        body, content_type = self.shown[exchange.seen.headers["host"] + exchange.seen.path]
        tag = f'"{sha256(body).hexdigest()[:16]}"'
        if self.validated and exchange.seen.headers.get("if-none-match") == tag:
            exchange.answer(304, ETag=tag)
        elif self.validated:
            exchange.answer(200, body, Content_Type=content_type, ETag=tag)
        else:
            exchange.answer(200, body, Content_Type=content_type)


def chosen(corpus: Path) -> Iterator[History]:
    """Of each kind of document and file the shortest history, and each that is noisy."""
    found = [open_history(description.parent) for description in sorted(corpus.glob("*/source.json"))]
    seen = set()
    for history in sorted(found, key=lambda history: sum(v.path.stat().st_size for v in history.versions)):
        shape = (history.kind, history.versions[0].path.suffix)
        folder = history.versions[0].path.parent.name
        small = max(version.path.stat().st_size for version in history.versions) < MOST_BYTES
        if small and len(history.versions) > 1 and (shape not in seen or any(mark in folder for mark in NOISY)):
            seen.add(shape)
            yield replace(history, versions=history.versions[:MOST_VERSIONS])


@pytest.fixture(scope="module")
def histories(corpus: Path) -> list[History]:
    return list(chosen(corpus))


@pytest.fixture(scope="module")
def replayed(histories: Sequence[History], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    said = {}
    for history in histories:
        with database_at(tmp_path_factory.mktemp("replayed")) as database:
            records = replay([history], database)
            said[history.id] = Told({(record["from"], record["to"]): record["changes"] for record in records})
    return said


@pytest.mark.parametrize("validated", [True, False], ids=["with-etag", "without-etag"])
def test_a_history_over_http_tells_what_its_replay_tells(
    histories: Sequence[History], replayed: dict[str, Told], tmp_path: Path, *, validated: bool
) -> None:
    said = dict(served(histories, tmp_path, validated=validated))
    assert len(said) > 15
    for history in histories:
        assert said[history.id].changes == replayed[history.id].changes, history.id
    between = [outcome for told in said.values() for outcome in told.between]
    unchanged = Outcome.NOT_MODIFIED if validated else Outcome.SAME_BYTES
    assert between.count(unchanged) > 0.9 * len(between)
    # A version that is held stays so, or becomes the new baseline, which changes nothing.
    assert set(between) <= {unchanged, Outcome.SHELL, Outcome.EXTRACTOR_BROKEN, Outcome.BLOCKED, Outcome.BASELINE}


def test_recorded_noise_changes_no_fact(histories: Sequence[History], replayed: dict[str, Told]) -> None:
    """A page that is not the page, and what labels call immaterial between two captures, is told to nobody."""
    noise = 0
    for history in histories:
        folder = history.versions[0].path.parent
        labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        immaterial = {(str(label["from"])[:3], str(label["to"])[:3]) for label in labels if not label["material"]}
        for (before, after), changes in replayed[history.id].changes.items():
            if folder.name.endswith(("-fallback", "-captures")) and (before[:3], after[:3]) in immaterial:
                noise += 1
                assert [change for change in changes if change["kind"] != SILENT] == [], (folder.name, before, after)
    assert noise >= 3


@contextmanager
def database_at(folder: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{folder}/headwater.db")
    database.upgrade()
    yield database
    database.close()


def served(histories: Sequence[History], folder: Path, *, validated: bool) -> Iterator[tuple[str, Told]]:
    hosts = sorted({urlsplit(history.url).hostname or "" for history in histories})
    context, certificate = server_context(folder / "tls", names=hosts)
    site = Site(validated=validated)
    clock = FixedClock(histories[0].versions[0].seen_at)
    with (
        Upstream(tls=context, fallback=site.answer) as server,
        Fetcher(
            allow_networks=[ip_network("127.0.0.1")],
            ca_file=certificate,
            clock=clock,
            resolver=lambda _host, _port: ["127.0.0.1"],
        ) as fetcher,
    ):
        fetcher.backend._sockets = Detour(server.port)
        for history in histories:
            store = folder / history.id
            store.mkdir()
            with database_at(store) as database:
                pipeline = Pipeline(
                    database=database,
                    clock=clock,
                    fetch_for=lambda _source_id: fetcher.fetch,
                    settings=lambda _source_id: SourceSettings("web-page", jitter=0),
                    guards=Guards(confirm_removals=False, hold_mass_disappearance=False),
                )
                yield history.id, watched(history, pipeline, site, clock)


def watched(history: History, pipeline: Pipeline, site: Site, clock: FixedClock) -> Told:
    """Show one version after the other, and check each several times."""
    parts = urlsplit(history.url)
    assert parts.scheme == "https"
    place = f"{parts.netloc}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    with pipeline.database.writing() as session:
        session.add(
            SourceRow(
                id=history.id,
                kind="web-page",
                url=history.url,
                provider="",
                document=history.kind,
                authoritative_for=[],
                interval_seconds=86_400,
                next_check_at=clock.now(),
            )
        )
    told = Told()
    check = partial(checked, pipeline, clock, history.id)
    changes = {}
    for version in history.versions:
        content_type = CONTENT_TYPES.get(version.path.suffix.lower(), history.content_type)
        site.shown[place] = (version.path.read_bytes(), content_type)
        clock.set(version.seen_at)
        changes[version.path.name] = [change_to_json(change) for change in check().changes]
        told.between.extend(check().outcome for _ in range(CHECKS_BETWEEN_VERSIONS))
    told.changes = {(before, after): changes[after] for before, after in named_pairs(history.versions)}
    return told


def named_pairs(versions: Iterable[Any]) -> Iterator[tuple[str, str]]:
    return pairwise(version.path.name for version in versions)


def checked(pipeline: Pipeline, clock: FixedClock, source_id: str) -> CheckOutcome:
    with pipeline.database.writing() as session:
        claim = claim_one(session, source_id, owner="test", now=clock.now())
    assert claim is not None
    done = check_source(pipeline, claim)
    assert done is not None
    # A check is known by its source and the instant it was due at; two at one instant would be one.
    clock.set(clock.now() + timedelta(milliseconds=10))
    return done[0]
