"""Bytes come back as they went in, versions cost little, damage is noticed."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from snapshots import blobs
from snapshots.blobs import KEYFRAME_EVERY, CorruptBlobError
from snapshots.db import Database
from snapshots.tables import BlobRow


def versions(count: int) -> list[bytes]:
    rows = [f"<tr><td>model-{i}</td><td>{(i * 2654435761) % 1_000_003}</td></tr>" for i in range(1200)]
    made = []
    for version in range(count):
        rows[(version * 37) % len(rows)] = f"<tr><td>changed in version {version}</td></tr>"
        made.append("\n".join(rows).encode())
    return made


def put_all(database: Database, bodies: list[bytes]) -> list[bytes]:
    digests: list[bytes] = []
    with database.writing() as session:
        for body in bodies:
            digests.append(blobs.put(session, body, base=digests[-1] if digests else None))
    return digests


def test_every_version_of_a_page_comes_back_byte_for_byte(database: Database) -> None:
    bodies = [b"", b"x", b"\x00\xff" * 5, *versions(5), b"short again"]
    digests = put_all(database, bodies)
    with database.reading() as session:
        assert [blobs.get(session, digest) for digest in digests] == bodies


def test_twenty_versions_with_one_row_changed_cost_less_than_one_and_a_half_pages(database: Database) -> None:
    put_all(database, versions(20))
    with database.reading() as session:
        sizes = [len(row.content) for row in session.scalars(select(BlobRow).order_by(BlobRow.depth))]
    assert len(sizes) == 20
    assert sum(sizes) < 1.5 * sizes[0]


def test_a_text_that_returns_is_stored_once(database: Database) -> None:
    first, second = versions(2)
    put_all(database, [first, second, first, second, first])
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BlobRow)) == 2


def test_a_keyframe_bounds_the_chain(database: Database) -> None:
    digests = put_all(database, versions(KEYFRAME_EVERY + 2))
    with database.reading() as session:
        depths = list(session.scalars(select(BlobRow.depth)))
        assert max(depths) < KEYFRAME_EVERY
        assert blobs.get(session, digests[-1]) == versions(KEYFRAME_EVERY + 2)[-1]


@pytest.mark.parametrize("damage", [b"", b"not zstd at all", blobs.zstd.compress(b"other bytes")])
def test_damaged_bytes_are_refused_with_the_name_of_the_blob(database: Database, damage: bytes) -> None:
    (digest,) = put_all(database, [b"the page as it was"])
    with database.writing() as session:
        session.execute(update(BlobRow).values(content=damage))
    with database.reading() as session, pytest.raises(CorruptBlobError, match=digest.hex()[:12]):
        blobs.get(session, digest)


def test_an_unknown_digest_is_a_key_error(database: Database) -> None:
    with database.reading() as session, pytest.raises(KeyError):
        blobs.get(session, b"\x00" * 32)
