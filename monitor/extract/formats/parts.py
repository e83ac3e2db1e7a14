"""Several files as one version: a `multipart/mixed` body (RFC 2046 section 5.1), each part byte for byte as it came.

The boundary is the digest of the parts. So equal parts make equal bytes, and no part can hold its own boundary.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from monitor.extract.document import Block, Document, DocumentError
from monitor.extract.limits import MAX_BLOCKS
from monitor.extract.markup.outline import text_digest

MULTIPART = "multipart/mixed"
LICENSE_PART = "LICENSE"
_BOUNDARY = re.compile(r"boundary=\"?([0-9A-Za-z'()+_,./:=?-]{1,70})\"?", re.IGNORECASE)
_MOST_PARTS = 20
_NAME = re.compile(rb'name="([\w .-]*)"')
_TYPE = re.compile(rb"Content-Type: ([^\r\n]*)")


@dataclass(frozen=True, slots=True)
class Part:
    """One file: `name` stands above its blocks, empty for the leading one."""

    name: str
    content_type: str
    body: bytes


def join_parts(parts: Sequence[Part]) -> tuple[bytes, str]:
    """The body and its boundary."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part.body).digest())
    boundary = digest.hexdigest()
    pieces = [
        f'--{boundary}\r\nContent-Disposition: attachment; name="{part.name}"\r\n'
        f"Content-Type: {part.content_type}\r\n\r\n".encode()
        + part.body
        + b"\r\n"
        for part in parts
    ]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()]), boundary


def split_parts(body: bytes, content_type: str) -> tuple[Part, ...]:
    """The parts of a body that `join_parts` made.

    Raises:
        DocumentError: the body has no parts, or too many.
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise DocumentError("The document is in several parts and does not say what divides them.")
    pieces = (b"\r\n" + body).split(f"\r\n--{found[1]}".encode(), _MOST_PARTS + 2)[1:]
    if not 2 <= len(pieces) <= _MOST_PARTS + 1 or not pieces[-1].startswith(b"--"):
        raise DocumentError(f"The document has no parts, more than {_MOST_PARTS}, or ends too early.")
    parts = []
    for piece in pieces[:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        name, form = _NAME.search(head), _TYPE.search(head)
        parts.append(
            Part(name[1].decode() if name else "", form[1].decode("ascii", "replace") if form else "", content)
        )
    return tuple(parts)


def merged(documents: Iterable[tuple[str, Document]]) -> Document:
    """Named documents as one: the first leads with its title, its metadata and its canonical address."""
    named = list(documents)
    blocks = tuple(_under(name, block) for name, document in named for block in document.blocks)
    if len(blocks) > MAX_BLOCKS:
        raise DocumentError(f"The document has more than {MAX_BLOCKS:,} blocks; headwater reads no more.")
    first = named[0][1]
    return replace(
        first,
        blocks=blocks,
        metadata=MappingProxyType(dict(first.metadata)),
        repairs=tuple(dict.fromkeys(repair for _, document in named for repair in document.repairs)),
        ignored=tuple(dict.fromkeys(piece for _, document in named for piece in document.ignored)),
        text_digest=text_digest(blocks),
    )


def _under(name: str, block: Block) -> Block:
    return block._replace(key=f"{name}/{block.key}", heading=(name, *block.heading)) if name else block
