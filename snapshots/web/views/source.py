"""Sources as pages show them: good or in need of attention, and why, in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from snapshots.changes.model import Level
from snapshots.outcome import Outcome
from snapshots.sources import SourceHealth
from snapshots.web.plots.checkstrip import checkstrip
from snapshots.web.queries.source import LastCheck
from snapshots.web.times import Times

_STALE = timedelta(days=2)
_NAMED = 2
_MINOR = frozenset({Outcome.HELD, Outcome.RATE_LIMITED, Outcome.TIMEOUT, Outcome.SERVER_ERROR, Outcome.CONNECTION})
_WHY = {
    "shell": "The server answers, but with another page or an empty frame.",
    "held": "The newest answer is held for review.",
    "extractor-broken": "The answer could not be read as a document.",
    "blocked": "The server refuses programs, or asks for a login or consent.",
    "rate-limited": "The server asks for fewer requests.",
    "gone": "The page is no longer there.",
    "empty": "The answer has no content.",
    "wrong-type": "The answer is no document of the expected kind.",
    "too-large": "The answer is larger than what is read.",
    "refused": "The address may not be reached.",
    "timeout": "The server did not answer in time.",
    "dns": "The name of the server is not known.",
    "tls": "The connection is not trusted.",
    "connection": "The server cannot be reached.",
    "too-many-redirects": "The address leads in circles.",
    "client-error": "The server refuses the request.",
    "server-error": "The server failed.",
    "invalid-response": "The answer is no valid HTTP.",
}
_GOOD_WORDS = {
    Outcome.NOT_MODIFIED: "304",
    Outcome.SAME_BYTES: "same bytes",
    Outcome.SAME_TEXT: "same text",
    Outcome.NEW_VERSION: "new version",
    Outcome.BASELINE: "first version",
}


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of the list. `level` is `None` for a good source; `note` explains one that is not."""

    health: SourceHealth
    level: Level | None
    word: str
    strip: Markup
    next_check: str
    note: str

    @property
    def good(self) -> bool:
        """Whether its answers are believed."""
        return self.level is None


def source_rows(
    found: Sequence[SourceHealth], outcomes: Mapping[str, list[str]], last: Mapping[str, LastCheck], times: Times
) -> list[SourceRow]:
    """A row for each source."""
    return [_row(one, outcomes.get(one.id, []), last.get(one.id), times) for one in found]


def _row(one: SourceHealth, outcomes: Sequence[str], last: LastCheck | None, times: Times) -> SourceRow:
    level = _level(one, times)
    word = one.word
    if level is None and one.state == "active" and last is not None:
        word = f"ok, {_GOOD_WORDS.get(Outcome(last.outcome), last.outcome)}" if one.word == "ok" else one.word
    if level is Level.WARNING and one.word == "ok":
        word = "stale"
    return SourceRow(one, level, word, checkstrip(outcomes), _next(one, times), _note(one, level, last, times))


def _level(one: SourceHealth, times: Times) -> Level | None:
    if one.state != "active":
        return None
    if one.failing_since is not None:
        return Level.WARNING if one.failing_kind in _MINOR else Level.CRITICAL
    late = one.last_ok_at is not None and times.now - one.next_check_at > _STALE
    return Level.WARNING if late else None


def _note(one: SourceHealth, level: Level | None, last: LastCheck | None, times: Times) -> str:
    if level is None:
        return ""
    if one.failing_since is None:
        return (
            f"A check was due {times.moment(one.next_check_at)} and did not happen. Facts are those of the last answer."
        )
    why = _WHY.get(one.failing_kind or "", "There is no answer to believe.")
    detail = last.detail.strip() if last is not None and last.detail else ""
    told = f"{detail.rstrip('.')}." if detail else why
    count = f"{one.consecutive_failures:,} check{'' if one.consecutive_failures == 1 else 's'}"
    return f"{told} {count} without a trusted answer since {times.moment(one.failing_since)}. Facts are unchanged."


def _next(one: SourceHealth, times: Times) -> str:
    if one.state != "active":
        return one.state
    usual = not one.next_check_reason or one.next_check_reason.startswith("every")
    reason = "" if usual else f", {one.next_check_reason}"
    return f"{times.ago(one.next_check_at) if one.next_check_at > times.now else 'due'}{reason}"


def summary(rows: Sequence[SourceRow], times: Times) -> str:
    """How many are good, what is wrong, and what that did to the facts."""
    active = [row for row in rows if row.health.state == "active"]
    if not active:
        return "No source is watched."
    bad = [row for row in active if not row.good]
    if not bad:
        unread = sum(row.health.last_ok_at is None for row in active)
        told = f"All {len(active):,} sources are good." if len(active) > 1 else "The one source is good."
        return f"{told} {unread} of them wait for the first check." if unread else told
    if len(bad) <= _NAMED:
        named = " ".join(_trouble(row, times) for row in bad)
    else:
        words = Counter(row.word.replace("-", " ") for row in bad)
        named = f"Others need attention: {', '.join(f'{count} {word}' for word, count in words.most_common(4))}."
    because = "it" if len(bad) == 1 else "them"
    good = f"{len(active) - len(bad):,} of {len(active):,} sources are good."
    return f"{good} {named} Nothing in the facts changed because of {because}."


def _trouble(row: SourceRow, times: Times) -> str:
    if row.health.failing_since is None:
        return (
            f"{row.health.id} was not looked at since {times.day(row.health.last_ok_at or row.health.next_check_at)}."
        )
    return f"{row.health.id} is {row.word.replace('-', ' ')} since {times.day(row.health.failing_since, whole=False)}."


def providers(rows: Collection[SourceRow]) -> list[tuple[str, int]]:
    """The providers with their numbers of sources, the largest first."""
    counted = Counter(row.health.provider for row in rows)
    return sorted(((name, count) for name, count in counted.items() if name), key=lambda pair: (-pair[1], pair[0]))
