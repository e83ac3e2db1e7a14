"""A backup taken here is the same store there, on either database; a file that is none is refused, and nothing kept."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from snapshots.blobs import Encoding, zstd
from snapshots.care.archive import BackupError
from snapshots.care.backup import backup
from snapshots.care.restore import restore
from snapshots.care.verify import verify
from snapshots.db import Database, DatabaseError, head_revision
from snapshots.tables import Base, BlobRow, CheckRow, SnapshotRow
from tests.integration.store.lived import DAY, START, check, live, page, rise

NOW = START + 30 * DAY
POSTGRES = pytest.mark.postgres


def rows(database: Database) -> dict[str, list[Any]]:
    """Everything a database holds."""
    with database.reading() as session:
        return {
            table.name: [
                tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns)).all()
            ]
            for table in Base.metadata.sorted_tables
        }


@pytest.fixture
def opened() -> Iterator[Callable[[str], Database]]:
    made: list[Database] = []

    def call(url: str) -> Database:
        made.append(Database(url))
        return made[-1]

    yield call
    for database in made:
        database.close()


@pytest.fixture
def lived(new_database: Callable[[str], str], opened: Callable[[str], Database]) -> Database:
    """A store on SQLite that has lived."""
    database = opened(new_database("sqlite"))
    database.upgrade()
    live(database)
    return database


@pytest.fixture
def lines(lived: Database, tmp_path: Path) -> list[Any]:
    """A good backup, line by line."""
    backup(lived, tmp_path / "good.hwb", NOW)
    data = zstd.decompress((tmp_path / "good.hwb").read_bytes())
    return [json.loads(line) for line in data.decode().splitlines()]


def write(path: Path, lines: list[Any], *, honest: bool = True) -> Path:
    """An archive of these lines; an honest one says the right counts and digest at its end."""
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines[:-1])
    end = lines[-1]
    if honest:
        counts: dict[str, int] = {}
        table = ""
        for line in lines[1:-1]:
            if isinstance(line, dict) and "table" in line:
                table = str(line["table"])
                counts[table] = 0
            else:
                counts[table] = counts.get(table, 0) + 1
        end = {"end": True, "rows": counts, "sha256": hashlib.sha256(body).hexdigest()}
    path.write_bytes(zstd.compress(body + json.dumps(end).encode() + b"\n"))
    return path


def where(lines: list[Any], table: str) -> int:
    """The index of the line that announces a table."""
    return next(i for i, line in enumerate(lines) if isinstance(line, dict) and line.get("table") == table)


def refused(path: Path, url: str, opened: Callable[[str], Database]) -> str:
    """The sentence with which an archive is refused; neither it nor the database was changed."""
    before = path.read_bytes()
    target = opened(url)
    with pytest.raises(BackupError) as caught:
        restore(path, target, most_bytes=50_000_000)
    assert path.read_bytes() == before
    if target.path is not None:
        assert list(target.path.parent.glob(target.path.name + "*")) == []
    assert target.revision() is None
    return str(caught.value)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("sqlite", "sqlite"),
        pytest.param("sqlite", "postgresql", marks=POSTGRES),
        pytest.param("postgresql", "sqlite", marks=POSTGRES),
        pytest.param("postgresql", "postgresql", marks=POSTGRES),
    ],
)
def test_a_restored_store_holds_the_same_and_goes_on(
    new_database: Callable[[str], str], opened: Callable[[str], Database], tmp_path: Path, here: str, there: str
) -> None:
    first, second = opened(new_database(here)), opened(new_database(there))
    first.upgrade()
    live(first, versions=8)
    made = backup(first, tmp_path / "kept.hwb", NOW)
    done = restore(tmp_path / "kept.hwb", second)
    assert rows(second) == rows(first)
    assert done.rows == made.rows
    assert (done.header.schema, made.size) == (head_revision(), (tmp_path / "kept.hwb").stat().st_size)
    second.require_current()
    recorded = check(second, "acme-pricing", 9, START + 40 * DAY, rise(9))
    assert recorded.snapshot_id == 9
    with second.consistent() as session:
        assert verify(session).problems == ()


def test_a_backup_sees_one_instant_while_checks_go_on(database: Database, tmp_path: Path) -> None:
    live(database)
    added = 0

    def meanwhile(_done: int, _of: int) -> None:
        nonlocal added
        added += 1
        check(database, "acme-pricing", 100 + added, START + (100 + added) * DAY, rise(100 + added))

    made = backup(database, tmp_path / "kept.hwb", NOW, progress=meanwhile)
    assert added > 0
    assert made.rows["checks"] == made.rows["snapshots"] == 6
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CheckRow)) == 6 + added


def test_a_backup_replaces_no_file_unless_told_to(lived: Database, tmp_path: Path) -> None:
    target = tmp_path / "kept.hwb"
    target.write_bytes(b"precious")
    with pytest.raises(BackupError, match="exists already"):
        backup(lived, target, NOW)
    assert target.read_bytes() == b"precious"
    (tmp_path / "kept.hwb.part").write_bytes(b"left by a crash")
    backup(lived, target, NOW, replace=True)
    assert sorted(path.name for path in tmp_path.glob("kept*")) == ["kept.hwb"]


def test_a_backup_into_a_missing_folder_is_a_sentence(lived: Database, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="cannot be written: No such file or directory"):
        backup(lived, tmp_path / "nowhere" / "kept.hwb", NOW)


def test_two_backups_of_one_store_are_the_same_but_for_their_time(lived: Database, tmp_path: Path) -> None:
    for name in ("a", "b"):
        backup(lived, tmp_path / name, NOW)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_database_that_holds_something_is_not_touched(lived: Database, database: Database, tmp_path: Path) -> None:
    backup(lived, tmp_path / "kept.hwb", NOW)
    live(database, "other", versions=2)
    before = rows(database)
    with pytest.raises(DatabaseError, match="is not empty"):
        restore(tmp_path / "kept.hwb", database)
    assert rows(database) == before


def test_an_empty_file_is_left_as_empty_as_it_was(lines: list[Any], lived: Database, tmp_path: Path) -> None:
    target = tmp_path / "new.db"
    target.touch()
    lines[5] = ["nonsense"]
    with pytest.raises(BackupError):
        restore(write(tmp_path / "bad.hwb", lines), Database(f"sqlite:///{target}"))
    assert target.read_bytes() == b""
    assert sorted(path.name for path in tmp_path.glob("new.db*")) == ["new.db"]


def test_a_backup_of_an_older_schema_is_brought_up(
    new_database: Callable[[str], str], opened: Callable[[str], Database], lines: list[Any], tmp_path: Path
) -> None:
    """An archive of 0001 has neither the tables nor the columns that came later."""
    older = opened(new_database("sqlite"))
    older.upgrade_to("0001")
    with older.engine.connect() as connection:
        tables = [name for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'")]
        columns = {
            table: [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")] for table in tables
        }
    made: list[Any] = [{**lines[0], "schema": "0001"}]
    announced: list[str] | None = None
    for line in lines[1:-1]:
        if isinstance(line, dict):
            announced = line["columns"] if line["table"] in columns else None
            if announced is not None:
                kept = [name for name in announced if name in columns[line["table"]]]
                made.append({"table": line["table"], "columns": kept})
        elif announced is not None:
            made.append([value for name, value in zip(announced, line, strict=True) if name in made_columns(made)])
    target = opened(new_database("sqlite"))
    done = restore(write(tmp_path / "old.hwb", [*made, {}]), target)
    assert done.header.schema == "0001"
    target.require_current()
    found = rows(target)
    assert {row[8] for row in found["changes"]} == {"acme-chat"}
    assert len(found["snapshots"]) == 6


def made_columns(made: list[Any]) -> list[str]:
    columns: list[str] = next(line["columns"] for line in reversed(made) if isinstance(line, dict))
    return columns


def test_what_retention_let_go_is_backed_up_as_gone(
    lived: Database, opened: Callable[[str], Database], new_database: Callable[[str], str], tmp_path: Path
) -> None:
    with lived.writing() as session:
        row = session.scalars(select(BlobRow).order_by(BlobRow.depth.desc())).first()
        assert row is not None
        row.encoding, row.content, row.base_digest, row.depth = Encoding.ABSENT, b"", None, 0
    backup(lived, tmp_path / "kept.hwb", NOW)
    target = opened(new_database("sqlite"))
    restore(tmp_path / "kept.hwb", target)
    assert rows(target) == rows(lived)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is cut off at its beginning"),
        (b"SQLite format 3\0" + b"x" * 500, "it is not compressed with zstd"),
        (zstd.compress(b""), "is cut off"),
        (zstd.compress(b"\x00\xff\xfe\n"), "is not JSON"),
        (zstd.compress(b"[" * 200_000 + b"\n"), "is not JSON"),
        (zstd.compress(b"9" * 10_000 + b"\n"), "is not JSON"),
        (zstd.compress(b"[]\n"), "This is not a backup of headwater"),
        (zstd.compress(b'{"format": "tar"}\n'), "This is not a backup of headwater"),
        (zstd.compress(b'{"format": "headwater-backup", "version": 2}\n'), "has format 2, this program reads 1"),
        (zstd.compress(b'{"format": "headwater-backup", "version": 1}\n'), "must name schema"),
        (zstd.compress(b" " * 70_000_000), "is longer than 67,108,864 bytes"),
    ],
    ids=range(11),
)
def test_a_file_that_is_no_backup(
    content: bytes,
    sentence: str,
    tmp_path: Path,
    new_database: Callable[[str], str],
    opened: Callable[[str], Database],
) -> None:
    path = tmp_path / "odd.hwb"
    path.write_bytes(content)
    import re

    assert re.search(sentence, refused(path, new_database("sqlite"), opened))


def test_a_backup_that_is_cut_off_anywhere(
    lines: list[Any], tmp_path: Path, new_database: Callable[[str], str], opened: Callable[[str], Database]
) -> None:
    whole = (tmp_path / "good.hwb").read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        cut = tmp_path / "cut.hwb"
        cut.write_bytes(whole[: int(len(whole) * share)])
        assert "the archive is not complete" in refused(cut, new_database("sqlite"), opened)
    cut = write(tmp_path / "short.hwb", [*lines[:40]], honest=False)
    assert "Line 41 of the archive is cut off" in refused(cut, new_database("sqlite"), opened)


def test_a_backup_with_a_bit_flipped(
    lines: list[Any], tmp_path: Path, new_database: Callable[[str], str], opened: Callable[[str], Database]
) -> None:
    whole = (tmp_path / "good.hwb").read_bytes()
    for at in range(20, len(whole), len(whole) // 12):
        bad = tmp_path / "bad.hwb"
        bad.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        refused(bad, new_database("sqlite"), opened)


Edit = Callable[[list[Any]], object]


def _set(table: str, column: str, value: object, row: int = 1) -> Edit:
    def edit(lines: list[Any]) -> None:
        at = where(lines, table)
        lines[at + row][lines[at]["columns"].index(column)] = value

    return edit


def _other_blob(lines: list[Any]) -> None:
    at = where(lines, "blobs")
    other = zstd.compress(b"x" * len(page(1)))
    lines[at + 1][lines[at]["columns"].index("content")] = base64.b64encode(other).decode()


HOSTILE: dict[str, tuple[Edit, str]] = {
    "newer schema": (lambda lines: lines[0].update(schema="0999"), "Install the newer headwater"),
    "unknown table": (
        lambda lines: lines.insert(1, {"table": "users", "columns": ["id"]}),
        'Line 2 of the archive names the table "users", which headwater does not have',
    ),
    "alembic's table": (lambda lines: lines.insert(1, {"table": "alembic_version", "columns": []}), "does not have"),
    "unknown column": (
        lambda lines: lines[where(lines, "blobs")]["columns"].append("evil"),
        'of the archive names the column "evil"',
    ),
    "missing column": (
        lambda lines: lines[where(lines, "blobs")]["columns"].pop(),
        "does not name the column content of blobs",
    ),
    "column twice": (lambda lines: lines[where(lines, "blobs")]["columns"].append("digest"), "names a column twice"),
    "table twice": (
        lambda lines: lines.insert(-1, dict(lines[where(lines, "blobs")])),
        "begins the table blobs a second time",
    ),
    "row before table": (lambda lines: lines.insert(1, [1]), "is a row, and no table was announced"),
    "short row": (lambda lines: lines[where(lines, "blobs") + 1].pop(), "has 5 values, and blobs has 6 columns here"),
    "odd line": (lambda lines: lines.insert(3, "hello"), "Line 4 of the archive is neither a table, nor a row"),
    "text for number": (_set("blobs", "size", "12"), "blobs.size must be a whole number"),
    "true for number": (_set("blobs", "size", value=True), "blobs.size must be a whole number"),
    "huge number": (_set("blobs", "size", 1 << 40), "blobs.size must be a whole number of at most 32 bits"),
    "null": (_set("sources", "url", None), "sources.url must not be null"),
    "number for text": (_set("sources", "url", 7), "sources.url must be a text"),
    "long text": (_set("sources", "kind", "x" * 65), "sources.kind must have at most 64 characters"),
    "half a character": (_set("sources", "title", "\ud800"), "sources.title holds half a character"),
    "naive instant": (_set("checks", "started_at", "2026-01-01T00:00:00"), "must be an instant with a zone"),
    "instant beyond time": (_set("checks", "started_at", "0001-01-01T00:00:00+14:00"), "must be an instant"),
    "no day": (_set("check_days", "day", "2026-02-30"), "check_days.day must be a day"),
    "no base64": (_set("blobs", "content", "%%%"), "blobs.content must be bytes in base64"),
    "list for object": (_set("facts", "detail", []), "facts.detail must be an object"),
    "object in a list": (_set("facts", "evidence_heading", [{}]), "facts.evidence_heading must be a list of texts"),
    "text for float": (_set("facts", "confidence", "1"), "facts.confidence must be a number"),
    "row twice": (
        lambda lines: lines.insert(where(lines, "facts") + 1, lines[where(lines, "facts") + 1]),
        "of facts a second time, or out of order",
    ),
    "source twice": (
        lambda lines: lines.insert(where(lines, "sources") + 1, lines[where(lines, "sources") + 1]),
        "has the same row of sources as line",
    ),
    "same fingerprint": (
        lambda lines: _set("changes", "fingerprint", lines[where(lines, "changes") + 1][2], 2)(lines),
        "does not go with the rows of changes before it",
    ),
    "reference to nowhere": (_set("facts", "snapshot_id", 99), "points nowhere: facts.snapshot_id 99 is in no line"),
    "reference to a later row": (
        _set("blobs", "base_digest", base64.b64encode(b"\1" * 32).decode()),
        "points nowhere: blobs.base_digest 010101010101",
    ),
    "other bytes": (_other_blob, "Line 4: Blob"),
    "size that is not": (_set("blobs", "size", 3), "does not decompress"),
    "unheard word": (_set("facts", "precision", "fortnight"), 'facts holds the precision "fortnight"'),
    "wrong folded name": (_set("facts", "subject_key", "nobody"), "is not found"),
    "missing version": (_set("snapshots", "sequence", 77), "some are missing"),
    "missing table": (lambda lines: lines.__delitem__(where(lines, "check_days")), "has 5 values|is a row|counts"),
}


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=POSTGRES)])
def test_a_hostile_archive_is_refused_with_a_sentence_and_nothing_is_kept(
    lines: list[Any], tmp_path: Path, new_database: Callable[[str], str], opened: Callable[[str], Database], kind: str
) -> None:
    import copy
    import re

    url = new_database(kind)
    for name, (edit, sentence) in HOSTILE.items():
        edited = copy.deepcopy(lines)
        edit(edited)
        told = refused(write(tmp_path / "bad.hwb", edited), url, opened)
        assert re.search(sentence, told), (name, told)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda lines: lines[-1].update(sha256="0" * 64), "has another SHA-256 than the lines before it"),
        (lambda lines: lines[-1]["rows"].update(facts=1), "counts other rows than there are"),
        (lambda lines: lines.pop(where(lines, "facts") + 1), "counts other rows than there are"),
        (lambda lines: lines.append({"end": True}), "says that the archive ends, and more follows"),
        (lambda lines: lines.pop(), "is cut off: the archive is not complete"),
    ],
    ids=range(5),
)
def test_an_archive_that_was_altered_is_refused(
    lines: list[Any],
    tmp_path: Path,
    new_database: Callable[[str], str],
    opened: Callable[[str], Database],
    edit: Edit,
    sentence: str,
) -> None:
    # The digest is of the lines as they were written.
    edit(lines)
    body = b"".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for line in lines)
    path = tmp_path / "bad.hwb"
    path.write_bytes(zstd.compress(body))
    assert sentence in refused(path, new_database("sqlite"), opened)


@pytest.mark.postgres
def test_postgresql_is_offered_no_nul(
    lines: list[Any], tmp_path: Path, new_database: Callable[[str], str], opened: Callable[[str], Database]
) -> None:
    _set("sources", "title", "a\0b")(lines)
    told = refused(write(tmp_path / "bad.hwb", lines), new_database("postgresql"), opened)
    assert "sources.title holds a NUL character" in told


def test_an_archive_that_unpacks_to_too_much_is_refused(
    lines: list[Any], tmp_path: Path, new_database: Callable[[str], str], opened: Callable[[str], Database]
) -> None:
    at = where(lines, "sources")
    for _ in range(3):
        lines.insert(at + 1, ["x" * 20_000_000] * len(lines[at]["columns"]))
    lines[at + 1 : at + 4] = [{"x": "y" * 30_000_000}] * 3
    told = refused(write(tmp_path / "bomb.hwb", lines, honest=False), new_database("sqlite"), opened)
    assert "goes beyond 50,000,000 decompressed bytes" in told or "neither a table" in told


def test_versions_come_back_byte_for_byte(
    lived: Database, opened: Callable[[str], Database], new_database: Callable[[str], str], tmp_path: Path
) -> None:
    from snapshots.versions import body_of

    backup(lived, tmp_path / "kept.hwb", NOW)
    target = opened(new_database("sqlite"))
    restore(tmp_path / "kept.hwb", target)
    with target.reading() as session:
        snapshots = session.scalars(select(SnapshotRow).order_by(SnapshotRow.sequence)).all()
        assert [body_of(session, row) for row in snapshots] == [page(version) for version in range(1, 7)]
