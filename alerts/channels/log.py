"""`log`: one line in the service's log for each message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

import structlog

from alerts.channels.base import ChannelConfig, Progress, Receipt
from alerts.render.email import mail
from alerts.render.message import Digest, Message

_log = structlog.get_logger(__name__)


class LogConfig(ChannelConfig):
    """A channel that writes to the log."""

    kind: Literal["log"]


class LogChannel:
    """Writes the subject line."""

    def __init__(self, config: LogConfig, environ: Mapping[str, str], folder: Path) -> None:  # noqa: ARG002
        """Needs nothing of the environment."""
        self.config: ChannelConfig = config
        self.name = config.name

    def send(
        self,
        message: Message | Digest,
        *,
        delivery_id: str,
        thread: str | None,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
        progress: Progress | None = None,  # noqa: ARG002
    ) -> Receipt:
        """Write it."""
        _log.warning("alert", channel=self.name, subject=mail(message).subject, delivery=delivery_id)
        return Receipt(delivery_id)
