"""Bodies are unpacked whole, in bounded pieces, or not at all."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.coding import PIECE, UnpackError, unpack
from snapshots.blobs import zstd

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}
PAGE = b"".join(b"<tr><td>acme-%d</td><td>%d</td></tr>" % (n, n * n) for n in range(3_000))
PACKED = {coding: pack(PAGE) for coding, pack in PACKERS.items()}
codings = pytest.mark.parametrize("coding", sorted(PACKERS))


def split(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(st.binary(max_size=5_000), st.sampled_from(sorted(PACKERS)), st.integers(1, 700))
def test_whatever_is_packed_comes_back_however_it_is_split(plain: bytes, coding: str, size: int) -> None:
    packed = PACKERS[coding](plain)
    assert b"".join(unpack(split(packed, size), coding)) == plain


@codings
@given(data=st.data())
def test_a_stream_that_ends_early_is_never_taken_for_a_page(coding: str, data: st.DataObject) -> None:
    packed = PACKED[coding]
    kept = data.draw(st.integers(1, len(packed) - 1))
    with pytest.raises(UnpackError, match="cut off"):
        b"".join(unpack([packed[:kept]], coding))


@codings
def test_a_bomb_comes_in_bounded_pieces(coding: str) -> None:
    packed = PACKERS[coding](b"\0" * 20_000_000)
    sizes = [len(piece) for piece in unpack([packed], coding)]
    assert sum(sizes) == 20_000_000
    assert max(sizes) <= PIECE


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_parts_packed_one_by_one_are_one_page(coding: str) -> None:
    pack = PACKERS[coding]
    assert b"".join(unpack([pack(b"one ") + pack(b"two")], coding)) == b"one two"


def test_padding_behind_the_end_is_overlooked() -> None:
    assert b"".join(unpack([gzip.compress(PAGE) + b"\0" * 9, b"\0\0"], "gzip")) == PAGE


def test_layers_are_taken_off_from_the_outside() -> None:
    packed = brotli.compress(gzip.compress(PAGE))
    assert b"".join(unpack([packed], "gzip, BR")) == PAGE


@pytest.mark.parametrize("coding", ["", "identity", " identity ,"])
def test_what_is_not_packed_stays(coding: str) -> None:
    assert b"".join(unpack([PAGE], coding)) == PAGE


@codings
def test_no_bytes_are_an_empty_page(coding: str) -> None:
    assert b"".join(unpack([], coding)) == b""


@pytest.mark.parametrize(
    ("coding", "body", "said"),
    [
        ("compress", b"\x1f\x9d\x90", "packed as compress"),
        ("gzip, gzip, gzip", b"", "packed 3 times"),
        ("gzip", b"<html>", "damaged"),
        ("br", b"<html>" * 9, "damaged"),
        ("zstd", b"<html>", "damaged"),
    ],
)
def test_what_cannot_be_unpacked_is_told(coding: str, body: bytes, said: str) -> None:
    with pytest.raises(UnpackError, match=said):
        b"".join(unpack([body], coding))


def test_a_window_larger_than_http_allows_is_refused() -> None:
    options = {int(zstd.CompressionParameter.window_log): 26}
    packer = zstd.ZstdCompressor(options=options)
    packed = packer.compress(b"x" * 1_000) + packer.flush()
    with pytest.raises(UnpackError, match="damaged"):
        b"".join(unpack([packed], "zstd"))
