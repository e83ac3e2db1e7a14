"""What upstream pages, names and people write is shown, and does nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.evaluate import Guards
from monitor.fetch.model import Fetched, FetchOutcome, Request
from monitor.pipeline import Pipeline, SourceSettings, check_source
from monitor.schedule.leases import claim_one
from monitor.serving import Served
from snapshots import review
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.review import Reviewer
from snapshots.tables import ChangeRow, SourceRow
from snapshots.web.settings import WebSettings
from tests.e2e.web.conftest import LOCAL
from tests.support.chromium import Watched
from tests.support.reviewed import NOW

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "<svg onload=alert(3)>",
    "javascript:alert(4)",
    "{{ 7 * 7 }}{% raise %}",
    "]]><!--",
    "\u202egnp.exe\u202c",
    "zero\u200bwidth",
    "\x1b[31mred\x1b[0m",
    "</textarea></title><script>alert(5)</script>",
)
# The longest line that is read; a longer one is refused (monitor/extract/limits.py).
LONG = "x" * 499_000


def document(amount: str, target: str) -> bytes:
    """A price list and a change log in which everything an attacker may write is written."""
    rows = "".join(f"| `model-{n}` {attack} | ${amount}{n} | 128K |\n" for n, attack in enumerate(ATTACKS))
    image = "![image](https://evil.example/pixel.png)"
    words = "\n\n".join(f"{attack} [link](javascript:alert(6)) {image}" for attack in ATTACKS)
    dated = f"## 2026-08-0{amount} {ATTACKS[1]}\n\n`evil-chat` now points to `{target}`."
    frame = "<iframe src='https://evil.example/'></iframe><style>body{display:none}</style>"
    prices = f"| Model | Output price | Context window |\n| --- | --- | --- |\n{rows}"
    return f"# Prices {ATTACKS[0]}\n\n{prices}\n{dated}\n\n{words}\n\n{LONG}\n\n{LONG}\n\n{frame}\n".encode()


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'hostile.db'}")
    database.upgrade()
    clock = FixedClock(NOW - timedelta(days=3))
    bodies = iter((document("1", "evil-1"), document("2", "evil-2 <b>x</b>")))

    def answer(request: Request) -> FetchOutcome:
        return Fetched(next(bodies), 200, request.url, "text/markdown; charset=utf-8")

    with database.writing() as session:
        session.add(
            SourceRow(
                id="evil",
                kind="web-page",
                url="https://docs.example/x?<script>",
                provider=ATTACKS[1],
                title=ATTACKS[0],
                authoritative_for=[],
                interval_seconds=86_400,
                next_check_at=NOW,
            )
        )
    pipeline = Pipeline(
        database=database,
        clock=clock,
        fetch_for=lambda _kind: answer,
        settings=lambda _source: SourceSettings(kind="web-page", jitter=0),
        guards=Guards(confirm_removals=False, hold_mass_disappearance=False),
    )
    for day in (3, 2):
        clock.set(NOW - timedelta(days=day))
        with database.writing() as session:
            claim = claim_one(session, "evil", owner="test", now=clock.now())
        assert claim is not None
        assert check_source(pipeline, claim) is not None
    with database.writing() as session:
        rows = session.query(ChangeRow).filter(ChangeRow.level != "none").all()
        assert rows
        for row, attack in zip(rows * len(ATTACKS), ATTACKS, strict=False):
            # What a better extractor or an import might one day let through is harmless too.
            row.subject, row.before, row.after = attack, attack, f"{attack} {LONG[:20_000]}"
            words = attack.replace("\x1b", "")
            review.comment(session, row, Reviewer("<img src=x onerror=alert(7)>", "web"), now=NOW, text=words)
    yield database
    database.close()


def test_nothing_that_was_written_upstream_comes_alive(hostile: Database, look: Callable[..., Watched]) -> None:
    with hostile.reading() as session:
        changes = [row.public_id for row in session.query(ChangeRow).filter(ChangeRow.level != "none")]
    settings: WebSettings = replace(LOCAL, local_name="<svg onload=alert(8)>")
    with Served(hostile, settings, clock=FixedClock(NOW)) as served:
        watched = look(at=served.local_url)
        for address in (
            "/",
            "/?provider=%22%3E%3Cscript%3Ealert(9)%3C/script%3E&subject=%3Csvg%20onload=alert(10)%3E",
            *(f"/c/{change}" for change in changes),
            "/subjects",
            "/subjects/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
            "/subjects/%E2%80%AEgnp.exe%E2%80%AC",
            "/sources",
            "/sources/evil",
            "/sources/evil/versions/2?quote=%3Cscript%3Ealert(11)%3C/script%3E",
            "/sources/evil/compare?from=1&to=2",
            "/providers",
            "/deliveries",
            "/conflicts",
            "/search?q=%3Cscript%3Ealert&pages=1",
            "/c/%3Cscript%3Ealert(12)%3C%2Fscript%3E",
            "/%3Cscript%3Ealert(13)%3C/script%3E",
            "/?state=%3Cscript%3E&order=%22onmouseover=alert(14)",
        ):
            watched.goto(address)
            page = watched.page
            assert page.locator("h1").count() == 1, address
            assert len(page.content()) < 400_000, address
            assert page.locator("main script, main iframe, main img, main style, [onerror], [onload]").count() == 0
            links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.protocol)")
            assert set(links) <= {"http:", "https:"}, address
            assert page.evaluate("getComputedStyle(document.body).display") == "block"
        assert watched.page.evaluate("document.title").endswith("headwater")
        watched.goto("/sources/evil/versions/2")
        shown = watched.page.locator("main").inner_text()
        assert "<script>alert(1)</script>" in shown
        assert "U+202E" in shown
        assert "more characters" in shown
        assert "\u202e" not in shown


def test_raw_bytes_are_saved_and_not_shown(hostile: Database, look: Callable[..., Watched]) -> None:
    with Served(hostile, LOCAL, clock=FixedClock(NOW)) as served:
        watched = look(at=served.local_url)
        watched.goto("/sources/evil/versions/2")
        with watched.page.expect_download() as saved:
            watched.page.get_by_role("link", name="raw bytes").click()
        assert saved.value.suggested_filename == "evil-2.txt"
