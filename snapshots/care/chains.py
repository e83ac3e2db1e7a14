"""Reading every stored blob once, along the chains they are compressed in.

Bytes are kept only while something that is compressed against them is still to be read: two bodies at a time where a
chain is a line, which it nearly always is. The index (digests and bases, no content) stands in memory: a few hundred
bytes for each blob.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from snapshots.blobs import KEYFRAME_EVERY, Encoding, digest_of, expand, zstd
from snapshots.tables import BlobRow

LARGEST_BODY = 1 << 30
"""No body is expanded beyond this many bytes, whatever its row says."""

_DIGEST_BYTES = 32


@dataclass(slots=True)
class Walked:
    """What the walk found. `damaged` gives the reason for each damaged blob, `cut_off` its nearest damaged base.

    `wrong` are rows whose bytes are well and which say something untrue of them. `size` counts the bytes of what could
    be read, `stored` what it takes.
    """

    blobs: int = 0
    absent: int = 0
    size: int = 0
    stored: int = 0
    damaged: dict[bytes, str] = field(default_factory=dict)
    cut_off: dict[bytes, bytes] = field(default_factory=dict)
    wrong: dict[bytes, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    digest: bytes
    size: int
    encoding: str
    base: bytes | None
    depth: int


def walk(session: Session, progress: Callable[[int, int], None] = lambda done, of: None) -> Walked:
    """Read every blob and compare it with its digest. `progress` gets the blobs read and their number."""
    columns = (BlobRow.digest, BlobRow.size, BlobRow.encoding, BlobRow.base_digest, BlobRow.depth)
    index = {row[0]: _Entry(*row) for row in session.execute(select(*columns))}
    children: dict[bytes, list[bytes]] = defaultdict(list)
    for entry in index.values():
        if entry.base is not None:
            children[entry.base].append(entry.digest)
    found = Walked()
    # Each step: what to read, and the body it is compressed against. A stack, so that a chain is followed to its end.
    todo: list[tuple[_Entry, bytes | None]] = [(entry, None) for entry in index.values() if entry.base not in index]
    while todo:
        entry, base = todo.pop()
        found.blobs += 1
        progress(found.blobs, len(index))
        body = _read(session, entry, base, index, found)
        below = children.get(entry.digest, ())
        if body is None:
            unreadable = _below(entry.digest, children)
            found.cut_off.update(dict.fromkeys(unreadable, entry.digest))
            found.blobs += len(unreadable)
        else:
            todo.extend((index[child], body) for child in below)
    if found.blobs < len(index):
        circles = {digest for digest in index if _in_circle(digest, index)}
        found.damaged.update(dict.fromkeys(circles, "is compressed against itself in a circle"))
        found.blobs = len(index)
    return found


def _read(
    session: Session, entry: _Entry, base: bytes | None, index: dict[bytes, _Entry], found: Walked
) -> bytes | None:
    """The body of a blob, its digest verified; `None` where there is none, and what is wrong is noted."""
    if wrong := _untrue(entry, index):
        found.wrong[entry.digest] = wrong
    if entry.encoding == Encoding.ABSENT:
        found.absent += 1
        return None
    if entry.encoding not in set(Encoding):
        found.damaged[entry.digest] = f'has the encoding "{entry.encoding}", which this program does not know'
        return None
    if not 0 <= entry.size <= LARGEST_BODY:
        found.damaged[entry.digest] = f"says it has {entry.size} bytes, which no document has"
        return None
    if entry.base is not None and base is None:
        found.damaged[entry.digest] = "is compressed against a blob that is not there"
        return None
    content = session.scalar(select(BlobRow.content).where(BlobRow.digest == entry.digest)) or b""
    try:
        body = expand(content, entry.size, base)
    except zstd.ZstdError:
        found.damaged[entry.digest] = "does not decompress"
        return None
    if digest_of(body) != entry.digest:
        found.damaged[entry.digest] = "holds other bytes than its digest says"
        return None
    found.size += len(body)
    found.stored += len(content)
    return body


def _untrue(entry: _Entry, index: dict[bytes, _Entry]) -> str | None:
    """What a row says that does not fit the chain it stands in."""
    if len(entry.digest) != _DIGEST_BYTES:
        return f"has a digest of {len(entry.digest)} bytes instead of {_DIGEST_BYTES}"
    if (entry.encoding == Encoding.PREFIX) != (entry.base is not None):
        return f'has the encoding "{entry.encoding}" and {"a" if entry.base else "no"} base'
    base = index.get(entry.base) if entry.base is not None else None
    depth = base.depth + 1 if base is not None else 0
    if entry.base is not None and base is None:
        return None
    if entry.depth != depth or not 0 <= depth < KEYFRAME_EVERY:
        return f"says that {entry.depth} blobs must be read before it, and its chain has {depth}"
    return None


def _below(digest: bytes, children: dict[bytes, list[bytes]]) -> set[bytes]:
    """Everything that is compressed against a blob, directly or not."""
    found: set[bytes] = set()
    todo = [digest]
    while todo:
        new = [child for child in children.get(todo.pop(), ()) if child not in found]
        found.update(new)
        todo.extend(new)
    return found


def _in_circle(digest: bytes, index: dict[bytes, _Entry]) -> bool:
    """Whether following the bases of a blob leads back to a blob that was passed."""
    passed: set[bytes] = set()
    at: bytes | None = digest
    while at in index:
        if at in passed:
            return True
        passed.add(at)
        at = index[at].base
    return False
