"""Sentences with their entities masked, so that a claim is one pattern for every name, date and address.

`The `a-chat` and `a-reasoner` names point to A-1.2 until 2030-01-02` is matched as
`The ⟦N0⟧ and ⟦N1⟧ names point to ⟦N2⟧ until ⟦D3⟧`. The letter tells the kind: name, address, date, mode.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from monitor.extract.document import MarkKind, Text
from monitor.extract.values.dates import Moment, find_moments
from monitor.extract.values.known import NO_NAMES, KnownNames
from monitor.extract.values.names import clean_name, is_id, is_model_id, is_name, names_in
from snapshots.facts import name_key

MAX_PROSE = 50_000
_MASK = re.compile(r"⟦[NUDM](\d+)⟧")
_URL = re.compile(r"https?://[^\s<>\"'`）)\]，。]+[^\s<>\"'`）)\].,，。;:]")
_MODE = re.compile(
    r"\b(?P<en>non[-\u2010\u2011 ]?thinking|thinking|non[-\u2010\u2011 ]?reasoning)(?:[- ]mode)?\b"
    r"|(?P<zh>非思考|思考)(?:模式)?",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.!?;:]\s")
_MODEL_ARGUMENT = re.compile(r"model\s*[=:]\s*[\"']?([^\"']+)[\"']?")
_NO_WORD = re.compile(r"[/_=]")
_WORD = re.compile(r"[A-Z][a-z]{3,}(?=\s+(?:will|is|was|has)\b)")
_DIGITS = re.compile(r"\d+")
_OPENS_ID = re.compile(r"\s*(?:models?|模型)?\s*[(（][^()（）\n]{0,20}", re.IGNORECASE)
# The last letters of a sentence and the gap after them. They are looked for from the sign itself: a pattern that begins
# by looking behind is tried at every letter.
_END = re.compile(r"[.!?](?:(?=\(\d\))|[\"')\]]*\s+)|[。！？；]|(?P<lines>\n+)|;(?:\n+|\s)")


class Mention(NamedTuple):
    """One entity of a sentence: `kind` is `N` (name), `U` (address), `D` (time) or `M` (mode).

    `strong` says that it is a name for certain: known, with a number in it, or of several parts and marked as code.
    """

    kind: str
    text: str
    moment: Moment | None = None
    strong: bool = True
    code: bool = False


class Sentence(NamedTuple):
    """A sentence: its words, the masked form, that in lower case, and the mentions the masks stand for."""

    text: str
    masked: str
    lower: str
    mentions: tuple[Mention, ...]

    def all(self, masked: str) -> tuple[Mention, ...]:
        """The mentions whose masks stand in a part of the masked form."""
        return tuple(self.mentions[int(number)] for number in _MASK.findall(masked))

    def of_kind(self, kind: str) -> tuple[Mention, ...]:
        """The mentions of one kind, in order."""
        return tuple(mention for mention in self.mentions if mention.kind == kind)


def sentences_of(text: Text, known: KnownNames = NO_NAMES) -> tuple[Sentence, ...]:
    """The sentences of a block; `known` names count as names wherever they stand.

    Of a block longer than `MAX_PROSE` characters the beginning is read: no provider writes such paragraphs.
    """
    plain = text.plain[:MAX_PROSE]
    entities = _entities(text, plain, known)
    result = []
    start = 0
    for end, following in (*_ends(plain, entities), (len(plain), len(plain))):
        if plain[start:end].strip():
            result.append(_sentence(plain, start, end, entities.between(start, end)))
        start = following
    return tuple(result)


def words_of(text: str) -> str:
    """The words that patterns are matched with: without signs of emphasis and code, one space between them."""
    return " ".join(text.replace("*", "").replace("`", "").replace("’", "'").split())


def _ends(plain: str, entities: _Entities) -> Iterator[tuple[int, int]]:
    """Where sentences end, and where the next begin."""
    for match in _END.finditer(plain):
        following = match.end()
        end = match.start() if match["lines"] else match.start() + 1
        gap = plain[end:following]
        if not entities.covers(end) and (gap.strip() or "\n" in gap or _begins(plain, following, entities)):
            yield end, following


class _Entities:
    """Mentions over ranges of a text that do not overlap: the first that claims a place has it."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._found: list[tuple[int, int, Mention]] = []

    def add(self, start: int, end: int, mention: Mention) -> None:
        at = bisect_left(self._starts, end)
        if start < end and (at == 0 or self._found[at - 1][1] <= start):
            self._starts.insert(at, start)
            self._found.insert(at, (start, end, mention))

    def covers(self, position: int) -> bool:
        """Whether a position lies within a mention, its first character aside."""
        at = bisect_left(self._starts, position)
        return at > 0 and self._found[at - 1][1] > position

    def begins(self, position: int) -> bool:
        at = bisect_left(self._starts, position)
        return at < len(self._starts) and self._starts[at] == position

    def joined(self, plain: str) -> None:
        """Take a display name and the id in brackets after it for one mention, that of the id."""
        found = self._found
        for index in range(len(found) - 2, -1, -1):
            (start, end, name), (opens, closes, own) = found[index], found[index + 1]
            if (
                plain[closes : closes + 1] in (")", "）")
                and _OPENS_ID.fullmatch(plain, end, opens) is not None
                and _calls(name, own)
            ):
                found[index : index + 2] = [(start, closes + 1, own)]
                del self._starts[index + 1]

    def between(self, start: int, end: int) -> list[tuple[int, int, Mention]]:
        found = self._found[bisect_left(self._starts, start) : bisect_left(self._starts, end)]
        return [item for item in found if item[1] <= end]


def _begins(plain: str, position: int, entities: _Entities) -> bool:
    """Whether a sentence may begin here: after a full stop a small letter continues, unless it begins a name."""
    following = plain[position : position + 1]
    return not following.islower() or entities.begins(position)


def _sentence(plain: str, start: int, end: int, ranges: Sequence[tuple[int, int, Mention]]) -> Sentence:
    masked: list[str] = []
    mentions: list[Mention] = []
    position = start
    for a, b, mention in ranges:
        masked.append(plain[position:a])
        masked.append(f"⟦{mention.kind}{len(mentions)}⟧")
        mentions.append(mention)
        position = b
    masked.append(plain[position:end])
    form = words_of("".join(masked))
    return Sentence(plain[start:end].strip(), form, form.lower(), tuple(mentions))


def _entities(text: Text, plain: str, names: KnownNames) -> _Entities:
    known = names.keys
    found = _Entities()
    add = found.add
    if "://" in plain:
        for match in _URL.finditer(plain):
            add(match.start(), match.end(), Mention("U", match[0]))
    for moment in find_moments(plain):
        add(moment.start, moment.end, Mention("D", moment.value, moment))
    for mark in text.marks:
        if mark.kind is MarkKind.CODE and mark.end <= len(plain):
            code = clean_name(plain[mark.start : mark.end])
            inner = _MODEL_ARGUMENT.fullmatch(code)
            name = inner[1] if inner else code
            if name_key(name) in known or is_name(name):
                add(mark.start, mark.end, Mention("N", name, code=True))
            elif len(name) > 2 and is_id(name) and not _NO_WORD.search(name):
                add(mark.start, mark.end, Mention("N", name, strong=False, code=True))
    for start, end in names.found_in(plain):
        add(start, end, Mention("N", plain[start:end]))
    for start, end, name in names_in(plain, known):
        add(start, end, Mention("N", name, strong=name_key(name) in known or any(c.isdigit() for c in name)))
    for match in _WORD.finditer(plain) if known else ():
        if name_key(match[0]) in known and _opens(plain, match.start()):
            add(match.start(), match.end(), Mention("N", match[0]))
    if "(" in plain or "（" in plain:
        found.joined(plain)
    if _may_state_mode(plain):
        for match in _MODE.finditer(plain):
            off = (match["en"] or "").lower().startswith("non") or match["zh"] == "非思考"
            add(match.start(), match.end(), Mention("M", "non-thinking" if off else "thinking"))
    return found


def _calls(name: Mention, own: Mention) -> bool:
    """Whether a display name is that of an id: it begins alike, and the id has all its numbers."""
    if name.kind != "N" or own.kind != "N" or is_id(name.text) or not is_model_id(own.text):
        return False
    words, key = name_key(name.text), name_key(own.text.rpartition("/")[2])
    return key.startswith(words.partition("-")[0]) and set(_DIGITS.findall(words)) <= set(_DIGITS.findall(key))


def _opens(plain: str, position: int) -> bool:
    """Whether a sentence or a clause begins here."""
    return position == 0 or plain[position - 1] == "\n" or _CLAUSE.match(plain, max(position - 2, 0)) is not None


def _may_state_mode(plain: str) -> bool:
    lower = plain.lower()
    return "thinking" in lower or "reasoning" in lower or "思考" in lower
