"""Web archives: every kept version and every check as records of a WARC 1.1 file (ISO 28500:2017).

A version is a `response`: what was received, decoded, so its HTTP header names no content coding. A check that was
answered with 304, or with the same bytes, is a `revisit` of the version it confirmed. A version that is not believed is
followed by a `metadata` record that says why, and a check that brought no bytes is one. Record ids are made from what a
record is about: the same version has the same id in every export, so a revisit may point into an earlier file.
"""

from __future__ import annotations

import base64
import uuid
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import IO, Any
from urllib.parse import quote

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from warcio.statusandheaders import StatusAndHeaders
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from snapshots import blobs
from snapshots.archives.files import chosen_sources
from snapshots.outcome import Outcome
from snapshots.tables import CheckRow, SnapshotRow, SourceRow

_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"
_CONFORMS_TO = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
_NAMESPACE = uuid.UUID("5f0a3c3e-6a0b-5a53-9d0e-3b9b1c1f6c70")
_URI_CHARACTERS = "!#$%&'()*+,/:;=?@[]~-._"
_BATCH = 500
_STEP = 20


@dataclass(frozen=True, slots=True)
class Window:
    """Which sources (all when none is named) and which time to export: from `since`, before `until`, both UTC."""

    sources: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None

    def within(self, query: Select[Any], column: Any) -> Select[Any]:
        """`query` limited to the time in which `column` must lie."""
        if self.since is not None:
            query = query.where(column >= self.since)
        return query.where(column < self.until) if self.until is not None else query


@dataclass(slots=True)
class Written:
    """How many records of each kind were written. `absent` counts versions left out because their bytes are gone."""

    sources: int = 0
    responses: int = 0
    revisits: int = 0
    metadata: int = 0
    absent: int = 0


class _Writer(WARCWriter):  # type: ignore[misc]  # warcio ships no types
    """warcio's writer with SHA-256, the digest we keep, and payload digests only where the standard has a payload."""

    NO_PAYLOAD_DIGEST_TYPES = ("warcinfo", "revisit", "metadata")

    @staticmethod
    def _create_digester() -> Any:
        return Digester("sha256")


def write_warc(
    session: Session,
    out: IO[bytes],
    window: Window,
    *,
    now: datetime,
    software: str,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Written:
    """Write the archive to `out`, each record a gzip member of its own, by source and then by time.

    At most one version is in memory. `now` dates the file, `software` names its maker; `progress` is called now and
    then with the number of versions and checks done and their total.

    Raises:
        UnknownVersionError: a source is named that there is not.
        CorruptBlobError: stored bytes are damaged.
    """
    sources = chosen_sources(session, window.sources)
    total = sum(
        session.scalar(window.within(select(func.count()).where(table.source_id == source.id), at)) or 0
        for table, at in ((SnapshotRow, SnapshotRow.observed_at), (CheckRow, CheckRow.finished_at))
        for source in sources
    )
    archive = _Archive(_Writer(out, gzip=True, warc_version="1.1"), session, total=total, progress=progress)
    archive.begin(now, software)
    for source in sources:
        archive.written.sources += 1
        _write_source(archive, source, window)
    return archive.written


def _write_source(archive: _Archive, source: SourceRow, window: Window) -> None:
    """The versions of a source and its checks in the order of time.

    A version is written when its check comes along, which knows the HTTP status; where retention let that check go, it
    is written before the next one.
    """
    versions = archive.session.scalars(
        select(SnapshotRow).where(SnapshotRow.source_id == source.id).order_by(SnapshotRow.sequence)
    ).all()
    by_id = {version.id: version for version in versions}
    waiting = deque(version for version in versions if _inside(version.observed_at, window))
    written: set[int] = set()
    believed = deque(sorted((v for v in versions if v.held is None), key=lambda v: v.observed_at))
    confirmed: SnapshotRow | None = None
    checks = window.within(select(CheckRow).where(CheckRow.source_id == source.id), CheckRow.finished_at)
    ordered = checks.order_by(CheckRow.finished_at, CheckRow.id).execution_options(yield_per=_BATCH)
    for check in archive.session.scalars(ordered):
        while believed and believed[0].observed_at <= check.finished_at:
            confirmed = believed.popleft()
        while waiting and (waiting[0].id in written or waiting[0].observed_at < check.finished_at):
            version = waiting.popleft()
            if version.id not in written:
                written.add(version.id)
                archive.response(source, version, check.http_status if version.id == check.snapshot_id else None)
        seen = by_id.get(check.snapshot_id) if check.snapshot_id is not None else None
        if seen is not None and seen.id not in written and _inside(seen.observed_at, window):
            written.add(seen.id)
            archive.response(source, seen, check.http_status)
        elif seen is not None and seen.observed_at < check.finished_at:
            archive.revisit(source, check, seen)
        elif seen is None and check.outcome in (Outcome.NOT_MODIFIED, Outcome.SAME_BYTES):
            archive.revisit(source, check, confirmed)
        elif seen is None:
            archive.failure(source, check)
        archive.step()
    for version in waiting:
        if version.id not in written:
            archive.response(source, version, None)


def _inside(instant: datetime, window: Window) -> bool:
    return (window.since is None or window.since <= instant) and (window.until is None or instant < window.until)


@dataclass(slots=True)
class _Archive:
    writer: Any
    session: Session
    total: int
    progress: Callable[[int, int], None]
    written: Written = field(default_factory=Written)
    done: int = 0

    def begin(self, now: datetime, software: str) -> None:
        fields = {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": _CONFORMS_TO,
            "description": "Versions of documents as kept by headwater: payloads are decoded, HTTP headers are "
            "rebuilt from what was kept of them.",
        }
        self._write("warcinfo", "", f"warcinfo {now.isoformat()}", now, fields)

    def step(self) -> None:
        self.done += 1
        if self.done % _STEP == 0:
            self.progress(self.done, self.total)

    def response(self, source: SourceRow, version: SnapshotRow, status: int | None) -> None:
        self.step()
        try:
            body = blobs.get(self.session, version.raw_digest)
        except blobs.AbsentBlobError:
            self.written.absent += 1
            return
        uri = _target(source, version)
        headers = [("Content-Type", _one_line(version.content_type))] if version.content_type else []
        headers.append(("Content-Length", str(len(body))))
        record = self.writer.create_warc_record(
            uri,
            "response",
            payload=BytesIO(body),
            length=len(body),
            http_headers=StatusAndHeaders(_status_line(status or 200), headers, protocol="HTTP/1.1"),
            warc_headers_dict={
                "WARC-Record-ID": _version_record(version),
                "WARC-Date": _warc_date(version.observed_at),
                "WARC-Payload-Digest": _payload_digest(version),
                "Headwater-Version": f"{source.id}@{version.sequence}",
            },
        )
        self.writer.write_record(record)
        self.written.responses += 1
        if version.held is not None:
            self.written.metadata += 1
            fields = {"believed": "no", "held": version.held}
            refers = {"WARC-Refers-To": _version_record(version)}
            self._write("metadata", uri, f"held {_version_name(version)}", version.observed_at, fields, refers)

    def revisit(self, source: SourceRow, check: CheckRow, version: SnapshotRow | None) -> None:
        if version is None:
            self.failure(source, check)
            return
        unmodified = check.outcome == Outcome.NOT_MODIFIED
        headers = {
            "WARC-Record-ID": _record_id(_check_name(check)),
            "WARC-Date": _warc_date(check.finished_at),
            "WARC-Profile": _PROFILE + ("server-not-modified" if unmodified else "identical-payload-digest"),
            "WARC-Refers-To": _version_record(version),
            "WARC-Refers-To-Target-URI": _target(source, version),
            "WARC-Refers-To-Date": _warc_date(version.observed_at),
            "Headwater-Version": f"{source.id}@{version.sequence}",
        }
        if not unmodified:
            headers["WARC-Payload-Digest"] = _payload_digest(version)
        status = check.http_status or (304 if unmodified else 200)
        record = self.writer.create_warc_record(
            _uri(check.final_url or source.url),
            "revisit",
            http_headers=StatusAndHeaders(_status_line(status), [], protocol="HTTP/1.1"),
            warc_headers_dict=headers,
        )
        self.writer.write_record(record)
        self.written.revisits += 1

    def failure(self, source: SourceRow, check: CheckRow) -> None:
        fields = {
            "outcome": check.outcome,
            "http-status": str(check.http_status or ""),
            "detail": check.error_detail or "",
        }
        uri = _uri(check.final_url or source.url)
        self._write("metadata", uri, _check_name(check), check.finished_at, fields)
        self.written.metadata += 1

    def _write(
        self,
        kind: str,
        uri: str,
        name: str,
        at: datetime,
        fields: dict[str, str],
        more: dict[str, str] | None = None,
    ) -> None:
        text = "".join(f"{key}: {_one_line(value)}\r\n" for key, value in fields.items() if value)
        body = text.encode("utf-8", "replace")
        headers = {"WARC-Record-ID": _record_id(name), "WARC-Date": _warc_date(at), **(more or {})}
        record = self.writer.create_warc_record(
            uri, kind, payload=BytesIO(body), length=len(body), warc_headers_dict=headers
        )
        self.writer.write_record(record)


def _record_id(name: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(_NAMESPACE, name)}>"


def _version_name(version: SnapshotRow) -> str:
    return f"{version.source_id}@{version.sequence} {version.raw_digest.hex()} {version.observed_at.isoformat()}"


def _version_record(version: SnapshotRow) -> str:
    return _record_id(f"version {_version_name(version)}")


def _check_name(check: CheckRow) -> str:
    return f"check {check.source_id} {check.scheduled_for.isoformat()}"


def _payload_digest(version: SnapshotRow) -> str:
    return "sha256:" + base64.b32encode(version.raw_digest).decode()


def _target(source: SourceRow, version: SnapshotRow) -> str:
    return _uri(version.final_url or source.url)


def _uri(address: str) -> str:
    # An address comes from a server's redirect: a line break in it would begin a header of its own.
    return quote(address, safe=_URI_CHARACTERS, errors="replace")


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} "


def _warc_date(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
