"""What a robots.txt lets headwater do (RFC 9309, read by protego). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from protego import Protego

from monitor.fetch.model import FailureKind

AGENT = "headwater"
MOST_BYTES = 500 * 1024
"""So much of a robots.txt is read (RFC 9309 section 2.5)."""
FRESH_FOR = timedelta(hours=24)
"""So long a copy is used (section 2.4)."""
UNREACHABLE_FOR = timedelta(days=30)
"""So long the last copy stands in for a file that cannot be reached (section 2.3.1.4)."""
ASK_AGAIN_AFTER = timedelta(minutes=30)
"""When an unreachable file is asked for again."""
_MOST_LINES = 5_000


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """What came of asking: `status` of the final answer and the first bytes of its body, or why there was none."""

    status: int | None
    body: bytes = b""
    detail: str = ""
    kind: FailureKind | None = None


class Rules:
    """The rules of one file for the agent `headwater`."""

    def __init__(self, text: str) -> None:
        """Read a file; whatever is no rule in it is passed over."""
        self._text = text
        self._rules = Protego.parse(text)

    @property
    def crawl_delay(self) -> float | None:
        """The seconds between two visits that the file asks for; `None` when it does not."""
        delay = self._rules.crawl_delay(AGENT)
        return float(delay) if delay is not None and 0 < delay < float("inf") else None

    def forbidding(self, url: str) -> str | None:
        """The line that forbids an address, such as `Disallow: /private`; `None` when it is allowed."""
        if self._rules.can_fetch(url, AGENT):
            return None
        for line in sorted(set(self._disallowing()), key=len, reverse=True):
            if not Protego.parse(f"User-agent: *\n{line}").can_fetch(url, AGENT):
                return line[:200]
        return "Disallow: /"

    def _disallowing(self) -> list[str]:
        lines = (line.partition("#")[0].strip() for line in self._text.splitlines()[:_MOST_LINES])
        return [line for line in lines if line.lower().startswith("disallow")]


def text_of(body: bytes) -> str:
    """The text of a robots.txt, which is UTF-8 (section 2.3); a byte order mark and what does not decode are dropped.

    A file that is too long ends with its last whole line.
    """
    text = body[:MOST_BYTES].decode("utf-8-sig", "ignore").replace("\x00", "")
    return text.rpartition("\n")[0] if len(body) > MOST_BYTES else text
