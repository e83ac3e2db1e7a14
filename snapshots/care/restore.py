"""A store from a backup, on either database. The file may be anything: it is believed nothing that is not checked.

All of it is one transaction: the tables are made as the backup's schema has them, filled, brought up to this program's
schema and verified as `headwater db verify` does. Whatever fails, the database is as empty as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Connection, DateTime, Integer, MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from snapshots.care.archive import MOST_BYTES, ArchiveReader, BackupError, Columns, End, Header, Row, reading
from snapshots.care.rows import ValueRefusedError, from_json
from snapshots.care.verify import verify
from snapshots.db import Database, DatabaseError, known_revisions, migrate
from snapshots.tables import UtcDateTime

Progress = Callable[[str, int], None]
"""Is told the table that is being filled, and the rows written so far."""

_BATCH_ROWS = 500
_BATCH_BYTES = 8 << 20
_VERSIONS = "alembic_version"
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: what the file says of itself, and rows by table."""

    header: Header
    rows: dict[str, int]


def restore(
    source: Path,
    database: Database,
    *,
    most_bytes: int = MOST_BYTES,
    progress: Progress = lambda what, rows: None,
) -> Restored:
    """Fill an empty database from the backup `source`, which is only read.

    Raises:
        BackupError: the file is no backup, or damaged, or says what cannot be; the database is empty as before.
        DatabaseError: the database is not empty.
    """
    with reading(source) as file:
        reader = ArchiveReader(file, most_bytes=most_bytes)
        _require_known(reader.header)
        size = _require_empty(database)
        try:
            with database.rebuilding() as connection:
                _require_no_tables(database, connection)
                migrate(connection, reader.header.schema)
                rows = _Loader(connection, progress).load(reader)
                migrate(connection, "head")
                _require_whole(connection, rows)
                _set_sequences(connection)
        except BaseException:
            _leave_as_found(database, size)
            raise
    return Restored(reader.header, rows.counts)


def _require_known(header: Header) -> None:
    if header.schema not in known_revisions():
        message = (
            f"This backup has schema {header.schema}, which is newer than this program. Install the newer headwater"
        )
        raise BackupError(f"{message} (at least {header.headwater}).")


def _require_empty(database: Database) -> int | None:
    """The bytes of an SQLite file that is there already, `None` where there is none."""
    size = database.path.stat().st_size if database.path is not None and database.path.exists() else None
    if database.revision() is not None:
        raise _not_empty(database)
    return size


def _not_empty(database: Database) -> DatabaseError:
    return DatabaseError(
        f"{database.url} is not empty. A backup is restored into a new database only; nothing was touched."
    )


def _require_no_tables(database: Database, connection: Connection) -> None:
    """Look again inside the transaction: somebody else may have been faster."""
    if inspect(connection).get_table_names():
        raise _not_empty(database)


def _leave_as_found(database: Database, size: int | None) -> None:
    database.close()
    if database.path is None or size:
        return
    try:
        if database.revision() is not None:
            return  # Somebody else was faster, and made it theirs.
    except DatabaseError:
        return
    database.close()
    for suffix in ("-wal", "-shm", "-journal"):
        database.path.with_name(database.path.name + suffix).unlink(missing_ok=True)
    with suppress(OSError):
        if size is None:
            database.path.unlink(missing_ok=True)
        else:
            database.path.write_bytes(b"")


@dataclass(slots=True)
class _Loaded:
    counts: dict[str, int]
    blob_lines: dict[bytes, int]


class _Loader:
    """Puts rows into tables as the database has them, whatever this program's models say."""

    def __init__(self, connection: Connection, progress: Progress) -> None:
        self._connection = connection
        self._progress = progress
        metadata = MetaData()
        metadata.reflect(connection)
        self._tables = {table.name: table for table in metadata.sorted_tables if table.name != _VERSIONS}
        for table in self._tables.values():
            for column in table.columns:
                if isinstance(column.type, DateTime):
                    column.type = UtcDateTime()
        self._named = {key.column.table.name for table in self._tables.values() for key in table.foreign_keys}
        # The line of each row that others may point to, and of each row whose key is no rising number.
        self._lines: dict[str, dict[object, int]] = {name: {} for name in self._tables}
        self._last: dict[str, int] = {}
        self._batch: list[tuple[int, dict[str, object]]] = []
        self._batch_bytes = 0
        self._nul = connection.dialect.name == "sqlite"

    def load(self, reader: ArchiveReader) -> _Loaded:
        table: Table | None = None
        columns: tuple[str, ...] = ()
        counts: dict[str, int] = {}
        written = 0
        for part in reader:
            match part:
                case Columns():
                    self._flush(table)
                    table, columns = self._begin(part), part.columns
                case Row() if table is not None:
                    self._add(table, columns, part)
                    written += 1
                    if len(self._batch) >= _BATCH_ROWS or self._batch_bytes >= _BATCH_BYTES:
                        self._flush(table)
                        self._progress(table.name, written)
                case End():
                    self._flush(table)
                    counts = dict(part.rows)
        if missing := sorted(self._tables.keys() - counts.keys()):
            message = f"The archive says nothing of the table {missing[0]}: it is not complete."
            raise BackupError(message)
        return _Loaded(counts, {key: line for key, line in self._lines["blobs"].items() if isinstance(key, bytes)})

    def _begin(self, part: Columns) -> Table:
        table = self._tables.get(part.table)
        if table is None:
            _refuse(part.line, f'names the table "{part.table}", which headwater does not have')
        known = [column.name for column in table.columns]
        if unknown := [name for name in part.columns if name not in known]:
            _refuse(part.line, f'names the column "{unknown[0]}", which {table.name} does not have')
        if missing := [name for name in known if name not in part.columns]:
            _refuse(part.line, f"does not name the column {missing[0]} of {table.name}")
        return table

    def _add(self, table: Table, columns: Sequence[str], row: Row) -> None:
        values: dict[str, object] = {}
        for name, value in zip(columns, row.values, strict=True):
            try:
                values[name] = from_json(table.columns[name], value, nul=self._nul)
            except ValueRefusedError as error:
                _refuse(row.line, f"has a wrong value: {table.name}.{name} {error}")
            if isinstance(value, str):
                self._batch_bytes += len(value)
        self._check_key(table, values, row.line)
        for key in table.foreign_keys:
            wanted = values[key.parent.name]
            if wanted is not None and wanted not in self._lines[key.column.table.name]:
                shown = wanted.hex()[:12] if isinstance(wanted, bytes) else wanted
                what = f"{table.name}.{key.parent.name} {shown}"
                _refuse(row.line, f"points nowhere: {what} is in no line of {key.column.table.name} before it")
        self._batch.append((row.line, values))

    def _check_key(self, table: Table, values: dict[str, object], line: int) -> None:
        key = tuple(values[column.name] for column in table.primary_key.columns)
        if table.name not in self._named and len(key) == 1 and isinstance(key[0], int):
            if key[0] <= self._last.get(table.name, key[0] - 1):
                _refuse(line, f"has row {key[0]} of {table.name} a second time, or out of order")
            self._last[table.name] = key[0]
            return
        known = self._lines[table.name]
        found = known.setdefault(key[0] if len(key) == 1 else key, line)
        if found != line:
            _refuse(line, f"has the same row of {table.name} as line {found}")

    def _flush(self, table: Table | None) -> None:
        if table is None or not self._batch:
            return
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(table), [values for _, values in batch])
        except IntegrityError:
            self._find_culprit(table, batch)
            raise

    def _find_culprit(self, table: Table, batch: Sequence[tuple[int, dict[str, object]]]) -> None:
        """Put the rows of a refused batch in one by one, for the line of the one that is refused."""
        for line, values in batch:
            try:
                with self._connection.begin_nested():
                    self._connection.execute(insert(table), values)
            except IntegrityError as error:
                why = str(error.orig).strip().partition("\n")[0]
                _refuse(line, f"does not go with the rows of {table.name} before it ({why})")


def _refuse(line: int, why: str) -> NoReturn:
    message = f"Line {line} of the archive {why}."
    raise BackupError(message)


def _require_whole(connection: Connection, loaded: _Loaded) -> None:
    """What `headwater db verify` would complain of is not restored."""
    with Session(connection, join_transaction_mode="create_savepoint") as session:
        try:
            problems = verify(session).problems
        except DBAPIError as error:
            message = f"What the archive holds cannot be read back: {str(error.orig).partition(chr(10))[0]}"
            raise BackupError(message) from error
    if not problems:
        return
    told = []
    for problem in problems[:_MOST_TOLD]:
        line = loaded.blob_lines.get(problem.digest) if problem.digest else None
        told.append(f"Line {line}: {problem.sentence}" if line else problem.sentence)
    more = f" And {len(problems) - _MOST_TOLD} more." if len(problems) > _MOST_TOLD else ""
    sentences = " ".join(one.removesuffix(" Restore a backup.") for one in told)
    message = f"What the archive holds is not whole, so nothing was restored. {sentences}{more}"
    raise BackupError(message)


def _set_sequences(connection: Connection) -> None:
    """On PostgreSQL the next row of each table gets the number after the last."""
    if connection.dialect.name != "postgresql":
        return
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.sorted_tables:
        for column in table.primary_key.columns:
            sequence = connection.scalar(
                text("SELECT pg_get_serial_sequence(:name, :key)"), {"name": table.name, "key": column.name}
            )
            last = connection.scalar(select(func.max(column))) if isinstance(column.type, Integer) else None
            if sequence and last is not None:
                connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})
