"""`local-file`: a file of this machine, below the folder of the configuration or a folder that is allowed by name.

Time, size and number of the file are its validator; where they are new, its bytes are read and compared as always.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from monitor.config.models import SourceConfig
from monitor.fetch.kinds.base import SourceKind, Tools
from monitor.fetch.kinds.endings import MEDIA_TYPES
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, NotModified, Request
from snapshots.clock import Clock

# A file may be written twice within one tick of its clock; until then its time proves nothing.
_SETTLED_AFTER = 2.0


class LocalFile(SourceConfig):
    """A file that something else brings here: a mirror, a build, a download of the operator's own."""

    kind: Literal["local-file"]
    path: Path = Field(description="The file; a relative path starts at the folder of the configuration.")

    @property
    def address(self) -> str:
        """The path as it is written, as a `file:` address (RFC 8089)."""
        return f"file:{self.path.as_posix()}"


def get(tools: Tools, config: LocalFile, request: Request) -> FetchOutcome:
    """Read the file, unless it is as it was."""
    try:
        found = _look(tools, config, request)
    except FileNotFoundError:
        return FetchFailed(FailureKind.GONE, f"There is no file {config.path}.")
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "the path leads in a circle"
        return FetchFailed(FailureKind.REFUSED, f"{config.path} cannot be read ({reason}).")
    if isinstance(found, FetchFailed):
        return found
    if found.body is None:
        return NotModified(304, request.url, etag=found.validator)
    if len(found.body) > tools.max_bytes:
        detail = f"{config.path} is larger than {tools.max_bytes:,} bytes (fetch.max_bytes)."
        return FetchFailed(FailureKind.TOO_LARGE, detail)
    if not found.body.strip():
        return FetchFailed(FailureKind.EMPTY, f"{config.path} is empty.")
    content_type = MEDIA_TYPES.get(config.path.suffix.lower().removeprefix("."), "text/plain")
    return Fetched(found.body, 200, request.url, content_type, etag=found.validator)


@dataclass(frozen=True, slots=True)
class _File:
    validator: str | None
    body: bytes | None


def _look(tools: Tools, config: LocalFile, request: Request) -> _File | FetchFailed:
    path = (tools.folder / config.path).resolve(strict=True)
    allowed = [tools.folder, *(tools.folder / folder for folder in tools.allow_folders)]
    if not any(path.is_relative_to(folder.resolve()) for folder in allowed):
        detail = (
            f"{config.path} lies outside of the folder of the configuration. Move it there, or name its folder under "
            "fetch.allow_folders."
        )
        return FetchFailed(FailureKind.REFUSED, detail)
    # Opening a pipe would wait for whoever writes to it.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as opened:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return FetchFailed(FailureKind.REFUSED, f"{config.path} is not a regular file.")
        validator = _validator(state, tools.clock)
        if validator is not None and validator == request.etag:
            return _File(validator, None)
        return _File(validator, opened.read(tools.max_bytes + 1))


def _validator(state: os.stat_result, clock: Clock) -> str | None:
    if abs(clock.now().timestamp() - state.st_mtime) < _SETTLED_AFTER:
        return None
    return f'"{state.st_ino:x}-{state.st_size:x}-{state.st_mtime_ns:x}"'


SOURCE_KIND = SourceKind("local-file", LocalFile, get)
