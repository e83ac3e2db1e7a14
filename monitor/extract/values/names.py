"""The shapes of names: what in a text may be the name of a model, learned from form, never from a list of providers."""

from __future__ import annotations

import re
from functools import lru_cache

from snapshots.facts import name_key

_HYPHEN = "\u2010\u2011\u2012\u2013"
_NUMBER = r"[vV]?\d+(?:\.\d+)*[A-Za-z]{0,2}(?![\w%])"
_WORD = r"[A-Z][A-Za-z]*(?:\d+(?:\.\d+)*[A-Za-z]*)?\+?"
_PART = r"[A-Za-z0-9]+(?:[._+][A-Za-z0-9]+)*"
_JOINED = rf"(?:{_PART}(?:[{_HYPHEN}_:/@-][A-Za-z0-9.+]*[A-Za-z0-9+])+(?:\[[a-z0-9]+\])?)"
_SPACED = rf"(?:{_WORD}(?: {_NUMBER}| {_WORD}(?:-{_WORD})*){{1,4}})"
NAME = rf"(?:{_JOINED}(?: [vV]\d+(?:\.\d+)*| \d+\.\d+)?|{_SPACED})"
_NAME = re.compile(rf"(?<![\w./@-])(?:{NAME})(?![\w@-])")
_LONGEST_RUN = 150
_RUN = re.compile(rf"\S{{{_LONGEST_RUN},}}")
_ID = re.compile(r"[a-z0-9]+(?:[._+][a-z0-9]+)*(?:[-_:/@][a-z0-9.+]+)*(?:\[[a-z0-9]+\])?")
_LONGEST_WORDS = 32  # Longer ids without a number are words that lost their spaces.
_DIGIT = re.compile(r"\d")
_NAME_MARKS = re.compile(r"[`*]|\(\d{1,2}\)|<[^>]+>|\s*\((?:aka|a\.k\.a\.|also known as|formerly)\s[^()]*\)")
# Emoji and other pictures before or after a name, with their joiners.
_PICTURES = re.compile(
    "^[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d\\s]+|[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d\\s]+$"
)
_SPACE = re.compile(r"\s+")
_JOINT = re.compile(r"[-_.:@\[]")
_BETWEEN = re.compile(rf"[\s{_HYPHEN}_-]+")
_NOT_IN_NAMES = re.compile(r"[,;:!?$%=|]")
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z][\w.-]*\d[\w.-]*")
# A number after one of these counts parts of a text, plans, or days.
_PART_WORDS = """
    context input output max min maximum minimum limit
    appendix chapter day example figure level option page part phase plan question release section stage step table tier
    version week january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday
"""
_PARTS = frozenset(_PART_WORDS.split())
_REMEMBERED = 4_096  # The same few names and cells are asked about many times a page.
_GENERIC = frozenset(
    [
        "model",
        "models",
        "api",
        "update",
        "release",
        "version",
        "mode",
        "preview",
        "endpoint",
        "endpoints",
        "series",
        "family",
        "documentation",
        "overview",
        "guide",
        "details",
        "beta",
        "card",
        "official",
        "new",
        "legacy",
        "latest",
        "the",
        "this",
        "our",
        "and",
        "or",
        "for",
        "with",
        "note",
        "date",
        "both",
        "time",
        "utc",
        "us",
    ]
)
# Words of prices and of sentences: `Price per 1M tokens` is a label, however capitalised.
_NO_PART_WORDS = """
    per price prices pricing cost costs fee fees token tokens request requests usd million thousand
    of for from until is are to in on your you can
"""
_NO_PART = frozenset(_NO_PART_WORDS.split())
_NOT_MODELS = re.compile(
    r"^(?:utc|gmt|http|https|application|content|multi|non|pre|self|real|long|peak|off|mit|apache|cc|bsd|gpl)(?:[-/+]|$)"
    r"|^(?:open-(?:source|weights?)|fine-tun\w*|state-of-the-art|end-to-end|built-in|api-key|pay-as-you-go|\w+-(?:related|calling|only|based|compatible|grade|level|level\w*|ready|aware|like|turn|time|step|term|party|page|use|end|tuned|trained))$|^\d|/$|\.(?:md|html?|py|json|png|jpe?g|ya?ml|txt|com|org|io|ai|cn)$|^(?:[A-Z]{1,2}\d?|q\d)$|^\d{4}-",
    re.IGNORECASE,
)


@lru_cache(maxsize=_REMEMBERED)
def clean_name(text: str) -> str:
    """A name without its marks: code ticks, emphasis, footnote marks, vendor-neutral trailing words stay out."""
    text = _NAME_MARKS.sub("", text)
    return _SPACE.sub(" ", _PICTURES.sub("", text)).strip(" \t\n:;,.，。：；\"'“”")


def is_id(text: str) -> bool:
    """Whether a text has the form of an identifier that programs use: lower case, joined, no spaces."""
    return len(text) <= 100 and _ID.fullmatch(text) is not None and any(c.isalpha() for c in text)


@lru_cache(maxsize=_REMEMBERED)
def is_model_id(text: str) -> bool:
    """Whether a text has the form of a model's API id: an identifier of several parts, with no other known meaning."""
    if "://" in text:
        return False
    _, slash, own = text.rpartition("/")
    # An owner before it makes an id of a name in any case, as repositories have it.
    text = own.casefold() if slash and _REPOSITORY.fullmatch(text) else own
    if not _DIGIT.search(text) and (len(text) > _LONGEST_WORDS or ("_" in text and "-" not in text)):
        return False
    return (
        is_id(text)
        and _JOINT.search(text) is not None
        and not _NOT_MODELS.search(text)
        and not text.endswith((".", "-"))
    )


@lru_cache(maxsize=_REMEMBERED)
def is_display_name(text: str) -> bool:
    """Whether a text has the form of a model's display name: capitalised words or parts, with a number among them."""
    text = clean_name(text)
    if not 3 <= len(text) <= 60 or not _DIGIT.search(text) or _NOT_MODELS.search(text) or "http" in text:
        return False
    words = _BETWEEN.split(text)
    if len(words) < 2 or len(words) > 8 or _NOT_IN_NAMES.search(text) or words[0].casefold() in _PARTS:
        return False
    if any(word.casefold() in _NO_PART for word in words):
        return False
    return words[0][:1].isupper() and any(not word[:1].isdigit() and word[:1].isupper() for word in words)


@lru_cache(maxsize=_REMEMBERED)
def is_name(text: str) -> bool:
    """Whether a text as a whole has the form of a model name, of either sort."""
    text = clean_name(text)
    return is_model_id(text) or is_display_name(text)


def names_in(text: str, known: frozenset[str] = frozenset()) -> tuple[tuple[int, int, str], ...]:
    """`(start, end, name)` of every name-like range of a text; `known` are folded names accepted in any form."""
    found = []
    # No name is that long, and matching inside such a run would cost its length squared.
    if len(text) >= _LONGEST_RUN:
        text = _RUN.sub(lambda run: " " * len(run[0]), text)
    for match in _NAME.finditer(text):
        start, name = match.start(), match[0].rstrip(".")
        name, start = _trim(name, start)
        if name and (name_key(name) in known or is_name(name)):
            found.append((start, start + len(name), name))
    return tuple(found)


def without_generic(name: str) -> str:
    """A name without the generic words after it: `Acme 3 model card`; as it is where nothing of it would be a name."""
    words = name.split(" ")
    while len(words) > 1 and _is_generic(words[-1]):
        words.pop()
    shorter = " ".join(words)
    return shorter if shorter != name and is_name(shorter) else name


def _is_generic(word: str) -> bool:
    """Whether a word at the end of a name says nothing: `us` does, the region `US` does not."""
    return word.casefold() in _GENERIC and word != "US"


def _trim(name: str, start: int) -> tuple[str, int]:
    words = name.split(" ")
    while len(words) > 1 and _is_generic(words[-1]):
        words.pop()
    while len(words) > 1 and _is_generic(words[0]):
        start += len(words[0]) + 1
        words.pop(0)
    return " ".join(words), start
