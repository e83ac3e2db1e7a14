"""A call to a watchdog elsewhere (healthchecks.io and what speaks like it): silence raises the alarm there.

GET the address while all is well, the address with `/fail` when it is not (healthchecks.io, "Signaling failures"). The
address is a secret: who has it can keep the watchdog quiet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import structlog

from monitor.fetch.client import Fetcher, Limits
from monitor.fetch.guard import Network
from monitor.fetch.model import FailureKind, FetchFailed, Request

_LIMITS = Limits(timeout=timedelta(seconds=10), max_bytes=100_000)

# It answered; what it says is of no interest.
_REACHED = frozenset({FailureKind.EMPTY, FailureKind.WRONG_TYPE, FailureKind.TOO_LARGE})

_log = structlog.get_logger(__name__)


class Heartbeat:
    """Calls the watchdog every so often; what fails is logged and nothing more."""

    def __init__(self, url: str, *, every: timedelta, allow_networks: Sequence[Network] = ()) -> None:
        """`allow_networks` are private networks in which the watchdog may stand.

        Raises:
            ValueError: the address is none; the message does not hold it.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            message = "what it names is not a web address. Write https://host/path."
            raise ValueError(message)
        self._well = url
        self._fail = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
        self._every = every
        self._fetcher = Fetcher(limits=_LIMITS, allow_networks=allow_networks)
        self._last: tuple[datetime, bool] | None = None

    def beat(self, now: datetime, *, well: bool) -> bool:
        """Call when it is time, or when the answer is another one than last time; whether the watchdog was reached."""
        if self._last is not None and now - self._last[0] < self._every and self._last[1] == well:
            return True
        self._last = (now, well)
        answer = self._fetcher.fetch(Request("heartbeat", self._well if well else self._fail))
        if isinstance(answer, FetchFailed) and answer.kind not in _REACHED:
            _log.warning("heartbeat-failed", reason=answer.kind.value)
            return False
        return True

    def close(self) -> None:
        """Close the connection."""
        self._fetcher.close()
