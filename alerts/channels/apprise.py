"""`apprise`: everything else (Teams, Discord, PagerDuty, Telegram, ntfy...) by an Apprise URL.

https://github.com/caronc/apprise/wiki. The URL is the secret. Apprise tells failures in log lines only; the status in
them is what a failure is judged by, and the lines themselves, which may hold the secret, are never shown.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Literal, Self

import apprise
from pydantic import Field, model_validator

from alerts.channels.base import ChannelConfig, DeliveryError, Progress, Reason, Receipt
from alerts.channels.transport import TIMEOUT_SECONDS
from alerts.channels.verdicts import of_status
from alerts.render.brief import brief
from alerts.render.message import Digest, Message
from snapshots.changes.model import Level
from snapshots.secrets import SecretError, demand_one, read_secret

_STATUS = re.compile(r"\b(?:error|status|code)\W{1,3}(\d{3})\b", re.IGNORECASE)
_KINDS = {Level.CRITICAL: apprise.NotifyType.FAILURE, Level.WARNING: apprise.NotifyType.WARNING}
_LOCAL = frozenset({"dbus", "gnome", "kde", "macosx", "qt", "syslog", "windows", "glib"})


class AppriseConfig(ChannelConfig):
    """Any service that Apprise knows. The URL is the secret."""

    kind: Literal["apprise"]
    url_env: str | None = Field(default=None, description="Environment variable that holds the Apprise URL.")
    url_file: str | None = Field(default=None, description="File that holds the Apprise URL.")
    messages_per_minute: int | None = Field(
        default=60, ge=1, le=6_000, description="Never more; what is above it waits."
    )

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        demand_one("url", self.url_env, self.url_file)
        return self


class AppriseChannel:
    """Sends through one Apprise service."""

    def __init__(self, config: AppriseConfig, environ: Mapping[str, str], folder: Path) -> None:
        """Read the URL.

        Raises:
            SecretError: it is missing, or Apprise does not know what to do with it.
        """
        self.config: ChannelConfig = config
        self.name = config.name
        url = read_secret("url", env=config.url_env, file=config.url_file, environ=environ, folder=folder)
        scheme = url.partition("://")[0].lower()
        asset = apprise.AppriseAsset(
            app_id="headwater",
            app_desc="headwater",
            app_url="",
            plugin_paths=[],
            secure_logging=True,
            http_redirects=False,
            storage_mode=apprise.PersistentStoreMode.MEMORY,
        )
        with _LINES.reading():
            service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
        if service is None or scheme in _LOCAL:
            message = "url is none that Apprise can send to. Its documentation shows the form for each service."
            raise SecretError(message)
        # Whatever the URL asks for: a redirect would carry the secret on, and the rate is kept by the delivery.
        service.redirects = False
        service.request_rate_per_sec = 0.0
        service.socket_connect_timeout = service.socket_read_timeout = float(TIMEOUT_SECONDS)
        self._what = str(getattr(service, "service_name", "") or scheme)
        self._apprise = apprise.Apprise(asset=asset)
        self._apprise.add(service)

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,  # noqa: ARG002 - Apprise knows no threads
        now: datetime,  # noqa: ARG002 - the message has its times
        progress: Progress | None = None,  # noqa: ARG002 - a message has one part
    ) -> Receipt:
        """Send the message in a few lines with the link to the rest."""
        told = brief(message)
        kind = _KINDS.get(message.level, apprise.NotifyType.INFO)
        try:
            with _LINES.reading() as lines:
                taken = self._apprise.notify(
                    title=told.subject, body=told.text, notify_type=kind, body_format=apprise.NotifyFormat.TEXT.value
                )
        except Exception as error:  # noqa: BLE001 - every failure becomes a typed one
            detail = f"{self._what} could not be told ({type(error).__name__})."
            raise DeliveryError(Reason.UNREACHABLE, detail, retryable=True) from None
        if not taken:
            raise self._refusal(lines)
        return Receipt(delivery_id)

    def _refusal(self, lines: list[str]) -> DeliveryError:
        found = next((int(match[1]) for line in reversed(lines) if (match := _STATUS.search(line))), 0)
        if not found:
            return DeliveryError(Reason.UNREACHABLE, f"{self._what} cannot be reached.", retryable=True)
        verdict = of_status(found)
        return DeliveryError(verdict.reason, f"{self._what} answered {found}.", retryable=verdict.retryable)


class _Lines(logging.Filter):
    """Takes what Apprise logs, so that it is read here and shown nowhere: a line can hold addresses and answers."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[str] = []
        # Apprise may log from a thread of its own, so lines are told apart by turns.
        self.turn = Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the line, and let it go no further."""
        self.kept.append(record.getMessage())
        return False

    @contextmanager
    def reading(self) -> Iterator[list[str]]:
        """The lines of one use of Apprise."""
        with self.turn:
            self.kept = []
            yield self.kept


_LINES = _Lines()
_LOGGER = logging.getLogger("apprise")
_LOGGER.setLevel(logging.WARNING)
_LOGGER.addFilter(_LINES)
# What Apprise sends with names the whole address at its level DEBUG.
logging.getLogger("urllib3").setLevel(logging.WARNING)
