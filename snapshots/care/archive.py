"""The format of a backup: JSON Lines, compressed with zstd, the same whichever database it came from.

```
{"format": "headwater-backup", "version": 1, "schema": "0002", "created_at": "...", "headwater": "0.2.0"}
{"table": "sources", "columns": ["id", "kind", ...]}
["acme-pricing", "web-page", ...]
...
{"end": true, "rows": {"sources": 1, ...}, "sha256": "..."}
```

A table is announced with its columns and followed by its rows; tables that others point to come first. The last line
counts the rows of each table and holds the SHA-256 of all lines before it, line ends included.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NoReturn

from snapshots.blobs import zstd

FORMAT = "headwater-backup"
VERSION = 1
LONGEST_LINE = 64 << 20
"""Bytes; a version's body is the longest value there is."""
MOST_BYTES = 64 << 30
"""Decompressed bytes of a whole archive, unless the caller allows more."""
_LARGEST_WINDOW_LOG = 27
_LEVEL = 6


class BackupError(Exception):
    """A backup cannot be written or read; the message says why, with the line where there is one."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line says."""

    schema: str
    created_at: str
    headwater: str


@dataclass(frozen=True, slots=True)
class Columns:
    """A table begins."""

    line: int
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table that was announced last, in the order of its columns."""

    line: int
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class End:
    """The last line: how many rows each table has."""

    line: int
    rows: Mapping[str, int]


class ArchiveWriter:
    """Writes lines and remembers what the last one must say."""

    def __init__(self, file: IO[bytes], header: Header) -> None:
        """Begin an archive in `file`, which takes uncompressed bytes."""
        self._file = file
        self._digest = hashlib.sha256()
        self._rows: dict[str, int] = {}
        self._table = ""
        named = {"schema": header.schema, "created_at": header.created_at, "headwater": header.headwater}
        self._write({"format": FORMAT, "version": VERSION, **named})

    def table(self, name: str, columns: Sequence[str]) -> None:
        """Begin a table."""
        self._table = name
        self._rows[name] = 0
        self._write({"table": name, "columns": list(columns)})

    def row(self, values: Sequence[object]) -> None:
        """Add a row of the table."""
        self._write(values)
        self._rows[self._table] += 1

    def end(self) -> dict[str, int]:
        """Write the last line; give the number of rows of each table."""
        self._write({"end": True, "rows": self._rows, "sha256": self._digest.hexdigest()})
        return self._rows

    def _write(self, value: object) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        data = line.encode("utf-8", "surrogatepass") + b"\n"
        self._digest.update(data)
        self._file.write(data)


class ArchiveReader:
    """Reads an archive that may be anything. `header` is read at once, the rest by iterating."""

    def __init__(self, file: IO[bytes], *, most_bytes: int = MOST_BYTES, longest_line: int = LONGEST_LINE) -> None:
        """Read the first line of `file`, which gives decompressed bytes.

        Raises:
            BackupError: this is no backup, or one of a version that this program does not read.
        """
        self._file = file
        self._most_bytes = most_bytes
        self._longest_line = longest_line
        self._digest = hashlib.sha256()
        self._line = 0
        self._bytes = 0
        self.header = self._header(self._next())

    def __iter__(self) -> Iterator[Columns | Row | End]:
        """Everything after the header. Ends with `End`, after which nothing follows.

        Raises:
            BackupError: a line is not what it must be, the archive is cut off or too long, or was altered.
        """
        counts: dict[str, int] = {}
        table: Columns | None = None
        while True:
            before = self._digest.hexdigest()
            value = self._next()
            if isinstance(value, list):
                if table is None:
                    self._refuse("is a row, and no table was announced")
                if len(value) != len(table.columns):
                    self._refuse(f"has {len(value)} values, and {table.table} has {len(table.columns)} columns here")
                counts[table.table] += 1
                yield Row(self._line, value)
            elif isinstance(value, dict) and "table" in value:
                table = self._columns(value)
                if table.table in counts:
                    self._refuse(f"begins the table {table.table} a second time")
                counts[table.table] = 0
                yield table
            elif isinstance(value, dict) and value.get("end") is True:
                self._check_end(value, counts, before)
                yield End(self._line, counts)
                return
            else:
                self._refuse("is neither a table, nor a row, nor the end")

    def _header(self, value: object) -> Header:
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            message = "This is not a backup of headwater: the first line does not say so."
            raise BackupError(message)
        if value.get("version") != VERSION:
            message = f"This backup has format {value.get('version')}, this program reads {VERSION}."
            raise BackupError(f"{message} Install the newer headwater.")
        named = {key: value.get(key) for key in ("schema", "created_at", "headwater")}
        if not all(isinstance(one, str) for one in named.values()):
            self._refuse("must name schema, created_at and headwater")
        return Header(**{key: str(one) for key, one in named.items()})

    def _columns(self, value: dict[str, Any]) -> Columns:
        table, columns = value["table"], value.get("columns")
        if not isinstance(table, str) or not isinstance(columns, list) or not all(isinstance(c, str) for c in columns):
            self._refuse("must name a table and its columns")
        if len(set(columns)) < len(columns):
            self._refuse("names a column twice")
        return Columns(self._line, table, tuple(columns))

    def _check_end(self, value: dict[str, Any], counts: dict[str, int], digest: str) -> None:
        if value.get("rows") != counts:
            self._refuse("counts other rows than there are: something was taken out or put in")
        if value.get("sha256") != digest:
            self._refuse("has another SHA-256 than the lines before it: something was altered")
        if self._read(1):
            self._refuse("says that the archive ends, and more follows")

    def _next(self) -> object:
        data = self._read(self._longest_line + 1)
        self._line += 1
        if len(data) > self._longest_line:
            self._refuse(f"is longer than {self._longest_line:,} bytes")
        if not data.endswith(b"\n"):
            self._refuse("is cut off: the archive is not complete")
        self._bytes += len(data)
        if self._bytes > self._most_bytes:
            todo = "If you trust this file, allow more with --max-bytes."
            self._refuse(f"goes beyond {self._most_bytes:,} decompressed bytes. {todo}")
        self._digest.update(data)
        try:
            return json.loads(data.decode("utf-8", "surrogatepass"), parse_constant=_no_number)
        except (ValueError, RecursionError):
            self._refuse("is not JSON")

    def _read(self, size: int) -> bytes:
        try:
            return self._file.readline(size)
        except zstd.ZstdError as error:
            if not self._line:
                message = "This is not a backup of headwater: it is not compressed with zstd."
                raise BackupError(message) from error
            message = f"After line {self._line} the compression is damaged. Take another backup file."
            raise BackupError(message) from error
        except EOFError as error:
            where = f"After line {self._line} the file ends" if self._line else "The file is cut off at its beginning"
            message = f"{where}: the archive is not complete. Take another backup file."
            raise BackupError(message) from error

    def _refuse(self, why: str) -> NoReturn:
        message = f"Line {self._line} of the archive {why.rstrip('.')}."
        raise BackupError(message)


@contextmanager
def reading(path: Path) -> Iterator[IO[bytes]]:
    """The decompressed bytes of a file.

    Raises:
        BackupError: the file cannot be opened.
    """
    try:
        raw = path.open("rb")
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise BackupError(message) from error
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW_LOG}
    with raw, zstd.ZstdFile(raw, "rb", options=options) as file:
        yield file  # type: ignore[misc] # it is one in all but its stubs


def compressing(raw: IO[bytes]) -> AbstractContextManager[IO[bytes]]:
    """A file that compresses into `raw`, which stays open."""
    opened: AbstractContextManager[IO[bytes]] = zstd.ZstdFile(raw, "wb", level=_LEVEL)  # type: ignore[assignment]
    return opened


def _no_number(word: str) -> NoReturn:
    message = f"{word} is no JSON"
    raise ValueError(message)
