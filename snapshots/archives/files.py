"""Writing a file that is whole or not there, and reading a store as of one instant."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from snapshots.tables import SourceRow
from snapshots.versions import UnknownVersionError


class ArchiveError(Exception):
    """A file cannot be written or read; the message names it and says why."""


@contextmanager
def new_file(path: Path, *, force: bool = False) -> Iterator[IO[bytes]]:
    """A binary file that gets its name when the block ends well; until then its bytes are in `path` plus `.part`.

    Raises:
        ArchiveError: there is such a file already and `force` is not given, or it cannot be written.
    """
    part = path.with_name(path.name + ".part")
    _refuse_existing(path, force=force)
    try:
        if force:
            part.unlink(missing_ok=True)
        opened = part.open("xb")
    except FileExistsError as error:
        message = f"{part} exists: another export is writing it, or was interrupted. Delete it, or give --force."
        raise ArchiveError(message) from error
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}."
        raise ArchiveError(message) from error
    try:
        try:
            with opened:
                yield opened
                opened.flush()
                os.fsync(opened.fileno())
            _refuse_existing(path, force=force)
            part.replace(path)
        except OSError as error:
            message = f"{path} cannot be written: {error.strerror or error}."
            raise ArchiveError(message) from error
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def _refuse_existing(path: Path, *, force: bool) -> None:
    if path.is_dir():
        message = f"{path} is a folder. Name a file in it."
        raise ArchiveError(message)
    if path.exists() and not force:
        message = f"{path} exists already. Name a new file, or give --force."
        raise ArchiveError(message)


def hold_still(session: Session) -> None:
    """Let every query of a reading session see the store as it is now. Call it before the first one.

    SQLite reads so by itself.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))


def chosen_sources(session: Session, wanted: Collection[str]) -> Sequence[SourceRow]:
    """The sources with these ids, or all of them when none is named; by id.

    Raises:
        UnknownVersionError: no source has one of the ids.
    """
    rows = session.scalars(select(SourceRow).order_by(SourceRow.id)).all()
    known = {row.id for row in rows}
    if missing := next((one for one in wanted if one not in known), None):
        message = f"There is no source {missing}. `headwater sources list` names the sources."
        raise UnknownVersionError(message)
    return [row for row in rows if not wanted or row.id in wanted]
