"""Entries to cases: equal news of several sources joined, bands of a price joined, one subject's changes together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from snapshots.changes.catalogue import kind_of
from snapshots.changes.model import Area, Level
from snapshots.facts import name_key
from snapshots.journal import Entry
from snapshots.wording import moments, words
from snapshots.wording.escape import shorten_middle
from snapshots.wording.phrases import PHRASES
from snapshots.wording.spans import Line, Role, Span, code, joined, line
from snapshots.wording.words import End

# Among changes of one level the one that says most about the rest leads: a name that means something else explains its
# new price. Kinds not named follow in the order of the catalogue.
_TELLING = (
    "alias-retargeted", "alias-removed", "model-removed", "endpoint-removed", "endpoint-base-url-changed",
    "endpoint-path-changed", "shutdown-date-moved-earlier", "endpoint-expiry-set", "shutdown-date-set",
    "license-changed", "model-added", "alias-added",
    "price-increased", "price-announced", "price-decreased", "price-band-changed", "deprecation-announced",
)  # fmt: skip
_RANK = {kind: place for place, kind in enumerate(dict.fromkeys((*_TELLING, *PHRASES)))}
_LEVELS = {level: place for place, level in enumerate(Level)}
_PRICES = ("output_price", "input_price", "input_price_cache_miss", "input_price_cache_hit")
_ALSO = 6
_LONG = 240
_SHORT = 60

Fold = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What one subject went through: its changes as folds, the leading one first."""

    folds: tuple[Fold, ...]

    @property
    def leading(self) -> Fold:
        """The fold that tells the case."""
        return self.folds[0]

    @property
    def entry(self) -> Entry:
        """The change that tells the case."""
        return self.folds[0][0]

    @property
    def level(self) -> Level:
        """The loudest level in it."""
        return min((e.change.level for fold in self.folds for e in fold), key=_LEVELS.__getitem__)

    @property
    def end(self) -> End | None:
        """The subject's end of service, if one of its changes states it."""
        return next((end for fold in self.folds if (end := words.end_of(fold[0].change))), None)

    @property
    def changes(self) -> int:
        """How many recorded changes are in it."""
        return sum(len(fold) for fold in self.folds)


def cases(entries: Sequence[Entry]) -> list[Case]:
    """One case a subject, the loudest and most telling first; the order does not depend on the order of `entries`."""
    subjects: dict[str, dict[tuple[str, ...], list[Entry]]] = {}
    for entry in sorted(_distinct(entries), key=_order):
        change = entry.change
        about = entry.source_id if change.subject == "*" else ""
        subject = subjects.setdefault(f"{name_key(change.subject)}\x1f{about}", {})
        is_price = kind_of(change.kind).area is Area.PRICE
        part = change.kind if is_price else entry.public_id
        subject.setdefault(
            (part, change.attribute, change.before_detail.get("currency", "") if is_price else ""), []
        ).append(entry)
    found = [Case(tuple(tuple(fold) for fold in folds.values())) for folds in subjects.values()]
    return sorted(found, key=lambda case: (_LEVELS[case.level], *_order(case.entry)[1:]))


def agreeing(entries: Sequence[Entry], told: Entry) -> int:
    """How many sources show the same event."""
    return len({entry.source_id for entry in entries if entry.change.correlation_key == told.change.correlation_key})


def fact_change(fold: Fold, label: str = "") -> Line:
    """`output $0.87 → $1.98 off-peak, $3.96 peak`, with the label in front where there is one."""
    change = fold[0].change
    start = f"{label} " if label else ""
    if moments.parse(change.after):
        was = f"{moments.said(change.before)} → " if change.before else ""
        return line(start, was, moments.said(change.after))
    before, after = value_lines(fold, _SHORT)
    if not before and not after:
        return line(PHRASES[change.kind].lead)
    return line(start, *(before or line("nothing before")), " → ", *(after or line("no longer stated")))


def also(folds: Sequence[Fold], *, of_prices: bool = False) -> Line:
    """What else a subject went through: `output price $0.42 → $0.28; context window 128K → 1M`.

    At most six, then how many more. `of_prices` leaves out the word where the line is about prices already.
    """
    told = [fact_change(fold, _label(fold, whole=not of_prices)) for fold in folds[:_ALSO]]
    left = len(folds) - len(told)
    return line(*joined(told, "; "), f"; and {left:,} more" if left else "")


def fact_line(case: Case) -> Line:
    """The values of a case on one line, its leading change first; an end that the headline tells is left out."""
    of_prices = kind_of(case.entry.change.kind).area is Area.PRICE
    leading = "" if words.end_of(case.entry.change) else _label(case.leading, whole=False)
    rest = [fold for fold in case.folds[1:] if not words.end_of(fold[0].change)]
    return joined([fact_change(case.leading, leading), *([also(rest, of_prices=of_prices)] if rest else [])], "; ")


def _label(fold: Fold, *, whole: bool) -> str:
    change = fold[0].change
    scope = words.scope(change)
    if change.attribute in ("target", "license", "version", "replacement"):
        return f"{scope}:" if scope else ""
    price = " price" if whole and kind_of(change.kind).area is Area.PRICE else ""
    return f"{words.what(change)}{price}" + (f", {scope}:" if scope else "")


def value_lines(fold: Fold, limit: int = _LONG) -> tuple[Line, Line]:
    """The values before and after with their modes, cut in the middle at `limit`; empty for nothing."""
    modes = words.mode(fold[0].change)
    values = ((words.old_value(fold), Role.OLD), (words.new_value(fold), Role.NEW))
    before, after = (
        line(code(shorten_middle(value, limit), role), Span(mode, Role.NOTE) if mode else "") if value else ()
        for (value, role), mode in zip(values, modes, strict=True)
    )
    return before, after


def _distinct(entries: Sequence[Entry]) -> list[Entry]:
    """One entry for each event: the surest source tells it."""
    best: dict[tuple[str, str], Entry] = {}
    for entry in sorted(
        entries, key=lambda e: (-e.change.confidence, e.change.effective_at is None, e.detected_at, e.public_id)
    ):
        best.setdefault((entry.change.kind, _event(entry)), entry)
    return list(best.values())


def _event(entry: Entry) -> str:
    """What is equal for one event; what concerns a page as a whole is an event of that page."""
    own = entry.source_id if entry.change.subject == "*" else ""
    return f"{entry.change.correlation_key}{own}"


def _order(entry: Entry) -> tuple[int, int, int, str, str, str]:
    change = entry.change
    price = _PRICES.index(change.attribute) if change.attribute in _PRICES else len(_PRICES)
    band = change.qualifier.replace("off_peak", "a").replace("peak", "b")
    return _LEVELS[change.level], _RANK.get(change.kind, 0), price, name_key(change.subject), band, entry.public_id
