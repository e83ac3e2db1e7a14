"""Taking a `headwater-jsonl` file into a store: read twice, written once.

The first reading only looks, so that a wrong file costs nobody a write lock. The second one checks everything again
while it writes, in one transaction: a file that was changed in between is refused like any other.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from snapshots.archives.checking import Checker
from snapshots.archives.files import ArchiveError
from snapshots.archives.model import LINES
from snapshots.archives.reading import MOST_SHOWN, Limits, Problems, TooManyProblemsError, read_records
from snapshots.archives.writing import Importer
from snapshots.db import Database

DEFAULT_LIMITS = Limits()


class ImportRefusedError(Exception):
    """A file was not taken in. `problems` are the first sentences, each with file and line; `count` is of all."""

    def __init__(self, path: Path, found: Problems, *, stopped: bool) -> None:
        """Keep the problems; the message is all of them, a line each."""
        self.problems = tuple(f"{path}:{line}: {sentence}." for line, sentence in found.first)
        self.count = found.count
        more = f"... and {found.count - MOST_SHOWN:,} more." if found.count > MOST_SHOWN else ""
        if stopped:
            more = f"... and more: reading stopped at {found.count:,} problems."
        what = "1 problem" if found.count == 1 else f"{found.count:,} problems"
        head = f"{path} was not imported, nothing was written: {what}."
        super().__init__("\n".join(filter(None, (head, *self.problems, more))))


Progress = Callable[[int, int], None]


def inspect_jsonl(
    path: Path, database: Database, *, limits: Limits = DEFAULT_LIMITS, progress: Progress = lambda done, of: None
) -> Mapping[str, int]:
    """Whether a file could be taken into a store as it is now, without writing: its lines by record.

    `progress` is called with the bytes read and the size of the file.

    Raises:
        ArchiveError: the file cannot be read.
        ImportRefusedError: something is wrong with it.
    """
    with _opened(path) as (stream, size), database.reading() as session:
        problems = Problems()
        checker = Checker(session, problems)
        with _refusing(path, problems):
            for _ in checker.check(read_records(stream, limits, problems, lambda done: progress(done, size))):
                pass
        return {record: checker.counts[record] for record in LINES}


def import_jsonl(
    path: Path,
    database: Database,
    *,
    now: datetime,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress = lambda done, of: None,
) -> Mapping[str, int]:
    """Take a file into a store, all of it or nothing; return its lines by record.

    Its sources get the state `imported`: nobody fetches them. Its versions come without bytes. Nobody is told of its
    changes.

    Raises:
        ArchiveError: the file cannot be read.
        ImportRefusedError: something is wrong with it; nothing was written.
    """
    inspect_jsonl(path, database, limits=limits, progress=lambda done, of: progress(done, of * 2))
    with _opened(path) as (stream, size), database.writing() as session:
        problems = Problems()
        checker = Checker(session, problems)
        importer = Importer(session, now)
        with _refusing(path, problems):
            lines = read_records(stream, limits, problems, lambda done: progress(size + done, size * 2))
            for checked in checker.check(lines):
                if problems.count:
                    break
                importer.add(checked.record)
            if not problems.count:
                importer.finish()
        return {record: checker.counts[record] for record in LINES}


@contextmanager
def _refusing(path: Path, problems: Problems) -> Iterator[None]:
    stopped = False
    try:
        yield
    except TooManyProblemsError:
        stopped = True
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise ArchiveError(message) from error
    if problems.count:
        raise ImportRefusedError(path, problems, stopped=stopped)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            message = f"{path} is no regular file. An import reads its file twice."
            raise ArchiveError(message)
        opened = path.open("rb")
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise ArchiveError(message) from error
    with opened:
        yield opened, found.st_size
