"""The last checks of a source as thirty bars: a new version, no change, no answer to trust; told apart by shape."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from snapshots.outcome import Outcome

HEIGHT = 16
BARS = 30
STEP = 5
BAR = 3.3
WIDTH = BARS * STEP
_NEW = frozenset({Outcome.BASELINE, Outcome.NEW_VERSION})


def checkstrip(outcomes: Sequence[str]) -> Markup:
    """The strip; `outcomes` are the newest checks, the oldest first."""
    known = {outcome.value: outcome for outcome in Outcome}
    shown = [known[word] for word in outcomes if word in known][-BARS:]
    first = BARS - len(shown)
    parts = [_path(kind, shown, first) for kind in ("quiet", "new", "bad", "held")]
    return Markup('<svg class="plot strip-plot" width="{}" height="{}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, words(shown), Markup().join(parts)
    )


def words(shown: Sequence[Outcome]) -> str:
    """`last 30 checks: 26 without change, 4 new versions`."""
    new = sum(outcome in _NEW for outcome in shown)
    bad = sum(not outcome.good for outcome in shown)
    counted = [(len(shown) - new - bad, "without change"), (new, "new version" if new == 1 else "new versions")]
    counted.append((bad, "without a trusted answer"))
    told = ", ".join(f"{count} {word}" for count, word in counted if count)
    return f"last {len(shown)} checks: {told}" if shown else "no check yet"


def _path(kind: str, shown: Sequence[Outcome], first: int) -> Markup:
    """All bars of one kind in one path: a list shows hundreds of strips."""
    tops = {"quiet": ((8, 7),), "new": ((1, 14),), "bad": ((1, 3), (12, 3)), "held": ((1, 3), (12, 3))}
    drawn = [
        f"M{(first + place) * STEP} {top}h{BAR}v{height}h-{BAR}z"
        for place, outcome in enumerate(shown)
        if _kind(outcome) == kind
        for top, height in tops[kind]
    ]
    return Markup('<path class="{}" d="{}"/>').format(kind, "".join(drawn)) if drawn else Markup()


def _kind(outcome: Outcome) -> str:
    if outcome in _NEW:
        return "new"
    if outcome.good:
        return "quiet"
    return "held" if outcome is Outcome.HELD else "bad"
