"""The heart: what a fetch means. Pure; the time, the previous version and the settings are arguments.

`evaluate` decides the honest state of an answer, reads both versions with the same extractors (so a better extractor
never looks like an upstream change), compares them, and says when to look again. Failures take the same way and come
out as the same value, so there is one place that records everything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.absences import Pending, settle_pending, too_many_gone
from monitor.extract.document import DocumentError
from monitor.extract.reading import Reading, Vocabulary, read
from monitor.extract.shell import shell_reason, wall_reason
from monitor.fetch.classify import is_other_document
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, NotModified
from monitor.schedule.policy import Plan, next_check
from snapshots.blobs import digest_of
from snapshots.changes.catalogue import kind_of
from snapshots.changes.compare import compare
from snapshots.changes.model import Change
from snapshots.diff.contradiction import rivals_of
from snapshots.facts import Evidence, Fact
from snapshots.outcome import CheckOutcome, NewSnapshot, Outcome

CONFIRM_AFTER = timedelta(minutes=10)
NEW_BASELINE_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Watched:
    """What evaluation needs to know of a source: its configuration and the state of its schedule."""

    id: str
    url: str
    document: str
    interval: timedelta
    jitter: float
    scheduled_for: datetime
    consecutive_failures: int = 0
    failing_since: datetime | None = None
    expect_title: str = ""


@dataclass(frozen=True, slots=True)
class LastGood:
    """The newest believed version and what is known from it.

    `body` and `facts` are empty when the new answer has the same bytes and nothing is read.
    """

    raw_digest: bytes
    text_digest: bytes
    content_type: str
    url: str
    observed_at: datetime
    body: bytes = b""
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Previous:
    """What the store knows of the source before this check. `held_text_digest` is of a newest version that is held."""

    last_good: LastGood | None = None
    held_text_digest: bytes = b""
    pending: tuple[Pending, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Guards:
    """Which cautions apply. A replay of finished history needs neither of the first two: each version there is final.

    Without `doubt_the_page` no answer is taken for a shell: a person looked at it and said that it is the page.
    """

    confirm_removals: bool = True
    hold_mass_disappearance: bool = True
    doubt_the_page: bool = True


def evaluate(
    previous: Previous,
    fetched: FetchOutcome,
    source: Watched,
    *,
    started_at: datetime,
    now: datetime,
    guards: Guards = Guards(),
    adjust: Callable[[Change], Change] = lambda change: change,
) -> CheckOutcome:
    """What one check found, with everything its transaction writes.

    `previous.last_good.body` must be filled when `fetched` carries bytes with another digest. `adjust` applies the
    user's severities. No I/O, no clock, no randomness.
    """
    check = _Check(previous, source, started_at, now, guards, adjust)
    match fetched:
        case FetchFailed():
            return check.failed(fetched)
        case NotModified():
            return check.unchanged(Outcome.NOT_MODIFIED, fetched)
        case Fetched():
            last = previous.last_good
            if last is not None and digest_of(fetched.body) == last.raw_digest:
                return check.unchanged(Outcome.SAME_BYTES, fetched)
            return check.answered(fetched)


@dataclass(frozen=True, slots=True)
class _Check:
    previous: Previous
    source: Watched
    started_at: datetime
    now: datetime
    guards: Guards
    adjust: Callable[[Change], Change]

    def failed(self, failure: FetchFailed) -> CheckOutcome:
        plan = self._plan(ok=False, retry_after=failure.retry_after)
        # Too many requests is said of all we ask, and so is a wait that the server names.
        wait = failure.kind is FailureKind.RATE_LIMITED or failure.retry_after is not None
        base = self._outcome(Outcome(failure.kind.value), failure, plan)
        return replace(base, detail=failure.detail, host_wait_until=plan.at if wait else None)

    def unchanged(self, outcome: Outcome, answer: Fetched | NotModified) -> CheckOutcome:
        base = self._good(outcome, answer)
        return replace(base, confirmed=tuple(p.id for p in self.previous.pending), changes=self._moved(answer))

    def answered(self, answer: Fetched) -> CheckOutcome:
        last = self.previous.last_good
        known = Vocabulary.from_facts(last.facts if last is not None else ())
        try:
            old = self._read(last.body, last.content_type, last.url, known) if last is not None else None
            new = self._read(answer.body, answer.content_type, answer.final_url, old.vocabulary if old else known)
        except DocumentError as error:
            return self._held(answer, Outcome.EXTRACTOR_BROKEN, str(error), digest_of(answer.body))
        text_digest = new.document.text_digest
        reason = self._doubt(old, new, answer)
        if isinstance(reason, FetchFailed):
            return self.failed(reason)
        if reason is not None and self._is_new_baseline(new, text_digest):
            return self._kept(answer, Outcome.BASELINE, new, (), (), ())
        if reason is not None:
            return self._held(answer, Outcome.SHELL, reason, text_digest)
        if old is None:
            return self._kept(answer, Outcome.BASELINE, new, (), (), ())
        if text_digest == old.document.text_digest and new.facts == old.facts:
            return replace(self.unchanged(Outcome.SAME_TEXT, answer), snapshot=self._snapshot(answer, text_digest))
        if self.guards.hold_mass_disappearance and (gone := too_many_gone(old.facts, new.facts)):
            reason = f"{gone} of {len(old.facts)} facts are missing in the newest answer. Held for review."
            return self._held(answer, Outcome.HELD, reason, text_digest)
        changes = compare(old.facts, new.facts, old.passages, new.passages, now=self.now)
        confirmed, withdrawn, changes = settle_pending(self.previous.pending, new.facts, changes)
        if not self.guards.confirm_removals:
            changes = tuple(replace(change, removal=False) for change in changes)
        changes = (*(self.adjust(change) for change in changes), *self._moved(answer))
        return self._kept(answer, Outcome.NEW_VERSION, new, changes, confirmed, withdrawn)

    def _doubt(self, old: Reading | None, new: Reading, answer: Fetched) -> str | FetchFailed | None:
        """Why an answer is not the page: a sentence for a shell, a failure for what stands in front of the page."""
        if not self.guards.doubt_the_page:
            return None
        if wall := wall_reason(new, self.source.url, answer.final_url):
            return FetchFailed(
                FailureKind.BLOCKED,
                wall,
                status=answer.status,
                final_url=answer.final_url,
                duration_ms=answer.duration_ms,
            )
        return shell_reason(old, new, self.source.url, self.source.expect_title)

    def _moved(self, answer: Fetched | NotModified) -> tuple[Change, ...]:
        """That the document has another permanent address: a change of its own, told once; the facts stay."""
        target = self._new_address(answer)
        if target is None or target == self.previous.moved_to or self.previous.last_good is None:
            return ()
        kind = kind_of("document-moved")
        quote = f"{self.source.url} redirects permanently to {target}"
        change = Change(
            kind=kind.id,
            subject="*",
            attribute="address",
            before=self.source.url,
            after=target,
            level=kind.level,
            evidence=Evidence("http", (), quote),
        )
        return (self.adjust(change),)

    def _new_address(self, answer: Fetched | NotModified) -> str | None:
        target = answer.moved_to
        return target if target and is_other_document(self.source.url, target) else None

    def _is_new_baseline(self, new: Reading, text_digest: bytes) -> bool:
        """Whether a page that has nothing in common with the last good one has stood long enough to be the page.

        The last good version may have been the wrong page itself. What says of itself that it is another page never
        becomes the baseline.
        """
        since = self.source.failing_since
        if since is None or self.now - since < NEW_BASELINE_AFTER or text_digest != self.previous.held_text_digest:
            return False
        return shell_reason(None, new, self.source.url, self.source.expect_title) is None

    def _read(self, body: bytes, content_type: str, url: str, known: Vocabulary) -> Reading:
        try:
            return read(body, content_type, url=url, kind=self.source.document, known=known, today=self.now.date())
        except DocumentError:
            raise
        except Exception as error:
            # A page that no extractor was written for must not stop its source, nor be tried for ever unrecorded.
            message = f"headwater failed to read the document ({type(error).__name__}: {str(error)[:200]})."
            raise DocumentError(message) from error

    def _kept(
        self,
        answer: Fetched,
        outcome: Outcome,
        new: Reading,
        changes: Sequence[Change],
        confirmed: tuple[int, ...],
        withdrawn: tuple[int, ...],
    ) -> CheckOutcome:
        base = self._good(outcome, answer)
        if any(change.removal for change in changes):
            soon = self.now + min(CONFIRM_AFTER, self.source.interval)
            base = replace(base, next_check_at=soon, next_check_reason="a removal waits for a second look")
        return replace(
            base,
            snapshot=self._snapshot(answer, new.document.text_digest),
            facts=new.facts,
            rivals=(*rivals_of(new.facts, self.now), *new.rivals),
            changes=tuple(changes),
            confirmed=confirmed,
            withdrawn=withdrawn,
        )

    def _held(self, answer: Fetched, outcome: Outcome, reason: str, text_digest: bytes) -> CheckOutcome:
        # The validators of the last good version stay: a 304 against a page we do not believe would confirm it.
        base = self._outcome(outcome, answer, self._plan(ok=False, retry_after=None))
        return replace(base, detail=reason, snapshot=self._snapshot(answer, text_digest, held=reason))

    def _good(self, outcome: Outcome, answer: Fetched | NotModified) -> CheckOutcome:
        base = self._outcome(outcome, answer, self._plan(ok=True, retry_after=None, max_age=answer.max_age))
        return replace(
            base,
            etag=answer.etag or (self.previous.etag if isinstance(answer, NotModified) else None),
            last_modified=answer.last_modified
            or (self.previous.last_modified if isinstance(answer, NotModified) else None),
            moved_to=self._new_address(answer) or self.previous.moved_to,
        )

    def _outcome(self, outcome: Outcome, answer: FetchOutcome, plan: Plan) -> CheckOutcome:
        """What every check comes to, whatever the answer."""
        return CheckOutcome(
            outcome=outcome,
            started_at=self.started_at,
            finished_at=self.now,
            next_check_at=plan.at,
            next_check_reason=plan.reason,
            http_status=answer.status,
            final_url=answer.final_url,
            body_bytes=len(answer.body) if isinstance(answer, Fetched) else None,
            duration_ms=answer.duration_ms,
        )

    def _snapshot(self, answer: Fetched, text_digest: bytes, held: str | None = None) -> NewSnapshot:
        return NewSnapshot(
            body=answer.body,
            raw_digest=digest_of(answer.body),
            text_digest=text_digest,
            content_type=answer.content_type,
            final_url=answer.final_url,
            held=held,
        )

    def _plan(self, *, ok: bool, retry_after: timedelta | None, max_age: timedelta | None = None) -> Plan:
        return next_check(
            source_id=self.source.id,
            interval=self.source.interval,
            jitter=self.source.jitter,
            scheduled_for=self.source.scheduled_for,
            now=self.now,
            ok=ok,
            consecutive_failures=self.source.consecutive_failures + (0 if ok else 1),
            retry_after=retry_after,
            max_age=max_age,
        )
