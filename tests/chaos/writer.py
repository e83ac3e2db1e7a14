"""A process that works on a store until it is killed, and says through a pipe what was committed.

Processes are forked from a server that has everything imported, so that hundreds of them start in milliseconds.
"""

from __future__ import annotations

import multiprocessing
import os
import select
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as choose
from sqlalchemy.exc import OperationalError

from snapshots.care.backup import backup
from snapshots.care.restore import restore
from snapshots.db import Database
from snapshots.tables import ChangeRow, CheckRow, SnapshotRow, SourceRow
from tests.integration.store.lived import DAY, START, add_source, check, rise

PATIENCE = 30.0
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([__name__])


@dataclass(frozen=True)
class Acknowledged:
    """What one commit is said to have kept."""

    check: int
    snapshot: int
    changes: tuple[int, ...]


class Worker:
    """A process with a pipe; `kill` ends it as a power switch would."""

    def __init__(self, target: Callable[..., None], *arguments: Any) -> None:
        self._reading, writing = _forks.Pipe(duplex=False)
        self._process = _forks.Process(target=target, args=(writing, *arguments), daemon=True)
        self._process.start()
        writing.close()
        self._said = b""

    def wait_for_word(self) -> None:
        """Wait until something was said, or the process ended."""
        self._read(PATIENCE)

    def kill(self) -> list[str]:
        """End it now; every whole line it said before."""
        self._process.kill()
        return self.wait()

    def wait(self) -> list[str]:
        """Let it end; every whole line it said."""
        while self._read(PATIENCE):
            pass
        self._process.join(PATIENCE)
        self._process.close()
        self._reading.close()
        return self._said.decode().split("\n")[:-1]

    def _read(self, patience: float) -> bool:
        assert select.select([self._reading], [], [], patience)[0], "the worker neither spoke nor ended"
        said = os.read(self._reading.fileno(), 1 << 16)
        self._said += said
        return bool(said)


def acknowledged(lines: list[str]) -> list[Acknowledged]:
    found = []
    for line in lines:
        if line.startswith("kept "):
            check_id, snapshot, *changes = map(int, line.split()[1:])
            found.append(Acknowledged(check_id, snapshot, tuple(changes)))
    return found


def write_until_the_end(pipe: Connection, path: str) -> None:
    """Record version after version; the line `kept ...` follows each commit. `full ...` when there is no room."""
    database = Database(f"sqlite:///{path}")
    try:
        database.upgrade()
        with database.reading() as session:
            known = session.get(SourceRow, "acme") is not None
            version = session.scalar(choose(func.max(SnapshotRow.sequence))) or 0
        if not known:
            add_source(database, "acme")
        while True:
            version += 1
            changes = (rise(version),) if version > 1 else ()
            done = check(database, "acme", version, START + version * DAY / 100, *changes)
            _say(pipe, "kept", done.check_id, done.snapshot_id, *done.change_ids)
    except OperationalError as error:
        _say(pipe, "full", getattr(error.orig, "sqlite_errorname", ""))


def back_up(pipe: Connection, source: str, target: str) -> None:
    _say(pipe, "begins")
    backup(Database(f"sqlite:///{source}"), Path(target), START, replace=True)
    _say(pipe, "done")


def bring_back(pipe: Connection, source: str, target: str) -> None:
    _say(pipe, "begins")
    restore(Path(source), Database(f"sqlite:///{target}"))
    _say(pipe, "done")


def missing(database: Database, said: list[Acknowledged]) -> list[Acknowledged]:
    """What was acknowledged and is not there."""
    with database.reading() as session:
        checks = {*session.scalars(choose(CheckRow.id))}
        snapshots = {*session.scalars(choose(SnapshotRow.id))}
        changes = {*session.scalars(choose(ChangeRow.id))}
    return [
        one
        for one in said
        if one.check not in checks or one.snapshot not in snapshots or not changes.issuperset(one.changes)
    ]


def _say(pipe: Connection, *words: object) -> None:
    os.write(pipe.fileno(), (" ".join(map(str, words)) + "\n").encode())
