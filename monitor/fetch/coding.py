"""Unpacking an answer: in bounded pieces, and whole or not at all (content codings, RFC 9110 section 8.4).

httpx2 bounds its pieces too, but takes a gzip or Brotli stream that ends early for a complete page. A page that lost
its lower half looks like one from which facts were removed, so the end of each stream is demanded here.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

import brotli  # type: ignore[import-untyped]

from snapshots.blobs import zstd

PIECE = 2**20
ACCEPTED = "gzip, br, zstd"
_MOST_LAYERS = 2
# 8 MB, the largest window that RFC 9659 allows in HTTP; the library's own limit is sixteen times that.
_ZSTD_OPTIONS = {int(zstd.DecompressionParameter.window_log_max): 23}
# Detects the wrapper, gzip or zlib, by itself.
_ANY_WRAPPER = 32 + zlib.MAX_WBITS

Unpack: TypeAlias = Callable[[Iterable[bytes]], Iterator[bytes]]


class UnpackError(Exception):
    """A body that cannot be unpacked to its end; the message completes "The answer ..."."""


def unpack(pieces: Iterable[bytes], content_encoding: str) -> Iterator[bytes]:
    """The plain bytes of a body, at most about `PIECE` at a time.

    Raises:
        UnpackError: the coding is unknown, the stream is damaged or ends before its end.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    layers = [name for name in names if name not in ("", "identity")]
    if len(layers) > _MOST_LAYERS:
        raise UnpackError(f"is packed {len(layers)} times over.")
    for name in reversed(layers):
        if name not in _CODINGS:
            raise UnpackError(f"is packed as {name}, which we did not ask for.")
        pieces = _CODINGS[name](pieces)
    try:
        yield from pieces
    except (zlib.error, brotli.error, zstd.ZstdError) as error:
        raise UnpackError("is damaged: it does not unpack.") from error


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    stream, begun = zlib.decompressobj(_ANY_WRAPPER), False
    for piece in pieces:
        while piece:
            if stream.eof:
                if piece[0] != 0x1F:
                    return  # Padding behind the end, which every browser overlooks.
                stream = zlib.decompressobj(_ANY_WRAPPER)
            begun = True
            plain = stream.decompress(piece, PIECE)
            while plain:
                yield plain
                plain = stream.decompress(stream.unconsumed_tail, PIECE)
            piece = stream.unused_data
    _demand_end(reached=stream.eof or not begun)


def _unbrotlied(pieces: Iterable[bytes]) -> Iterator[bytes]:
    stream, begun = brotli.Decompressor(), False
    for piece in pieces:
        begun = begun or bool(piece)
        # The library may give nearly twice what it is limited to.
        plain = stream.process(piece, output_buffer_limit=PIECE // 2)
        while plain:
            yield plain
            plain = stream.process(b"", output_buffer_limit=PIECE // 2)
    _demand_end(reached=stream.is_finished() or not begun)


def _unzstded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    stream, begun = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS), False
    for piece in pieces:
        while piece:
            if stream.eof:
                stream = zstd.ZstdDecompressor(options=_ZSTD_OPTIONS)
            begun = True
            plain = stream.decompress(piece, PIECE)
            while plain:
                yield plain
                plain = b"" if stream.eof or stream.needs_input else stream.decompress(b"", PIECE)
            piece = stream.unused_data if stream.eof else b""
    _demand_end(reached=stream.eof or not begun)


def _demand_end(*, reached: bool) -> None:
    if not reached:
        raise UnpackError("is cut off: its packed form ends early.")


_CODINGS: Mapping[str, Unpack] = {
    "gzip": _inflated,
    "x-gzip": _inflated,
    "deflate": _inflated,
    "br": _unbrotlied,
    "zstd": _unzstded,
}
