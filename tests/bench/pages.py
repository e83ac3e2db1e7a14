"""How long pages take and how large they are, with few and with many changes in the store.

Server time is the CPU time of this process around the application, from the request to the last byte of the answer, so
that other programs do not count. The first request is not taken: it fills caches that stay.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from monitor.sheets import read_sheet
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.tables import ChangeRow
from snapshots.web.app import create_app
from snapshots.web.settings import WebSettings
from tests.support.crowd import NOW, build

PAGES = (
    "/",
    "/?level=critical&order=newest",
    "/?state=closed",
    "/c/{change}",
    "/subjects",
    "/subjects/{subject}",
    "/sources",
    "/sources/source-001",
    "/sources/source-001/versions/2",
    "/deadlines",
    "/deliveries",
    "/search?q=acme-a1",
    "/api/v1/changes",
    "/api/v1/changes?level=critical&review_state=open&limit=200",
    "/api/v1/changes/{change}",
    "/api/v1/subjects",
    "/api/v1/sources",
    "/feeds/changes.atom",
)
_TRIES = 9


def addresses(database: Database) -> list[str]:
    """The pages to ask for, about things that are there."""
    with database.reading() as session:
        row = session.scalars(select(ChangeRow).where(ChangeRow.review_state == "open").limit(1)).one()
    return [page.format(change=row.public_id, subject=row.subject) for page in PAGES]


async def ask(app: Any, address: str) -> tuple[int, bytes]:
    """One request without a socket: the status and the whole body."""
    path, _, query = address.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8080")],
        "client": ("127.0.0.1", 40_000),
        "server": ("127.0.0.1", 8080),
    }
    status, parts = 0, []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, b"".join(parts)


async def measure(database: Database, wanted: Sequence[str]) -> list[tuple[str, float, int]]:
    """For each page the median of its server time in milliseconds, and its bytes."""
    app = create_app(database, FixedClock(NOW), WebSettings(), read_sheet)
    found = []
    for address in wanted:
        await ask(app, address)
        times = []
        for _ in range(_TRIES):
            began = time.process_time()
            status, body = await ask(app, address)
            times.append((time.process_time() - began) * 1_000)
            assert status == 200, (address, status)
        found.append((address, sorted(times)[_TRIES // 2], len(body)))
    return found


def main() -> None:
    """Print a table: pages against sizes of the store."""
    columns: dict[str, list[tuple[float, int]]] = {}
    sizes = (100, 1_000, 10_000)
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{Path(folder) / 'crowd.db'}")
            build(database, changes=size)
            for page, (_, took, length) in zip(PAGES, asyncio.run(measure(database, addresses(database))), strict=True):
                columns.setdefault(page, []).append((took, length))
            database.close()
    lines = [f"{'page':38}" + "".join(f"{size:>9,} changes" for size in sizes) + "      bytes"]
    for page, cells in columns.items():
        lines.append(f"{page:38}" + "".join(f"{took:>14.1f} ms" for took, _ in cells) + f"{cells[-1][1]:>11,}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
