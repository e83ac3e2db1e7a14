"""The last checks of a source as thirty bars: a new version, no change, no answer to trust; told apart by shape."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from snapshots.outcome import Outcome

WIDTH = 150
HEIGHT = 16
BARS = 30
_NEW = frozenset({Outcome.BASELINE, Outcome.NEW_VERSION})


def checkstrip(outcomes: Sequence[str]) -> Markup:
    """The strip; `outcomes` are the newest checks, the oldest first."""
    known = {outcome.value: outcome for outcome in Outcome}
    shown = [known[word] for word in outcomes if word in known][-BARS:]
    step = WIDTH / BARS
    parts = [_bar(outcome, (BARS - len(shown) + place) * step, step * 2 / 3) for place, outcome in enumerate(shown)]
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


def _bar(outcome: Outcome, x: float, width: float) -> Markup:
    if outcome in _NEW:
        return _rect(x, 1, width, 14, "new")
    if outcome.good:
        return _rect(x, 8, width, 7, "quiet")
    kind = "held" if outcome is Outcome.HELD else "bad"
    return _rect(x, 1, width, 3, kind) + _rect(x, 12, width, 3, kind)


def _rect(x: float, y: int, width: float, height: int, kind: str) -> Markup:
    return Markup('<rect x="{:.1f}" y="{}" width="{:.1f}" height="{}" class="{}"/>').format(x, y, width, height, kind)
