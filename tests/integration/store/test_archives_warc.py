"""A web archive of a store, read back by warcio: bytes, times, and what each check confirmed."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from snapshots.archives.files import ArchiveError, hold_still, new_file
from snapshots.archives.warc import Window, Written, write_warc
from snapshots.blobs import Encoding
from snapshots.db import Database
from snapshots.outcome import Outcome
from snapshots.tables import BlobRow, CheckRow, SnapshotRow
from snapshots.versions import UnknownVersionError
from tests.integration.store.archived import LOG, PRICES, add_source, check, fill
from tests.integration.store.conftest import MORNING

EVERYTHING = Window()


def written(database: Database, window: Window = EVERYTHING) -> tuple[bytes, Written]:
    out = BytesIO()
    with database.reading() as session:
        hold_still(session)
        counts = write_warc(session, out, window, now=MORNING, software="headwater/test")
    return out.getvalue(), counts


def records(archive: bytes) -> list[SimpleNamespace]:
    found = []
    for record in ArchiveIterator(BytesIO(archive), check_digests="raise"):
        body = record.content_stream().read()
        headers = dict(record.rec_headers.headers)
        status = record.http_headers.statusline if record.http_headers else ""
        found.append(
            SimpleNamespace(kind=record.rec_type, h=headers, body=body, status=status, http=record.http_headers)
        )
    return found


def at(minutes: int) -> str:
    return (MORNING + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def test_every_version_and_check_is_a_record_in_the_order_of_time(database: Database) -> None:
    fill(database)
    archive, counts = written(database, Window([PRICES]))
    assert counts == Written(sources=1, responses=3, revisits=2, metadata=2)
    found = records(archive)
    assert [(one.kind, one.h["WARC-Date"]) for one in found] == [
        ("warcinfo", at(0)),
        ("response", at(0)),
        ("revisit", at(10)),
        ("response", at(20)),
        ("metadata", at(20)),
        ("response", at(30)),
        ("revisit", at(40)),
        ("metadata", at(50)),
    ]
    responses = [one for one in found if one.kind == "response"]
    assert [one.body for one in responses] == [b"<p>$1</p>", b"<p>shell</p>", b"<p>$2</p>"]
    assert all(one.h["WARC-Payload-Digest"].startswith("sha256:") for one in responses)
    assert responses[0].status == "200 OK"
    assert responses[0].http.get_header("Content-Type") == "text/html"
    assert responses[0].http.get_header("Content-Encoding") is None
    assert b"outcome: timeout" in found[-1].body


def test_revisits_name_the_version_they_confirm(database: Database) -> None:
    fill(database)
    found = records(written(database, Window([PRICES]))[0])
    first, _, last = (one for one in found if one.kind == "response")
    same, unmodified = (one for one in found if one.kind == "revisit")
    for revisit, version, profile in (
        (same, first, "identical-payload-digest"),
        (unmodified, last, "server-not-modified"),
    ):
        assert revisit.h["WARC-Profile"] == f"http://netpreserve.org/warc/1.1/revisit/{profile}"
        assert revisit.h["WARC-Refers-To"] == version.h["WARC-Record-ID"]
        assert revisit.h["WARC-Refers-To-Target-URI"] == version.h["WARC-Target-URI"]
        assert revisit.h["WARC-Refers-To-Date"] == version.h["WARC-Date"]
        assert revisit.body == b""
    assert same.h["WARC-Payload-Digest"] == first.h["WARC-Payload-Digest"]
    assert unmodified.status == "304 Not Modified"


def test_a_held_version_is_followed_by_a_note_that_it_was_not_believed(database: Database) -> None:
    fill(database)
    found = records(written(database)[0])
    note = next(one for one in found if one.kind == "metadata" and b"believed: no" in one.body)
    (version,) = (one for one in found if one.h["WARC-Record-ID"] == note.h["WARC-Refers-To"])
    assert version.body == b"<p>shell</p>"
    assert note.body.splitlines() == [b"believed: no", b"held: 1 of 1 facts are missing. X-Evil: 1"]


def test_warcio_check_finds_nothing_wrong(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(database)
    file = tmp_path / "acme.warc.gz"
    file.write_bytes(written(database)[0])
    assert Checker(SimpleNamespace(inputs=[str(file)], verbose=True)).process_all() == 0
    assert capsys.readouterr().out.count("digest pass") == 7  # all but the revisits, which have no payload


def test_two_exports_of_one_store_are_the_same_bytes(database: Database) -> None:
    fill(database)
    assert written(database)[0] == written(database)[0]


def test_a_window_takes_what_was_seen_in_it_and_points_to_what_was_before(database: Database) -> None:
    fill(database)
    whole = records(written(database)[0])
    archive, counts = written(
        database, Window([PRICES], MORNING + timedelta(minutes=10), MORNING + timedelta(minutes=30))
    )
    assert (counts.responses, counts.revisits) == (1, 1)
    (revisit,) = (one for one in records(archive) if one.kind == "revisit")
    assert revisit.h["WARC-Refers-To"] in {one.h["WARC-Record-ID"] for one in whole if one.kind == "response"}


def test_versions_without_bytes_are_counted_and_left_out(database: Database) -> None:
    fill(database)
    with database.writing() as session:
        digest = session.scalars(select(SnapshotRow.raw_digest).where(SnapshotRow.source_id == LOG)).one()
        gone = update(BlobRow).where(BlobRow.digest == digest)
        session.execute(gone.values(encoding=Encoding.ABSENT, content=b"", base_digest=None, depth=0))
    archive, counts = written(database)
    assert (counts.responses, counts.absent) == (3, 1)
    assert b"<p>log</p>" not in {one.body for one in records(archive)}


def test_versions_outlive_their_checks(database: Database) -> None:
    fill(database)
    with database.writing() as session:
        for row in session.scalars(select(CheckRow).where(CheckRow.finished_at < MORNING + timedelta(minutes=40))):
            session.delete(row)
    found = records(written(database, Window([PRICES]))[0])
    assert [one.kind for one in found] == ["warcinfo", *["response"] * 2, "metadata", "response", "revisit", "metadata"]


def test_a_held_page_seen_again_is_a_revisit_of_the_held_version(database: Database) -> None:
    add_source(database, PRICES)
    check(database, PRICES, 0, Outcome.BASELINE, b"page")
    check(database, PRICES, 10, Outcome.SHELL, b"shell", held="a wrong page")
    check(database, PRICES, 20, Outcome.SHELL, b"shell", held="a wrong page")
    found = records(written(database)[0])
    assert found[-1].kind == "revisit"
    assert found[-1].h["WARC-Refers-To"] == next(one for one in found if one.body == b"shell").h["WARC-Record-ID"]


def test_an_address_from_outside_cannot_begin_a_header(database: Database) -> None:
    add_source(database, PRICES)
    evil = "https://docs.acme.example/a b\r\nWARC-Type: warcinfo\r\n\r\n\u202e价"
    check(database, PRICES, 0, Outcome.BASELINE, b"", url=evil)
    (_, response) = records(written(database)[0])
    assert response.h["WARC-Target-URI"].startswith("https://docs.acme.example/a%20b%0D%0AWARC-Type:%20warcinfo")
    assert (response.kind, response.body) == ("response", b"")


def test_an_unknown_source_is_named(database: Database) -> None:
    with pytest.raises(UnknownVersionError, match="There is no source nobody"):
        written(database, Window(["nobody"]))


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    target = tmp_path / "a.warc.gz"

    def fail(force: Any = False) -> None:
        with new_file(target, force=force) as out:
            out.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list(tmp_path.iterdir()) == []
    with new_file(target) as out:
        out.write(b"whole")
    with pytest.raises(ArchiveError, match="exists already"):
        fail()
    with pytest.raises(RuntimeError):
        fail(force=True)
    assert target.read_bytes() == b"whole"
    (tmp_path / "a.warc.gz.part").write_bytes(b"another's")
    target.unlink()
    with pytest.raises(ArchiveError, match="another export is writing it, or was interrupted"):
        fail()
    assert (tmp_path / "a.warc.gz.part").read_bytes() == b"another's"
    with pytest.raises(ArchiveError, match="is a folder"), new_file(tmp_path):
        pass
    with pytest.raises(ArchiveError, match="cannot be written: No such file"), new_file(tmp_path / "no" / "a"):
        pass
