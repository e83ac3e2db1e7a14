"""`headwater db` as a user meets it: a whole store, a damaged one, a file that is something else, copies of it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.integration.cli.conftest import Run

KEPT = ("--database", "sqlite:///kept.db")


@pytest.fixture
def kept(run: Run, history: Path, tmp_path: Path) -> Path:
    """A store of two versions, its journal written into the file."""
    assert run("replay", str(history), "--store", "kept.db").code == 0
    connection = sqlite3.connect(tmp_path / "kept.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return tmp_path / "kept.db"


def change(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def test_a_whole_store_verifies(run: Run, kept: Path) -> None:
    told = run("db", "verify", *KEPT)
    assert (told.code, told.err) == (0, "")
    assert "sqlite:///kept.db is whole: " in told.out
    answer = run("db", "verify", "--json", *KEPT).json
    assert (answer["ok"], answer["blobs"], answer["let_go"], answer["problems"]) == (True, 2, 0, [])


def test_a_flipped_bit_is_found_and_every_reader_of_it_says_so(run: Run, kept: Path) -> None:
    change(kept, "UPDATE blobs SET content = CAST(substr(content, 1, 20) || x'ff' || substr(content, 22) AS BLOB)")
    told = run("db", "verify", *KEPT)
    assert told.code == 4
    assert "so acme-log@1" in told.out
    assert "Restore a backup." in told.out
    assert "kept.db is damaged: " in told.err
    assert run("db", "verify", "--json", *KEPT).json["ok"] is False
    for command in (("snapshots", "show", "acme-log@1"), ("diff", "acme-log"), ("explain", "acme-log@1")):
        answer = run(*command, *KEPT)
        assert answer.code == 4
        assert "is damaged, so version" in answer.err


def test_bytes_that_were_let_go_get_a_sentence_from_every_reader(run: Run, kept: Path) -> None:
    change(kept, "UPDATE blobs SET content = x'', encoding = 'absent', base_digest = NULL, depth = 0")
    assert run("db", "verify", *KEPT).code == 0
    for command in (
        ("snapshots", "show", "acme-log@1"),
        ("snapshots", "export", "acme-log@1", "page.md"),
        ("diff", "acme-log"),
        ("explain", "acme-log@1"),
    ):
        answer = run(*command, *KEPT)
        assert (answer.code, answer.out) == (1, "")
        assert "are not kept any more; what was read off them is." in answer.err
    assert not Path("page.md").exists()
    assert run("facts", "acme-chat", *KEPT).code == 0
    assert run("db", "downgrade-check", "0001", *KEPT).code == 1


@pytest.mark.parametrize(
    "command", [("db", "verify"), ("changes", "list"), ("db", "backup", "new.hwb"), ("db", "stats")]
)
def test_a_truncated_file_is_a_sentence_and_stays_as_it_is(run: Run, kept: Path, command: tuple[str, ...]) -> None:
    for size in (kept.stat().st_size // 2, 4_096, 1_000, 50):
        kept.write_bytes(kept.read_bytes()[:size])
        told = run(*command, *KEPT)
        assert told.code == 4, told
        assert "restore a backup" in told.err.lower()
        assert kept.stat().st_size == size
    assert not Path("new.hwb").exists()


def test_a_file_that_is_no_database_is_a_sentence_and_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("My notes.\n" * 500)
    before = path.read_bytes()
    for command in (("db", "verify"), ("db", "upgrade"), ("db", "stats"), ("changes", "list")):
        told = run(*command, "--database", "sqlite:///notes.txt")
        assert told.code == 4
        assert "file is not a database. Name the file of headwater's database" in told.err
    assert path.read_bytes() == before


def test_a_database_of_another_program_stays_as_it_is(run: Run, kept: Path, tmp_path: Path) -> None:
    assert run("db", "backup", "kept.hwb", *KEPT).code == 0
    other = tmp_path / "other.db"
    change(other, "CREATE TABLE bookmarks (url TEXT)")
    before = other.read_bytes()
    there = ("--database", "sqlite:///other.db")
    for command in (("db", "verify"), ("db", "upgrade"), ("db", "restore", "kept.hwb"), ("db", "prune")):
        told = run(*command, *there)
        assert told.code == 4
        assert "holds tables of another program. headwater needs a database of its own." in told.err
    assert other.read_bytes() == before


def test_a_missing_folder_or_file_is_a_sentence_and_nothing_is_made(run: Run, tmp_path: Path) -> None:
    for command in (("db", "verify"), ("db", "upgrade"), ("changes", "list")):
        told = run(*command, "--database", "sqlite:///nowhere/headwater.db")
        assert told.code == 4
        assert "There is no folder nowhere for the database. Make it, or name another place." in told.err
    told = run("db", "verify", "--database", "sqlite:///nothing.db")
    assert told.code == 4
    assert "nothing.db is empty. Run `headwater db upgrade`" in told.err
    assert list(tmp_path.glob("no*")) == []


@contextmanager
def nobody() -> Iterator[None]:
    """Root may write everywhere, so for a while this is somebody who may not."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_that_may_not_be_written_is_a_sentence(run: Run) -> None:
    assert run("db", "upgrade", "--database", "sqlite:///good.db").code == 0
    with TemporaryDirectory() as locked:
        Path(locked).chmod(0o555)
        with nobody():
            told = run("db", "upgrade", "--database", f"sqlite:///{locked}/x.db")
    assert told.code == 4
    assert "unable to open database file. Look whether this user may read and write the file" in told.err


def test_a_backup_restored_elsewhere_gives_the_same_answers(run: Run, kept: Path) -> None:
    made = run("db", "backup", "kept.hwb", "--json", *KEPT)
    assert made.code == 0
    assert made.json["bytes"] == Path("kept.hwb").stat().st_size
    copy = ("--database", "sqlite:///copy.db")
    told = run("db", "restore", "kept.hwb", *copy)
    assert (told.code, told.err) == (0, "")
    assert "is whole." in told.out
    for command in (
        ("facts", "acme-chat", "--at", "2026-05-01", "--known-at", "2026-08-01", "--json"),
        ("history", "acme-chat", "--json"),
        ("deadlines", "--json"),
        ("changes", "list", "--json"),
        ("snapshots", "list", "acme-log", "--json"),
    ):
        assert run(*command, *copy) == run(*command, *KEPT)


def test_a_backup_or_restore_writes_over_nothing(run: Run, kept: Path) -> None:
    Path("kept.hwb").write_text("precious")
    told = run("db", "backup", "kept.hwb", *KEPT)
    assert told.code == 2
    assert "kept.hwb exists already. Name a new file, or give --force." in told.err
    assert Path("kept.hwb").read_text() == "precious"
    assert run("db", "backup", "kept.hwb", "--force", *KEPT).code == 0
    before = kept.read_bytes()
    told = run("db", "restore", "kept.hwb", *KEPT)
    assert told.code == 4
    assert "is not empty. A backup is restored into a new database only; nothing was touched." in told.err
    assert kept.read_bytes() == before
    told = run("db", "restore", "kept.db", "--database", "sqlite:///new.db")
    assert told.code == 4
    assert "This is not a backup of headwater: it is not compressed with zstd." in told.err
    assert not Path("new.db").exists()
    assert "missing.hwb cannot be read" in run("db", "restore", "missing.hwb", "--database", "sqlite:///new.db").err


def test_pruning_is_foreseen_and_said(run: Run, kept: Path) -> None:
    foreseen = run("db", "prune", "--dry-run", "--versions-older-than", "4w", "--keep-versions", "1", "--json", *KEPT)
    assert foreseen.json == {
        "dry_run": True, "checks": 1, "events": 0, "attempts": 0, "decisions": 0, "reminders": 0,
        "versions": 0, "stored_bytes": 0,
    }  # fmt: skip
    told = run("db", "prune", *KEPT)
    assert told.code == 0
    assert "Let go: " in told.out
    assert "Every version is kept: retention.versions_older_than is not set." in told.out
    assert '"soon" is not a duration.' in run("db", "prune", "--versions-older-than", "soon", *KEPT).err


def test_the_configuration_says_what_is_let_go(run: Run, kept: Path) -> None:
    Path("headwater.yaml").write_text(
        "database: sqlite:///kept.db\nretention: {versions_older_than: 30d, keep_versions: 2}\n"
    )
    told = run("db", "prune", "--dry-run")
    assert told.code == 0
    assert "Every version is kept" not in told.out
    Path("headwater.yaml").write_text("database: sqlite:///kept.db\nretention: {versions_older_than: 1h}\n")
    assert run("db", "prune").code == 3
    Path("headwater.yaml").write_text("database: sqlite:///kept.db\nretention: {keep_version: 2}\n")
    assert 'retention: there is no key "keep_version".' in run("db", "prune").err


def test_what_the_store_takes_is_told_by_source(run: Run, kept: Path) -> None:
    told = run("db", "stats", "--json", *KEPT).json
    [source] = told["sources"]
    assert (source["source_id"], source["versions"], told["versions"]) == ("acme-log", 2, 2)
    assert source["bytes_per_version"] == round(source["stored_bytes"] / 2)
    assert told["database_bytes"] == kept.stat().st_size
    shown = run("db", "stats", *KEPT).out
    assert "acme-log" in shown
    assert "The database takes" in shown


def test_what_an_older_schema_cannot_hold_is_said(run: Run, kept: Path) -> None:
    told = run("db", "downgrade-check", "0001", *KEPT)
    assert (told.code, told.out) == (0, "Schema 0001 has room for everything there is.\n")
    change(kept, "UPDATE changes SET review_state = 'dismissed' WHERE id = 1")
    told = run("db", "downgrade-check", "0001", *KEPT)
    assert told.code == 1
    assert "what people decided about a change" in told.out
    assert "restore the backup that was made before the upgrade" in told.out
    answer = run("db", "downgrade-check", "0001", "--json", *KEPT)
    assert answer.code == 1
    [lost] = answer.json["lost"]
    assert (lost["table"], lost["column"], lost["rows"]) == ("changes", "review_state", 1)
    assert run("db", "downgrade-check", "7", *KEPT).code == 2
