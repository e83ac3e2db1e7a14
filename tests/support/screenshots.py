"""`make screenshots`: pictures of the pages for docs/screenshots, from the demo's story. Run it when looks change."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from sqlalchemy import select

from monitor.logs import quiet
from monitor.serving import Served
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.tables import ChangeRow
from snapshots.web.settings import Address, WebSettings
from tests.support.chromium import launched
from tests.support.reviewed import NOW, build

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
WIDE, PHONE = 1280, 380
_TALLEST = 1_700


def main() -> None:
    """Write every picture anew."""
    quiet()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'story.db'}")
        build(database)
        with database.reading() as session:
            wanted = select(ChangeRow.public_id).where(ChangeRow.kind == "price-increased")
            change = session.scalars(wanted.where(ChangeRow.subject == "deepseek-v4-pro")).first()
        pictures = {
            "inbox-light": (WIDE, "light", "/"),
            "inbox-phone-dark": (PHONE, "dark", "/"),
            "change-light": (WIDE, "light", f"/c/{change}"),
            "change-dark": (WIDE, "dark", f"/c/{change}"),
            "change-phone-light": (PHONE, "light", f"/c/{change}"),
            "subject-light": (WIDE, "light", "/subjects/deepseek-chat?on=2026-01-15"),
            "subject-dark": (WIDE, "dark", "/subjects/deepseek-v4-pro"),
            "sources-light": (WIDE, "light", "/sources"),
            "deadlines-light": (WIDE, "light", "/deadlines"),
        }
        settings = WebSettings(bind=Address("127.0.0.1", 0), local_name="mara")
        with Served(database, settings, clock=FixedClock(NOW)) as served, launched() as browser:
            for name, (width, scheme, address) in pictures.items():
                context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
                page = context.new_page()
                page.goto(served.local_url + address)
                height = min(_TALLEST, int(page.evaluate("document.documentElement.scrollHeight")))
                page.set_viewport_size({"width": width, "height": height})
                page.screenshot(path=FOLDER / f"{name}.png")
                context.close()
                sys.stdout.write(f"docs/screenshots/{name}.png\n")
        database.close()


if __name__ == "__main__":
    main()
