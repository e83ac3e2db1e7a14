"""Bytes by content: each version compressed against its predecessor, a full keyframe now and then.

A page that changes by one row costs tens of bytes, because zstd sees the previous version as a prefix of the window.
A wrong prefix would silently yield wrong bytes, so the digest is checked on every read.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping

from sqlalchemy.orm import Session

from snapshots.tables import BlobRow

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

KEYFRAME_EVERY = 64
_LEVEL = 19
# zstd refuses prefixes shorter than this.
_SHORTEST_PREFIX = 8
_LARGEST_WINDOW_LOG = 27


class CorruptBlobError(Exception):
    """Stored bytes do not match their digest; the message names the blob."""


__all__ = ["KEYFRAME_EVERY", "CorruptBlobError", "digest_of", "get", "put", "zstd"]


def digest_of(body: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(body).digest()


def put(session: Session, body: bytes, *, base: bytes | None = None) -> bytes:
    """Keep `body`, compressed against the blob `base` when that saves something; return its digest.

    Bytes that are already there are not stored again, whatever their base.
    """
    digest = digest_of(body)
    if session.get(BlobRow, digest) is not None:
        return digest
    base_row = session.get(BlobRow, base) if base is not None else None
    full = zstd.compress(body, options=_options(len(body)))
    row = BlobRow(digest=digest, size=len(body), encoding="zstd", base_digest=None, depth=0, content=full)
    if base_row is not None and base_row.depth + 1 < KEYFRAME_EVERY and base_row.size >= _SHORTEST_PREFIX:
        prefix = get(session, base_row.digest)
        delta = zstd.compress(body, options=_options(len(prefix) + len(body)), zstd_dict=_prefix(prefix))
        if len(delta) < len(full):
            row = BlobRow(
                digest=digest,
                size=len(body),
                encoding="zstd-prefix",
                base_digest=base_row.digest,
                depth=base_row.depth + 1,
                content=delta,
            )
    session.add(row)
    session.flush()
    return digest


def get(session: Session, digest: bytes) -> bytes:
    """The bytes of a digest.

    Raises:
        KeyError: no blob has this digest.
        CorruptBlobError: what is stored does not decompress to these bytes.
    """
    chain: list[BlobRow] = []
    wanted: bytes | None = digest
    while wanted is not None:
        row = session.get(BlobRow, wanted)
        if row is None:
            raise KeyError(wanted.hex())
        chain.append(row)
        wanted = row.base_digest
    body = b""
    for row in reversed(chain):
        try:
            prefix = _prefix(body) if row.base_digest is not None else None
            body = zstd.decompress(row.content, zstd_dict=prefix, options=_WIDE)
        except zstd.ZstdError as error:
            raise _corrupt(row, digest) from error
        if digest_of(body) != row.digest:
            raise _corrupt(row, digest)
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
