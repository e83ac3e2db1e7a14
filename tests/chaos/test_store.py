"""Whatever happens to a process or to the disk: what was acknowledged is there, and the store is whole."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from snapshots.care.backup import backup
from snapshots.care.restore import restore
from snapshots.care.verify import verify
from snapshots.db import Database
from tests.chaos.writer import (
    Acknowledged,
    Worker,
    acknowledged,
    back_up,
    bring_back,
    missing,
    write_until_the_end,
)
from tests.integration.store.lived import START, live

pytestmark = pytest.mark.chaos

KILLS = 200
HEADWATER = Path(sys.executable).with_name("headwater")


def assert_whole(database: Database) -> None:
    database.require_current()
    with database.consistent() as session:
        assert verify(session).problems == ()


def headwater(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    command = [str(HEADWATER), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)


def test_killed_at_two_hundred_moments_nothing_acknowledged_is_missing(tmp_path: Path) -> None:
    moments = random.Random(20261125)
    path = tmp_path / "headwater.db"
    said: list[Acknowledged] = []
    for kill in range(1, KILLS + 1):
        worker = Worker(write_until_the_end, str(path))
        if moments.random() < 0.8:
            worker.wait_for_word()
            time.sleep(moments.uniform(0, 0.12))
        else:
            time.sleep(moments.uniform(0, 0.2))
        lines = worker.kill()
        assert not any(line.startswith("full") for line in lines), lines
        said += acknowledged(lines)
        database = Database(f"sqlite:///{path}")
        if said or database.revision() is not None:
            database.require_current()
            assert missing(database, said) == []
        if kill % 40 == 0:
            assert_whole(database)
        database.close()
    assert len(said) > KILLS
    told = headwater("db", "verify", "--database", f"sqlite:///{path}")
    assert (told.returncode, told.stderr) == (0, "")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(path: Path) -> None:
    """Take all the room there is."""
    try:
        with path.open("wb", buffering=0) as ballast:
            while ballast.write(b"x" * 4_096):
                pass
    except OSError:
        return


def test_a_full_disk_is_a_sentence_and_takes_nothing_that_was_acknowledged(small_disk: Path, tmp_path: Path) -> None:
    path = small_disk / "headwater.db"
    url = f"sqlite:///{path}"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 3_500_000)
    said: list[Acknowledged] = []
    lines = Worker(write_until_the_end, str(path)).wait()
    said += acknowledged(lines)
    assert lines[-1] in ("full SQLITE_FULL", "full SQLITE_IOERR_WRITE", "full SQLITE_IOERR_SHMSIZE")
    assert len(said) > 10
    fill(small_disk / "more")
    history = tmp_path / "acme-log"
    history.mkdir()
    (history / "source.json").write_text('{"id": "acme-log", "official_url": "https://acme.example/log"}')
    (history / "001__2026-01-01.md").write_text("# Log\n\n`acme-chat` points to `acme-1`.\n")
    for command in (
        ("replay", history, "--store", small_disk / "new.db"),
        ("db", "backup", small_disk / "kept.hwb", "--database", url),
    ):
        told = headwater(*command)
        assert told.returncode == 4, told
        assert "Traceback" not in told.stderr
        assert "full" in told.stderr or "No space left" in told.stderr, told.stderr
    assert not (small_disk / "kept.hwb").exists()
    assert not (small_disk / "kept.hwb.part").exists()
    # Looking needs no room.
    assert headwater("db", "verify", "--database", url).returncode == 0
    for name in ("ballast", "more"):
        (small_disk / name).unlink()
    told = headwater("db", "verify", "--database", url)
    assert (told.returncode, told.stderr) == (0, "")
    database = Database(url)
    assert missing(database, said) == []
    database.close()
    worker = Worker(write_until_the_end, str(path))
    worker.wait_for_word()
    assert acknowledged(worker.kill())


def test_a_restore_that_runs_out_of_space_leaves_nothing(small_disk: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/headwater.db")
    database.upgrade()
    live(database, versions=40)
    backup(database, tmp_path / "kept.hwb", START)
    (small_disk / "ballast").write_bytes(b"x" * 6_200_000)
    told = headwater("db", "restore", tmp_path / "kept.hwb", "--database", f"sqlite:///{small_disk}/new.db")
    assert told.returncode == 4, told
    assert "Traceback" not in told.stderr
    assert [path.name for path in small_disk.iterdir()] == ["ballast"]
    database.close()


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/headwater.db")
    database.upgrade()
    live(database, versions=150)
    yield database
    database.close()


def test_killed_while_it_backs_up_the_old_backup_stays(lived: Database, tmp_path: Path) -> None:
    moments = random.Random(7)
    target = tmp_path / "kept.hwb"
    backup(lived, target, START)
    good = target.read_bytes()
    cut = 0
    for _ in range(25):
        worker = Worker(back_up, str(lived.path), str(target))
        worker.wait_for_word()
        time.sleep(moments.uniform(0, 0.08))
        cut += worker.kill() != ["begins", "done"]
        assert target.read_bytes() == good
    assert cut > 0
    part = target.with_name("kept.hwb.part")
    if part.exists():
        told = headwater("db", "restore", part, "--database", f"sqlite:///{tmp_path}/new.db")
        assert told.returncode == 4, told
        assert not (tmp_path / "new.db").exists()
    restore(target, Database(f"sqlite:///{tmp_path}/new.db"))


def test_killed_while_it_restores_there_is_all_or_nothing(lived: Database, tmp_path: Path) -> None:
    moments = random.Random(4242)
    source = tmp_path / "kept.hwb"
    backup(lived, source, START)
    good = source.read_bytes()
    cut = 0
    for attempt in range(25):
        target = tmp_path / f"new-{attempt}.db"
        worker = Worker(bring_back, str(source), str(target))
        worker.wait_for_word()
        time.sleep(moments.uniform(0, 0.4))
        worker.kill()
        assert source.read_bytes() == good
        database = Database(f"sqlite:///{target}")
        if database.revision() is None:
            cut += 1
            if attempt % 5 == 0:
                restore(source, database)
                assert_whole(database)
        else:
            assert_whole(database)
        database.close()
    assert cut > 0
