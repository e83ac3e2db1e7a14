"""What sentences say about abilities: `X is supported on Y`, `X does not yet support Y`, `Y defaults to Z`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.extract.prose.aliases import LIST
from monitor.extract.prose.hints import Hints
from monitor.extract.prose.sentences import Mention, Sentence

_WHAT = r"(?P<what>⟦N\d+⟧|(?!The )[A-Z][\w]*(?:[ -][\w-]+){0,4}?)"
_SUPPORTED = re.compile(
    rf"(?:^|[.;:] |The |the ){_WHAT}\s+(?:is"
    rf"|are)\s+(?:(?:currently|now|only|also)\s+)*(?P<not>not\s+(?:yet\s+)?)?(?:supported"
    rf"|available)\s+(?:only\s+)?(?:on|by|for|in)\s+(?:the\s+)?(?P<who>{LIST})"
)
_SUPPORTS = re.compile(
    rf"(?:^|^The |[.;:] ){_WHAT}\s+(?:(?:currently"
    rf"|now)\s+)?only\s+supports?\s+(?:the\s+)?(?P<who>{LIST})(?P<rest>[^.]*)"
)
_BUT_NOT = re.compile(rf"(?:does not|doesn't|do not)\s+(?:yet\s+)?support\s+(?:the\s+)?(?P<who>{LIST})")
_LACKS = re.compile(
    r"(?P<who>⟦N\d+⟧)[^.;]{0,110}?\b(?:does not|doesn't|do not|cannot|can't"
    r"|no longer)\s+(?:yet\s+)?supports?\s+(?:the\s+)?"
    r"(?P<what>[\w -]{3,40}?)(?:\s+(?:functionality|feature|capability|yet))?(?=[.,;]|$)",
    re.IGNORECASE,
)
_ONLY = re.compile(rf"\b[Oo]nly\s+(?P<who>{LIST})\s+supports?\s+(?:the\s+)?(?P<what>[\w -]{{3,40}}?)(?=[.,;(]|$)")
_RESTRICTED = re.compile(
    rf"(?P<who>{LIST})\s+(?:(?:currently|temporarily|now)\s+)?supports?\s+only\s+(?P<what>[^.;,(]{{2,60}})"
)
_DEFAULT = re.compile(rf"(?P<who>{LIST})\s+defaults?\s+to\s+(?P<value>[\w-]+(?: [\w-]+)?)")


may_enable = Hints("support", "available", "default")


@dataclass(frozen=True, slots=True)
class AbilityClaim:
    """`name` has (`true`), lacks (`false`) or does in a certain way (words) what `ability` names."""

    name: str
    ability: str
    value: str
    sentence: Sentence


def ability_claims(sentences: Sequence[Sentence]) -> Iterator[AbilityClaim]:
    """The claims of one block about abilities, in order."""
    for sentence in sentences:
        if not may_enable(sentence.lower):
            continue
        for match in _SUPPORTED.finditer(sentence.masked):
            yield from _each(
                sentence, match["who"], _word(sentence, match["what"]), "false" if match["not"] else "true"
            )
        for match in _SUPPORTS.finditer(sentence.masked):
            yield from _each(sentence, match["who"], _word(sentence, match["what"]), "true")
            for lacking in _BUT_NOT.finditer(match["rest"]):
                yield from _each(sentence, lacking["who"], _word(sentence, match["what"]), "false")
        for match in _LACKS.finditer(sentence.masked):
            yield from _each(sentence, match["who"], match["what"], "false")
        for match in _ONLY.finditer(sentence.masked):
            yield from _each(sentence, match["who"], match["what"], "true")
        for match in _RESTRICTED.finditer(sentence.masked):
            words = sentence.masked[match.start("what") : match.end("what")]
            for number, mention in enumerate(sentence.mentions):
                words = words.replace(f"⟦{mention.kind}{number}⟧", mention.text)
            yield from _each(sentence, match["who"], "restriction", f"only {words.strip()}")
        for match in _DEFAULT.finditer(sentence.masked):
            kind = match["value"].rpartition(" ")
            yield from _each(sentence, match["who"], f"default {kind[2]}" if kind[0] else "default", match["value"])


def _each(sentence: Sentence, masked: str, ability: str, value: str) -> Iterator[AbilityClaim]:
    for mention in sentence.all(masked):
        if mention.strong and ability:
            yield AbilityClaim(mention.text, ability, value, sentence)


def _word(sentence: Sentence, what: str) -> str:
    mentions: tuple[Mention, ...] = sentence.all(what)
    return mentions[0].text if mentions else what
