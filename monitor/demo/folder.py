"""The demo's folder: its configuration, its store, and the messages the receivers took."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.demo.account import Received
from monitor.demo.receivers import Mail
from monitor.demo.timeline import CARD, NEWS, PRICING, UPDATES

_MARK = ".headwater-demo"
_DELIVERY = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b")
SLACK_CHANNEL = "slack"
MAIL_CHANNEL = "email"


class NotOursError(Exception):
    """A folder holds something the demo did not write; the message says what to do."""


class DemoFolder:
    """A folder that the demo may empty, because an earlier demo made it or because it is new."""

    def __init__(self, path: Path) -> None:
        """Make the folder, or empty an earlier demo's.

        Raises:
            NotOursError: it holds other things.
            OSError: it cannot be written.
        """
        if path.exists() and (not path.is_dir() or (any(path.iterdir()) and not (path / _MARK).exists())):
            raise NotOursError(f"{path} holds something that no demo wrote. Name another folder with --keep.")
        if path.exists():
            shutil.rmtree(path)
        self.path = path
        self.config = path / "headwater.yaml"
        self.store = path / "headwater.db"
        self.mail = path / "mail"
        self.slack = path / "slack"
        self.mail.mkdir(parents=True)
        self.slack.mkdir()
        (path / _MARK).write_text("Written by `headwater demo`, which empties this folder when it runs again.\n")

    def write_config(self, *, origin: str, webhook_url: str, smtp_port: int) -> None:
        """Write the configuration of the service, as a user would, and the webhook's secret beside it."""
        secret = self.path / "slack-webhook"
        secret.touch(mode=0o600)
        secret.write_text(webhook_url + "\n")
        pages = Environment(loader=PackageLoader("monitor.demo", "pages"), undefined=StrictUndefined, autoescape=True)
        context = {
            "pricing": origin + PRICING,
            "updates": origin + UPDATES,
            "news": origin + NEWS,
            "card": origin + CARD,
            "webhook_file": secret.name,
            "smtp_port": smtp_port,
            "slack": SLACK_CHANNEL,
            "mail": MAIL_CHANNEL,
        }
        self.config.write_text(pages.get_template("headwater.yaml.j2").render(context))

    def keep(self, *, mails: Sequence[Mail], payloads: Sequence[Mapping[str, Any]]) -> tuple[Received, ...]:
        """Write every received message to a file and tell what each was."""
        return (*self._keep_mails(mails), *self._keep_payloads(payloads))

    def _keep_mails(self, mails: Sequence[Mail]) -> Iterable[Received]:
        for number, one in enumerate(mails, start=1):
            message = one.message
            subject = str(message["Subject"])
            stem = self.mail / f"{number:02}-{_slug(subject)}"
            stem.with_suffix(".eml").write_bytes(one.raw)
            html = message.get_body(preferencelist=("html",))
            if html is not None:
                stem.with_suffix(".html").write_bytes(html.get_content().encode())
            yield Received(MAIL_CHANNEL, subject, str(message["X-Headwater-Delivery"] or ""))

    def _keep_payloads(self, payloads: Sequence[Mapping[str, Any]]) -> Iterable[Received]:
        for number, payload in enumerate(payloads, start=1):
            written = json.dumps(payload, ensure_ascii=False, indent=2)
            subject = str(payload.get("text", ""))
            (self.slack / f"{number:02}-{_slug(subject)}.json").write_text(written + "\n", encoding="utf-8")
            found = _DELIVERY.findall(written)
            yield Received(SLACK_CHANNEL, subject, found[-1] if found else "")


def _slug(subject: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", subject.lower()))[:60].strip("-") or "message"
