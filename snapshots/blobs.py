"""Bytes by content: each version compressed against its predecessor, a full keyframe now and then.

A page that changes by one row costs tens of bytes, because zstd sees the previous version as a prefix of the window.
A wrong prefix would silently yield wrong bytes, so the digest is checked on every read.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from enum import StrEnum

from sqlalchemy.orm import Session

from snapshots.tables import BlobRow

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

KEYFRAME_EVERY = 64
_LEVEL = 19
# The share of a page's size under which a delta is kept. Pages compress to about a fifth by themselves.
_WORTHWHILE = 0.1
# zstd refuses prefixes shorter than this.
_SHORTEST_PREFIX = 8
_LARGEST_WINDOW_LOG = 27


class Encoding(StrEnum):
    """How a blob's content is stored."""

    FULL = "zstd"
    """A keyframe: the bytes by themselves."""
    PREFIX = "zstd-prefix"
    """Against the blob `base_digest`, which must be read first."""
    ABSENT = "absent"
    """Only the digest and the size are known: retention let the bytes go, or they did not come with an import."""


class CorruptBlobError(Exception):
    """Stored bytes do not match their digest; the message names the blob."""


class AbsentBlobError(Exception):
    """The digest is known and its bytes are not kept (any more)."""


__all__ = [
    "KEYFRAME_EVERY",
    "AbsentBlobError",
    "CorruptBlobError",
    "Encoding",
    "digest_of",
    "expand",
    "get",
    "put",
    "zstd",
]


def digest_of(body: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(body).digest()


def put(session: Session, body: bytes, *, base: bytes | None = None) -> bytes:
    """Keep `body`, compressed against the blob `base` when that saves much; return its digest.

    Bytes that are already there are not stored again, whatever their base.
    """
    digest = digest_of(body)
    known = session.get(BlobRow, digest)
    if known is not None and known.encoding != Encoding.ABSENT:
        return digest
    base_row = session.get(BlobRow, base) if base is not None else None
    delta = _against(session, base_row, body) if base_row is not None else None
    row = known or BlobRow(digest=digest, size=len(body))
    if base_row is not None and delta is not None:
        row.encoding, row.content = Encoding.PREFIX, delta
        row.base_digest, row.depth = base_row.digest, base_row.depth + 1
    else:
        row.encoding, row.content = Encoding.FULL, zstd.compress(body, options=_options(len(body)))
        row.base_digest, row.depth = None, 0
    session.add(row)
    session.flush()
    return digest


def _against(session: Session, base: BlobRow, body: bytes) -> bytes | None:
    """`body` compressed with `base` as prefix; `None` where a keyframe is due or the two have little in common."""
    usable = base.encoding != Encoding.ABSENT and base.size >= _SHORTEST_PREFIX
    if not usable or base.depth + 1 >= KEYFRAME_EVERY:
        return None
    prefix = get(session, base.digest)
    delta = zstd.compress(body, options=_options(len(prefix) + len(body)), zstd_dict=_prefix(prefix))
    # A keyframe is read without its predecessors, so a delta must be worth the chain.
    return delta if len(delta) < max(len(body) * _WORTHWHILE, _SHORTEST_PREFIX) else None


def get(session: Session, digest: bytes) -> bytes:
    """The bytes of a digest.

    Raises:
        KeyError: no blob has this digest.
        AbsentBlobError: the bytes were let go, or never came with an import.
        CorruptBlobError: what is stored does not decompress to these bytes.
    """
    chain: list[BlobRow] = []
    wanted: bytes | None = digest
    while wanted is not None:
        row = session.get(BlobRow, wanted)
        if row is None:
            raise KeyError(wanted.hex())
        if row.encoding == Encoding.ABSENT:
            message = f"The bytes of version {digest.hex()[:12]} are not kept any more; what was read off them is."
            raise AbsentBlobError(message)
        chain.append(row)
        if len(chain) > KEYFRAME_EVERY:
            raise _corrupt(row, digest)
        wanted = row.base_digest
    body = b""
    for row in reversed(chain):
        try:
            body = expand(row.content, row.size, body if row.base_digest is not None else None)
        except zstd.ZstdError as error:
            raise _corrupt(row, digest) from error
        if digest_of(body) != row.digest:
            raise _corrupt(row, digest)
    return body


def expand(content: bytes, size: int, base: bytes | None) -> bytes:
    """What stored `content` decompresses to, against the bytes of its base; never more than `size` bytes.

    Raises:
        zstd.ZstdError: it is not zstd, or not of that size.
    """
    prefix = _prefix(base) if base is not None else None
    reader = zstd.ZstdDecompressor(zstd_dict=prefix, options=_WIDE)
    body = reader.decompress(content, max_length=size + 1)
    if len(body) != size or not reader.eof:
        message = f"not {size} bytes"
        raise zstd.ZstdError(message)
    return body


def _corrupt(row: BlobRow, wanted: bytes) -> CorruptBlobError:
    message = (
        f"Blob {row.digest.hex()[:12]} is damaged, so version {wanted.hex()[:12]} cannot be read. Restore a backup."
    )
    return CorruptBlobError(message)


def _prefix(body: bytes) -> zstd.ZstdDict:
    return zstd.ZstdDict(body, is_raw=True).as_prefix  # type: ignore[return-value]


_WIDE: Mapping[int, int] = {zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW_LOG}


def _options(span: int) -> dict[int, int]:
    # A prefix helps only inside the window, and long-distance matching finds it beyond the first few hundred KB.
    window_log = min(max(span.bit_length(), 17), _LARGEST_WINDOW_LOG)
    return {
        zstd.CompressionParameter.compression_level: _LEVEL if span < 1 << 20 else 6,
        zstd.CompressionParameter.window_log: window_log,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
