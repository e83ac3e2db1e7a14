"""A copy of the whole store in one file, taken while the service works.

Everything is read at one instant, a few rows at a time. The file gets its name when it is complete and on the disk:
before that it is called `NAME.part`, and what is left of that after a crash is written over by the next backup.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, func, select

from snapshots.care.archive import ArchiveWriter, BackupError, Header, compressing
from snapshots.care.rows import to_json
from snapshots.db import Database
from snapshots.tables import Base, BlobRow

_BATCH = 200


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds: rows by table, and the bytes of the file."""

    rows: dict[str, int]
    size: int


def backup(
    database: Database,
    target: Path,
    now: datetime,
    *,
    replace: bool = False,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> BackedUp:
    """Write everything into `target`. `progress` gets the rows written and their number.

    Raises:
        BackupError: there is a file of that name (unless `replace`), or it cannot be written.
        DatabaseError: the schema is not this program's.
    """
    database.require_current()
    _require_free(target, replace=replace)
    part = target.with_name(target.name + ".part")
    try:
        with part.open("wb") as raw:
            with compressing(raw) as file:
                header = Header(database.revision() or "", str(to_json(now)), version("headwater"))
                rows = _write(database, ArchiveWriter(file, header), progress)
            raw.flush()
            os.fsync(raw.fileno())
            size = raw.tell()
        _require_free(target, replace=replace)
        part.replace(target)
        _keep_name(target.parent)
    except OSError as error:
        message = f"{target} cannot be written: {error.strerror}."
        raise BackupError(message) from error
    finally:
        part.unlink(missing_ok=True)
    return BackedUp(rows, size)


def _require_free(target: Path, *, replace: bool) -> None:
    if target.is_dir() or (target.exists() and not replace):
        message = f"{target} exists already. Name a new file, or give --force."
        raise BackupError(message)


def _write(database: Database, writer: ArchiveWriter, progress: Callable[[int, int], None]) -> dict[str, int]:
    tables = Base.metadata.sorted_tables
    with database.consistent() as session:
        connection = session.connection()
        total = sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
        done = 0
        for table in tables:
            writer.table(table.name, [column.name for column in table.columns])
            for row in _blobs(connection) if table is BlobRow.__table__ else _rows(connection, table):
                writer.row([to_json(value) for value in row])
                done += 1
                if done % _BATCH == 0:
                    progress(done, total)
        progress(done, total)
    return writer.end()


def _rows(connection: Connection, table: Table) -> Iterator[Any]:
    query = select(table).order_by(*table.primary_key.columns)
    yield from connection.execution_options(yield_per=_BATCH).execute(query)


def _blobs(connection: Connection) -> Iterator[Any]:
    """Bases before what is compressed against them; digests alone are put in order, so that no content is sorted."""
    digests = list(connection.scalars(select(BlobRow.digest).order_by(BlobRow.depth, BlobRow.digest)))
    table = BlobRow.__table__
    for digest in digests:
        yield connection.execute(select(table).where(table.c.digest == digest)).one()


def _keep_name(folder: Path) -> None:
    """Bring the new name to the disk too; some file systems cannot."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
