"""What sentences say about names that stand for models: `X points to Y`, `both X and Z have been upgraded to Y`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.extract.prose.hints import Hints
from monitor.extract.prose.sentences import Mention, Sentence
from monitor.extract.values.names import is_id
from snapshots.facts import name_key

_N = r"⟦N\d+⟧"
_AND = r"\s*(?:,\s*(?:and|or)?|、|and|or|&|/|与|和|及|或)\s*"
LIST = rf"{_N}(?:{_AND}(?:the\s+)?{_N})*"
_NOUN = (
    r"(?:\s*(?:legacy|old|API|model|models|names?|aliases|alias|slugs?|endpoints?|requests?|both|all|两个|这两个|模型名?"
    r"|模型|均|都|接口|当前|目前|[为是]别名))*"
)
# `is an alias that routes to`, `is the name which points to`.
_THAT = (
    r"(?:\s*(?:is|are)\s+(?:now\s+)?(?:an?|the)\s+(?:\w+\s+)?(?:alias(?:es)?|names?|pointers?|shorthand)"
    r"\s+(?:that|which))?"
    r"(?:\s*(?:has|have)\s+been\s+(?:updated|changed|moved|re-?pointed)\s+and)?"
)
_VERB = (
    r"(?:(?:currently|now|always|will|automatically|can|also|continues? to)\s+)*"
    r"(?:(?:to\s+)?points?\s+to|pointing\s+to|corresponds?\s+to|corresponding\s+to|maps?\s+to|resolves?\s+to"
    r"|routes?\s+to|routing\s+to|redirects?\s+to"
    r"|redirected\s+to|(?:(?:has|have|is|are|was|were)\s+)?(?:(?:been|be|now|automatically"
    r"|being)\s+)*(?:(?:upgraded|updated|switched|migrated|re-?routed|routed|forwarded|"
    r"redirected|re-?pointed|mapped|aliased|served)|moved(?=\s+from\s+⟦N))"
    r"\s+(?:from\s+⟦N\d+⟧\s+)?(?:to|by|as)"
    r"|(?:currently|now|always)\s+refers?\s+to"
    r"|(?:is|are)\s+(?:now\s+)?(?:an?\s+)?alias(?:es)?\s+(?:for|of|to)"
    r"|alias\s+(?:for|of|to)"
    r"|to\s+(?:now\s+)?(?:point|refer|route|resolve|redirect|map)\s+to"
    r"|is\s+(?:now\s+)?(?:the|our)\s+(?:latest|new|newest)[\w\s-]{0,30}?model,?|(?:is|are)\s+the\s+(?=⟦M\d+⟧\s+of)"
    r"|(?:is|are)\s+(?:now\s+|currently\s+)?(?:the\s+same\s+as|equivalent\s+to|identical\s+to)|等同于|等价于|同于"
    r"|(?:现在?)?(?:已经?|都已经?|均已)?(?:分别)?(?:指向|对应(?:于|的是|为)?|映射到|路由(?:至|到)|重定向(?:至|到)|升级(?:为|至|到)|更新(?:为|至|到)|切换(?:为|至|到)))"
)
_LINK = r"(?:\s*(?:the|to|by|model|version|latest|new|its|分别|为|到|了|的|是|新|模型|版本|,))*"
_MODES = r"(?:⟦M\d+⟧(?:\s*(?:mode|and|与|和|/|,|、)\s*⟦M\d+⟧)*\s*(?:modes?)?\s*(?:of|的|for)?\s*)?"
_TO = rf"{_LINK}\s*(?P<modes>{_MODES}){_LINK}\s*(?P<target>{_N}|its\b|其)"
_CLAIM = re.compile(
    rf"(?P<who>{LIST})(?P<gap>{_NOUN}{_THAT}[\s:,，(（]*?)(?:始终|总是)?\s*"
    rf"(?P<verb>{_VERB}){_TO}(?=(?P<tail>[^.;。；]*))",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    rf"(?:\b(?:they|it|these(?: two)?(?: model)?(?: names?| models?| aliases)?"
    rf"|this (?:name|alias|model)|their requests|both(?: names| models)?)"
    rf"|这两个模型名|二者|两者|这两个模型|它们|该模型名|其请求|^\W*(?:currently|now)"
    rf"|\(\s*currently)\s*(?P<verb>{_VERB}){_TO}(?=(?P<tail>[^.;。；]*))",
    re.IGNORECASE,
)
# `We have pointed X to Y`, `moved X from Y to Z`.
_POINTED = re.compile(
    r"\b(?:(?:re-?)?(?:pointed|routed|mapped)|redirected|switched|moved|updated|upgraded)\s+(?:the\s+)?"
    rf"(?:(?:alias|name)\s+)?(?P<who>{LIST})(?:\s+(?:alias(?:es)?|names?))?\s+"
    rf"(?:from\s+{_N}\s+)?to\s+(?P<target>{_N})",
    re.IGNORECASE,
)
# `acme-4 → acme-4-2030-01`: what a name is short for.
_ARROW = re.compile(rf"\W*(?P<who>{_N})\s*(?:→|->|=>)\s*(?P<target>{_N})\W*")
_ITS_MODE = re.compile(rf"(?P<who>{_N})\s*(?:{_VERB})\s*(?:its|其)(?:的)?\s*(?P<modes>⟦M\d+⟧)")
_SET_NAME = re.compile(
    rf"(?:set(?:ting)?|simply|model\s+name|模型名|model\s+参数)[^.。]{{0,40}}?(?:to|as|use|为|设置为"
    rf"|改为)\s*(?P<who>{LIST})[^.。]{{0,30}}?(?:latest|newest|最新)",
    re.IGNORECASE,
)
_LATEST = re.compile(rf"(?P<who>{LIST})[^.]*?\(currently\s+(?P<target>{_N})\)", re.IGNORECASE)
_WHERE = re.compile(
    r"^\W*(?:On|Via|Through|In|For)\s+(?:the\s+)?(?P<where>[A-Z][\w .-]{1,40}(?:(?:,\s*(?:and\s+)?|\s+and\s+|\s+or\s+)"
    r"(?:the\s+)?[A-Z][\w .-]{1,40}){0,6}),\s*(?:the\s+)?$"
)
_MOVED = re.compile(
    r"\b(?:up(?:grad|dat)|switch|migrat|re-?point|re-?rout|mov|chang)ed\b|升级|更新|切换", re.IGNORECASE
)
_NEGATED = re.compile(
    r"\b(?:no longer|not|never|cannot)\s*$|\b(?:if|whether|when|unless)\b[^,.]*$|不再\s*$|如果[^，。]*$", re.IGNORECASE
)
_LIST = re.compile(LIST)
may_point = Hints(
    *("point to", "points to", "pointing to", "pointed", "correspond", "map to", "maps to", "mapped", "resolve to"),
    *("→", ">", "refers to", "forwarded", "moved"),
    *("resolves to", "rout", "redirect", "upgraded", "updated", "switched", "migrated", "alias", "served ", "refer to"),
    *("latest", "newest", "the new", "our new", "same as", "equivalent", "identical", "(currently"),
    *("the ⟦m", "the think", "the non", "the reason"),
    *("同于", "等价", "指向", "对应", "映射", "路由", "重定向", "升级", "更新", "切换", "最新"),
)


@dataclass(frozen=True, slots=True)
class AliasClaim:
    """`name` is answered by `target`, in `mode` when said; `confidence` is lower where names were inferred.

    `moved` says that another one answered before, `platforms` where it holds when not everywhere.
    """

    name: str
    target: str
    mode: str
    sentence: Sentence
    confidence: float = 0.95
    moved: bool = False
    platforms: tuple[str, ...] = ()


def alias_claims(
    sentences: Sequence[Sentence], heading: Callable[[], Sequence[Mention]] = lambda: ()
) -> Iterator[AliasClaim]:
    """The alias claims of one block, in order. `heading` gives the names of the heading above it."""
    if not any(may_point(sentence.lower) for sentence in sentences):
        return
    antecedent: tuple[Mention, ...] = ()
    target_before: Mention | None = None
    for sentence in sentences:
        if "⟦N" not in sentence.masked:
            continue
        covered: list[tuple[int, int]] = []
        for match in _ITS_MODE.finditer(sentence.masked):
            if target_before is not None:
                (name,) = sentence.all(match["who"])
                yield from _claims((name,), target_before, _modes(sentence, match["modes"]), sentence, 0.95)
                covered.append(match.span())
        for match in _CLAIM.finditer(sentence.masked):
            if any(a <= match.start() < b for a, b in covered) or _NEGATED.search(
                sentence.masked[: match.start("verb")]
            ):
                continue
            who = sentence.all(match["who"])
            if not match["target"].startswith("⟦"):
                continue
            (target,) = sentence.all(match["target"])
            where = _WHERE.search(sentence.masked[: match.start()])
            platforms = tuple(re.split(r",\s*(?:and\s+)?|\s+and\s+|\s+or\s+", where["where"])) if where else ()
            moved = _MOVED.search(sentence.masked[: match.end("verb")]) is not None
            modes = _modes(sentence, match["modes"]) or _modes(
                sentence, re.split(r"[,，;]|\band\b(?! ?⟦M)|while", match["tail"], maxsplit=1)[0]
            )
            yield from (
                replace(claim, moved=moved, platforms=platforms)
                for claim in _claims(who, target, modes, sentence, 0.95)
            )
            antecedent, target_before = who, target
            for again in _ITS_MODE.finditer(match["tail"]):
                (name,) = sentence.all(again["who"])
                yield from _claims((name,), target, _modes(sentence, again["modes"]), sentence, 0.95)
        earlier = antecedent or ()
        for match in _PRONOUN.finditer(sentence.masked):
            before = _last_list(sentence, sentence.masked[: match.start()]) or earlier
            if before and match["target"].startswith("⟦"):
                (target,) = sentence.all(match["target"])
                modes = _modes(sentence, match["modes"]) or _modes(sentence, match["tail"])
                yield from _claims(before, target, modes, sentence, 0.9)
        arrow = _ARROW.fullmatch(sentence.masked)
        if arrow is not None:
            (target,) = sentence.all(arrow["target"])
            who = sentence.all(arrow["who"])
            if name_key(target.text).startswith(f"{name_key(who[0].text)}-"):
                yield from _claims(who, target, (), sentence, 0.9)
        for match in _POINTED.finditer(sentence.masked):
            (target,) = sentence.all(match["target"])
            yield from (replace(c, moved=True) for c in _claims(sentence.all(match["who"]), target, (), sentence, 0.9))
        for match in _LATEST.finditer(sentence.masked):
            (target,) = sentence.all(match["target"])
            yield from _claims(sentence.all(match["who"]), target, (), sentence, 0.9)
        if setting := _SET_NAME.search(sentence.masked):
            yield from _latest(sentence, sentence.all(setting["who"]), heading())
        antecedent = _last_list(sentence, sentence.masked) or antecedent


def _latest(sentence: Sentence, who: tuple[Mention, ...], heading: Sequence[Mention]) -> Iterator[AliasClaim]:
    for mention in who:
        released = next((m for m in heading if m.kind == "N" and not is_id(m.text)), None)
        if released is not None and len(who) == 1 and is_id(mention.text):
            yield AliasClaim(mention.text, released.text, "", sentence, 0.8)


def _claims(
    who: tuple[Mention, ...], target: Mention, modes: tuple[str, ...], sentence: Sentence, confidence: float
) -> Iterator[AliasClaim]:
    for index, name in enumerate(who):
        if not target.strong or (name_key(name.text) == name_key(target.text) and not modes):
            continue
        if not is_id(name.text) or name.text == target.text:
            continue
        mode = modes[index] if len(modes) == len(who) and len(modes) > 1 else modes[0] if len(modes) == 1 else ""
        yield AliasClaim(name.text, target.text, mode, sentence, confidence)


def _modes(sentence: Sentence, masked: str | None) -> tuple[str, ...]:
    return tuple(mention.text for mention in sentence.all(masked or "") if mention.kind == "M")


def _last_list(sentence: Sentence, masked: str) -> tuple[Mention, ...]:
    """The last names before a pronoun: a list leads over what stands alone after it only when it is nearer."""
    lists = [sentence.all(match[0]) for match in _LIST.finditer(masked)]
    lists = [names for names in lists if all(is_id(name.text) for name in names)]
    return lists[-1] if lists else ()
