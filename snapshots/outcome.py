"""What one check found: the value `evaluate` returns and the store records, for success and failure alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

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

    @property
    def advice(self) -> str:
        """What a person can do about a source that fares so; empty for a good answer."""
        return _ADVICE.get(self, "")


_GOOD = frozenset({Outcome.BASELINE, Outcome.NEW_VERSION, Outcome.SAME_TEXT, Outcome.SAME_BYTES, Outcome.NOT_MODIFIED})

_ADVICE: Mapping[Outcome, str] = MappingProxyType({
    Outcome.SHELL: "Open the address in a browser: the page may have moved or need JavaScript. "
    "`headwater sources accept` takes what came as the page.",
    Outcome.HELD: "Compare it with `headwater diff`, then `headwater sources accept` or `headwater sources refuse` it.",
    Outcome.EXTRACTOR_BROKEN: "The bytes are kept. If the page looks right in a browser, report it with "
    "`headwater export`; `headwater reextract` reads it with a later version.",
    Outcome.BLOCKED: "Open the address in a browser. If it needs a login, configure credentials or a page that is "
    "open; if robots are turned away, ask its owner.",
    Outcome.RATE_LIMITED: "Nothing, headwater waits. If it lasts, raise the interval or politeness.gap.",
    Outcome.GONE: "Look for the document's new address and change the url of the source.",
    Outcome.EMPTY: "Wait for the next check; if it lasts, open the address in a browser.",
    Outcome.WRONG_TYPE: "Change the url or the kind of the source to a document that headwater reads.",
    Outcome.TOO_LARGE: "Choose a smaller document, or raise fetch.max_bytes.",
    Outcome.REFUSED: "Read the reason: allow the network, choose another address, or set robots: ignore where you have "
    "permission.",
    Outcome.TIMEOUT: "Wait for the next check; if it lasts, raise fetch.timeout.",
    Outcome.DNS: "Check the name in the url, and this machine's name server.",
    Outcome.TLS: "Check the clock of this machine; a private authority belongs under fetch.ca_file.",
    Outcome.CONNECTION: "Wait for the next check; if it lasts, check the way to the server from this machine.",
    Outcome.TOO_MANY_REDIRECTS: "Open the address in a browser and configure where it ends.",
    Outcome.CLIENT_ERROR: "Check the url of the source: its server calls the request wrong.",
    Outcome.SERVER_ERROR: "Wait for the next check: the fault is the server's.",
    Outcome.INVALID_RESPONSE: "Wait for the next check; if it lasts, tell the owner of the server.",
})  # fmt: skip


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
    of changes that rested on an absence: seen absent again, or back. `moved_to` is the permanent address of the
    document where it has another one; `host_wait_until` is until when its server wants to be left alone.
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
    moved_to: str | None = None
    host_wait_until: datetime | None = None
