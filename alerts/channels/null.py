"""`null`: takes everything and sends nothing. For trying routes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from alerts.channels.base import ChannelConfig, Progress, Receipt
from alerts.render.message import Digest, Message


class NullConfig(ChannelConfig):
    """A channel that sends nothing."""

    kind: Literal["null"]


class NullChannel:
    """Takes everything."""

    def __init__(self, config: NullConfig, environ: Mapping[str, str], folder: Path) -> None:  # noqa: ARG002
        """Needs nothing of the environment."""
        self.config: ChannelConfig = config
        self.name = config.name

    def send(
        self,
        message: Message | Digest,  # noqa: ARG002
        *,
        delivery_id: str,
        thread: str | None,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
        progress: Progress | None = None,  # noqa: ARG002
    ) -> Receipt:
        """Take it."""
        return Receipt(delivery_id)
