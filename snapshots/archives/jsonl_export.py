"""Facts and changes as JSON lines: what was learned, without the bytes it was read off."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import IO, Any

from sqlalchemy.orm import Session

from snapshots.archives.entries import Entries, Entry, instant_of
from snapshots.archives.files import chosen_sources
from snapshots.archives.model import FORMAT, LINES, VERSION

_TELL_EVERY = 1_000


def write_jsonl(
    session: Session,
    out: IO[bytes],
    sources: Collection[str] = (),
    *,
    now: datetime,
    software: str,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Mapping[str, int]:
    """Write the file to `out` and return how many lines of each record it has.

    With `sources` only what rests on these: a conflict with a claim of another source is left out, and counted under
    `conflicts_left_out`. `now` goes into the header; `progress` is called now and then with the lines done and
    their total.

    Raises:
        UnknownVersionError: a source is named that there is not.
    """
    chosen = chosen_sources(session, sources)
    entries = Entries(session, {row.id for row in chosen} if sources else None)
    # The counts stand in the first line and the store holds still, so they are taken from the queries themselves.
    counts = {record: sum(1 for _ in entries.of(record)) for record in ("conflict", "correction", "acknowledgement")}
    counts |= {record: entries.count(record) for record in ("source", "version", "fact", "change")}
    counts = {record: counts[record] for record in LINES}
    header = {
        "record": "header",
        "format": FORMAT,
        "version": VERSION,
        "created_at": instant_of(now),
        "software": software,
        "counts": counts,
    }
    out.write(encoded(header))
    total, done = sum(counts.values()), 0
    for record in LINES:
        for entry in entries.of(record):
            out.write(encoded({"record": record} | entry))
            done += 1
            if done % _TELL_EVERY == 0:
                progress(done, total)
    return counts | ({"conflicts_left_out": entries.left_out} if entries.left_out else {})


def encoded(entry: Entry) -> bytes:
    """One line of UTF-8. What no database of ours could keep (U+0000, half a surrogate pair) becomes U+FFFD."""
    line = json.dumps(entry, ensure_ascii=False, separators=(",", ":"))
    if "\\u0000" in line or not _encodes(line):
        line = json.dumps(_mended(entry), ensure_ascii=False, separators=(",", ":"))
    return line.encode() + b"\n"


def _encodes(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_mended(key): _mended(inner) for key, inner in value.items()}
    return [_mended(inner) for inner in value] if isinstance(value, list) else value
