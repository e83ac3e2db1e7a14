"""What one check found: the value `evaluate` returns and the store records, for success and failure alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from snapshots.changes.model import Change
from snapshots.facts import Fact


class Outcome(StrEnum):
    """The honest state of a check. The first group is a good answer; the rest never touches a fact."""

    BASELINE = "baseline"
    NEW_VERSION = "new-version"
    SAME_TEXT = "same-text"
    SAME_BYTES = "same-bytes"
    NOT_MODIFIED = "not-modified"

    SHELL = "shell"
    HELD = "held"
    EXTRACTOR_BROKEN = "extractor-broken"
    BLOCKED = "blocked"
    RATE_LIMITED = "rate-limited"
    GONE = "gone"
    EMPTY = "empty"
    WRONG_TYPE = "wrong-type"
    TOO_LARGE = "too-large"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    DNS = "dns"
    TLS = "tls"
    CONNECTION = "connection"
    TOO_MANY_REDIRECTS = "too-many-redirects"
    CLIENT_ERROR = "client-error"
    SERVER_ERROR = "server-error"
    INVALID_RESPONSE = "invalid-response"

    @property
    def good(self) -> bool:
        """Whether the answer is believed."""
        return self in _GOOD


_GOOD = frozenset({Outcome.BASELINE, Outcome.NEW_VERSION, Outcome.SAME_TEXT, Outcome.SAME_BYTES, Outcome.NOT_MODIFIED})


@dataclass(frozen=True, slots=True)
class NewSnapshot:
    """A version to keep. `held` says why it is not believed; its facts are then not read."""

    body: bytes
    raw_digest: bytes
    text_digest: bytes
    content_type: str
    final_url: str
    held: str | None = None


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """Everything one check writes in its single transaction. All instants are UTC.

    `facts` is the source's whole present belief, or `None` when it did not change; `rivals` are statements of the same
    version that contradict each other, of which one at most is believed. `confirmed` and `withdrawn` are ids
    of changes that rested on an absence: seen absent again, or back.
    """

    outcome: Outcome
    started_at: datetime
    finished_at: datetime
    next_check_at: datetime
    next_check_reason: str
    detail: str | None = None
    http_status: int | None = None
    final_url: str | None = None
    body_bytes: int | None = None
    duration_ms: int = 0
    snapshot: NewSnapshot | None = None
    facts: tuple[Fact, ...] | None = None
    rivals: tuple[Fact, ...] = ()
    changes: tuple[Change, ...] = ()
    confirmed: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
