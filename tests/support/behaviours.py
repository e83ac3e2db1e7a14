"""What upstreams do to those who read them: honest answers, trickery, and breakage at every stage."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import repeat

import brotli  # type: ignore[import-untyped]

from snapshots.blobs import zstd
from tests.support.wire import Behaviour, Exchange

_PIECE = b"\0" * 2**20
_TICK = 0.05


def page(body: bytes, status: int = 200, **headers: str) -> Behaviour:
    """An honest answer."""
    return lambda exchange: exchange.answer(status, body, **headers)


def validated(body: Callable[[], bytes], *, content_type: str = "text/html", etag: bool = True) -> Behaviour:
    """A page that answers 304 to whoever has it; without an ETag it never does."""

    def behave(exchange: Exchange) -> None:
        now = body()
        tag = f'"{sha256(now).hexdigest()[:16]}"'
        if etag and exchange.seen.headers.get("if-none-match") == tag:
            exchange.answer(304, ETag=tag)
        else:
            exchange.answer(200, now, Content_Type=content_type, **({"ETag": tag} if etag else {}))

    return behave


def redirect(location: str, status: int = 302) -> Behaviour:
    """A redirect to a location, written as it is."""
    return lambda exchange: exchange.answer(status, b"", Location=location)


def raw(*pieces: bytes) -> Behaviour:
    """Bytes as they are, then the end of the connection."""

    def behave(exchange: Exchange) -> None:
        for piece in pieces:
            exchange.send(piece)

    return behave


def interim(*statuses: int, final: bytes) -> Behaviour:
    """Interim answers (RFC 9110 section 15.2) before the final one."""
    head = b"".join(b"HTTP/1.1 %d Wait\r\nX-Interim: 1\r\n\r\n" % status for status in statuses)
    return raw(head + b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(final) + final)


def trickle(head: bytes, piece: bytes) -> Behaviour:
    """A head, then a piece at a time for ever, slowly."""

    def behave(exchange: Exchange) -> None:
        exchange.send(head)
        while not exchange.over.wait(_TICK):
            exchange.send(piece)

    return behave


def endless(head: bytes, piece: bytes) -> Behaviour:
    """A head, then pieces for ever, as fast as they are taken."""

    def behave(exchange: Exchange) -> None:
        exchange.send(head)
        for again in repeat(piece):
            if exchange.over.is_set():
                return
            exchange.send(again)

    return behave


def silent(exchange: Exchange) -> None:
    """Nothing at all, for as long as the other side waits."""
    exchange.over.wait()


def hang_up(exchange: Exchange) -> None:
    """The end of the connection in place of an answer."""


def bomb(coding: str, size: int) -> Behaviour:
    """A body of so many zero bytes when unpacked, made while it is sent and tiny on the wire."""

    def behave(exchange: Exchange) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: %s\r\nConnection: close\r\n\r\n"
        exchange.send(head % coding.encode())
        for piece in _packed(coding, size):
            if exchange.over.is_set():
                return
            exchange.send(piece)

    return behave


def _packed(coding: str, size: int) -> Iterator[bytes]:
    pieces = range(size // len(_PIECE))
    if coding == "gzip":
        deflater = zlib.compressobj(wbits=31)
        yield from (deflater.compress(_PIECE) for _ in pieces)
        yield deflater.flush()
    elif coding == "br":
        packer = brotli.Compressor(quality=1)
        yield from (packer.process(_PIECE) + packer.flush() for _ in pieces)
        yield packer.finish()
    else:
        writer = zstd.ZstdCompressor()
        yield from (writer.compress(_PIECE, writer.FLUSH_BLOCK) for _ in pieces)
        yield writer.flush()
