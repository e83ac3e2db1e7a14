"""Text from outside as mark-up: escaped, with control, bidi and invisible characters shown as chips. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote

from markupsafe import Markup, escape

from snapshots.diff.words import Op, Piece
from snapshots.wording.escape import shorten_middle
from snapshots.wording.spans import Line, Role, Span

LONGEST_LINE = 2_000
_LONGEST_VALUE = 60
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_CHIPS = 200
_SUSPECT = re.compile(r"[^\t\n\x20-\x7e\xa0-\xac\xae-\u02ff\u3001-\u9fff]")


def visible(text: str | None) -> Markup:
    """The text escaped; what shows nothing or turns the reading direction stands as `U+202E`."""
    return _chipped(str(text or ""))


def line(text: str | None, limit: int = LONGEST_LINE) -> Markup:
    """`visible`, cut at `limit` characters with a word on how much is left."""
    whole = str(text or "")
    if len(whole) <= limit:
        return _chipped(whole)
    left = len(whole) - limit
    return _chipped(whole[:limit]) + Markup(' <span class="cut">[{:,} more characters]</span>').format(left)


def value(text: str | None, limit: int = _LONGEST_VALUE) -> Markup:
    """A value, cut in the middle."""
    return _chipped(shorten_middle(str(text or ""), limit))


_TAGS = {
    Role.CODE: ("<code>", "</code>"),
    Role.OLD: ('<del class="v">', "</del>"),
    Role.NEW: ('<ins class="v">', "</ins>"),
    Role.STRONG: ("", ""),
    Role.NOTE: (' <span class="note">', "</span>"),
    Role.MARK: ("<mark>", "</mark>"),
    Role.PLAIN: ("", ""),
}


def spans(runs: Line) -> Markup:
    """A line of runs with values as old and new."""
    return Markup().join(_run(run) for run in runs)


def heading(runs: Line) -> Markup:
    """A line of runs for a heading: names and values as code, without colours."""
    plain = {Role.OLD: Role.CODE, Role.NEW: Role.CODE, Role.STRONG: Role.PLAIN}
    return Markup().join(_run(Span(run.text, plain.get(run.role, run.role))) for run in runs)


def answer(runs: Line) -> Markup:
    """A line of runs for an answer: names as code, what is asked for in bold."""
    bold = (Markup("<b>{}</b>").format(_chipped(run.text)) if run.role is Role.MARK else _run(run) for run in runs)
    return Markup().join(bold)


def pieces(found: Iterable[Piece], *, side: str = "") -> Markup:
    """Words that differ inside a line; `side` is `before` or `after` to leave the other out."""
    left_out = {"before": Op.ADDED, "after": Op.REMOVED}.get(side)
    tags = {Op.REMOVED: ("<del>", "</del>"), Op.ADDED: ("<ins>", "</ins>"), Op.SAME: ("", "")}
    shown, room = [], LONGEST_LINE
    for piece in found:
        if piece.op is left_out:
            continue
        if room <= 0:
            shown.append(Markup(' <span class="cut">[cut]</span>'))
            break
        start, end = tags[piece.op]
        shown.append(Markup(start) + _chipped(piece.text[:room]) + Markup(end))  # noqa: S704 - literals of ours
        room -= len(piece.text)
    return Markup().join(shown)


def marked(text: str, words: Iterable[str], limit: int = LONGEST_LINE) -> Markup:
    """The text with the given words highlighted, ignoring case; words of one character are not looked for."""
    wanted = sorted({word for word in words if len(word) > 1}, key=len, reverse=True)
    if not wanted:
        return line(text, limit)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in wanted[:20]), re.IGNORECASE)
    shown, position, whole = [], 0, text[:limit]
    for match in pattern.finditer(whole):
        shown += [_chipped(whole[position : match.start()]), Markup("<mark>{}</mark>").format(_chipped(match[0]))]
        position = match.end()
    shown.append(_chipped(whole[position:]))
    cut = Markup(' <span class="cut">[{:,} more characters]</span>').format(len(text) - limit)
    return Markup().join(shown) + (cut if len(text) > limit else Markup())


def path(text: str) -> str:
    """One part of an address, slashes included; a part of dots only is spelled so that no browser resolves it."""
    return "%2E" * len(text) if text in (".", "..") else quote(text, safe="")


def _run(run: Span) -> Markup:
    start, end = _TAGS[run.role]
    text = shorten_middle(run.text, _LONGEST_VALUE) if run.role in (Role.OLD, Role.NEW) else run.text
    return Markup(start) + _chipped(text) + Markup(end)  # noqa: S704 - the tags are literals of ours


def _chipped(text: str) -> Markup:
    if not _SUSPECT.search(text):
        return escape(text)
    shown: list[Markup] = []
    position, chips = 0, 0
    for match in _SUSPECT.finditer(text):
        char = match[0]
        if unicodedata.category(char) not in _HIDDEN:
            continue
        shown.append(escape(text[position : match.start()]))
        position = match.end()
        chips += 1
        if chips <= _MOST_CHIPS:
            # A lone surrogate cannot be encoded at all, so its number is shown, never the character.
            shown.append(Markup('<span class="chip">U+{:04X}</span>').format(ord(char)))
    shown.append(escape(text[position:]))
    return Markup().join(shown)
