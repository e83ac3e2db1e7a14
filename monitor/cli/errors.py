"""Exit codes and the errors of people: each is one sentence on stderr, never a traceback."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the exit status says. Documented in the README."""

    OK = 0
    NEGATIVE = 1
    USAGE = 2
    CONFIG = 3
    DATABASE = 4
    UNREACHABLE = 5
    INTERRUPTED = 130


class UserError(Exception):
    """Something the user can mend. The message is the sentence to show; `code` the exit status."""

    def __init__(self, message: str, code: ExitCode = ExitCode.USAGE) -> None:
        """Keep the sentence and the status."""
        super().__init__(message)
        self.code = code


def sentence_of(error: Exception) -> UserError | None:
    """The user's error behind an exception of the inner rooms, or `None` for a fault of ours."""
    from monitor.cli.output import plain
    from monitor.config.loader import ConfigError
    from monitor.ops.server import BindError
    from monitor.reextract import BusyError
    from monitor.replay import ReplayError
    from snapshots.archives.files import ArchiveError
    from snapshots.archives.jsonl_import import ImportRefusedError
    from snapshots.blobs import AbsentBlobError, CorruptBlobError
    from snapshots.care.archive import BackupError
    from snapshots.care.older import UnknownRevisionError
    from snapshots.db import DatabaseError, told_by_driver
    from snapshots.deadlines import UnknownDeadlineError
    from snapshots.review import ReviewError, UnknownItemError
    from snapshots.tokens import TokenError, UnknownTokenError
    from snapshots.versions import UnknownVersionError
    from snapshots.web.settings import WebError

    match error:
        case ConfigError() | WebError():
            return UserError(str(error), ExitCode.CONFIG)
        case DatabaseError() | CorruptBlobError() | BackupError() | BusyError():
            return UserError(str(error), ExitCode.DATABASE)
        case UnknownVersionError() | AbsentBlobError():
            return UserError(str(error), ExitCode.NEGATIVE)
        case ImportRefusedError() | UnknownItemError() | UnknownDeadlineError() | UnknownTokenError():
            return UserError(plain(error), ExitCode.NEGATIVE)
        case ReviewError() | TokenError():
            return UserError(plain(error), ExitCode.USAGE)
        case BindError():
            return UserError(str(error), ExitCode.UNREACHABLE)
        case ReplayError() | ArchiveError() | UnknownRevisionError():
            return UserError(str(error), ExitCode.USAGE)
    driver = told_by_driver(error)
    return UserError(driver, ExitCode.DATABASE) if driver else None
