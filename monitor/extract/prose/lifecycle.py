"""What sentences say about ends: deprecated, retired, discontinued, available until; when, and of what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.extract.prose.aliases import LIST
from monitor.extract.prose.hints import Hints
from monitor.extract.prose.sentences import Mention, Sentence
from monitor.extract.values.dates import Moment
from monitor.extract.values.durations import span_in
from monitor.extract.values.names import is_model_id
from snapshots.facts import Precision

_ENDS = (
    r"discontinued|retire[ds]|retiring|sunset(?:s|ted|ting)?|shuts?\s?down|turned\s+off|removed|decommissioned"
    r"|(?:inaccessible|unavailable)(?!\s+(?:for\s+(?:about\s+)?\d|between|during|due\s+to))"
    r"|end[- ]of[- ]life|phased\s+out|"
    r"no\s+longer\s+(?:be\s+)?(?:available|supported|accessible|served|work|accepted)"
    r"|stop(?:s|ped)?\s+working|go(?:es|ing)?\s+away|(?:planned|scheduled|slated)\s+for\s+(?:retirement|removal|shut\s?down|sunset|discontinuation)|停止使用|停止服务|停用|下线|退役|废弃|不再(?:支持|可用|提供)"
)
_FADES = r"deprecated|deprecation|弃用|legacy"
_WILL = r"(?:will|to\s+be|going\s+to|scheduled|plans?\s+to|将|计划)"
_END_VERB = re.compile(
    rf"\b(?:{_ENDS})|(?:停止使用|停止服务|停用|下线|退役|废弃|不再(?:支持|可用|提供))", re.IGNORECASE
)
_FADE_VERB = re.compile(rf"\b(?:{_FADES})|弃用", re.IGNORECASE)
_FUTURE = re.compile(rf"\b{_WILL}\b|将|计划", re.IGNORECASE)
_UNTIL = re.compile(
    r"(?:available|accessible|supported|served|work(?:ing)?|support|remain\w*|active)\s+(?:only\s+)?(?:until"
    r"|till|through)\s*[^⟦]{0,12}(?P<when>⟦D\d+⟧)"
    r"|(?:截止(?:至|到)|有效期至|使用至|开放至)[^⟦]{0,8}(?P<zh>⟦D\d+⟧)",
    re.IGNORECASE,
)
_ON = re.compile(r"⟦D\d+⟧")
_VAGUE = re.compile(r"in the (?:near )?future|soon|shortly|coming (?:weeks|months)|未来|近期|即将", re.IGNORECASE)
_PROMISE = re.compile(
    r"\b(?:if|when|once|whether|may|might|could|should|unless|policy|we will (?:give|notify|provide)|notice)\b",
    re.IGNORECASE,
)
# `Acme 3 (`acme-3-0813`)`: the id in brackets is the same thing by its certain name.
_NAMED = rf"{LIST}(?:\s+(?:models?|snapshots?|aliases))?(?:\s*\(⟦N\d+⟧\))?"
_ACTIVE = re.compile(
    rf"\b(?:retir(?:e|ed|ing)|sunset(?:ting)?|deprecat(?:e|ed|ing)|discontinu(?:e|ed|ing)"
    rf"|shut(?:ting)?\s+down|remov(?:e|ed|ing)|turn(?:ing)?\s+off)"
    rf"\s+(?:support\s+for\s+)?(?:the\s+)?(?:following\s+)?(?:models?\s+|aliases\s+)?(?P<who>{_NAMED})",
    re.IGNORECASE,
)
_NOUN = re.compile(
    rf"\b(?P<what>deprecation|removal|retirement|shut\s?down|sunset|discontinuation|end[- ]of[- ]life)\s+of\s+"
    rf"(?:the\s+)?(?:following\s+)?(?:models?\s+)?(?P<who>{_NAMED})",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(?:\bnot|\bnever|n't|n’t|\bno\s+longer)\s+(?:be\s+|being\s+|going\s+to\s+be\s+)?(?:\w+ed\s+(?:to\s+be|for)\s+|(?:plan|intend)\w*\s+to\s+)?(?:\w+ly\s+)?$"
    r"|(?:不会|不再计划|不再|取消|暂不|暂缓)(?:被)?$",
    re.IGNORECASE,
)
_WITHDRAWN = re.compile(
    rf"\b(?:deprecation|removal|retirement|shut\s?down|sunset|discontinuation)\s+of\s+(?P<who>{_NAMED})[^.]{{0,50}}?"
    r"\b(?:cancell?ed|withdrawn|reversed|rescinded|called\s+off|taken\s+back|postponed\s+indefinitely)",
    re.IGNORECASE,
)
_DATE_MOVED = re.compile(
    rf"(?:(?P<whose>{_NAMED})(?:'s|’s)?\s+)?"
    r"(?P<what>deprecation|removal|retirement|shut\s?down|sunset|discontinuation|end[- ]of[- ]life)\s+date\s+"
    rf"(?:(?:of|for)\s+(?:the\s+)?(?:models?\s+)?(?P<who>{_NAMED})\s+)?(?:has|have|was|were|is|are)\s+(?:been\s+|now\s+)*"
    r"(?:moved|extended|postponed|changed|delayed|pushed\s+back|brought\s+forward|updated)\s+"
    r"(?:from\s*⟦D\d+⟧\s*)?(?:to|until|till)\s*(?P<when>⟦D\d+⟧)",
    re.IGNORECASE,
)
# `Support for X ends on D`, `we extended the availability of X until D`.
_KEPT = re.compile(
    rf"\b(?:availability|support|access)\s+(?:of|for|to)\s+(?:the\s+)?(?P<who>{_NAMED})\s+(?:\w+\s+){{0,4}}?"
    r"(?:until|till|through|ends|will\s+end)\s+(?:on\s+)?[^⟦.]{0,12}(?P<when>⟦D\d+⟧)",
    re.IGNORECASE,
)
# `The shutdown date for X is D`, `X has an EOL date of D`.
_DATED = re.compile(
    rf"(?:(?P<whose>{_NAMED})\s+(?:now\s+)?has\s+(?:an?|the)\s+)?"
    r"\b(?P<what>deprecation|removal|retirement|shut-?\s?down|sunset|discontinuation|end[- ]of[- ]life|eol)\s+date\s+"
    rf"(?:(?:of|for)\s+(?:the\s+)?(?:models?\s+)?(?P<who>{_NAMED})(?:\s+models?)?\s+)?"
    r"(?:is|of)\s+(?:now\s+)?(?:set\s+(?:to|for)\s+)?(?P<when>⟦D\d+⟧)",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(r"\w+ed\b", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"\W*(?:\w+\s+)?(?:support|param\w*|options?|fields?|flags?|headers?|tools?|from|in|endpoints?|api|beta|limits?)\b",
    re.IGNORECASE,
)
_DONE = re.compile(r"(?:\bhave|\bhas|'ve|\bnow)\s+(?:\w+ly\s+)?$", re.IGNORECASE)
_FOLLOWING = re.compile(r"\bfollowing\s+[^⟦]*\bmodels?\b|以下[^⟦]*模型", re.IGNORECASE)
# `the following ⟦N0⟧ models`: the family the list belongs to, not what ends.
_FAMILY = re.compile(
    rf"\bfollowing\s+(?:\w+\s+)?(?P<who>{LIST})(?:\s+\w+)?\s+(?:models?|snapshots?|aliases|versions?)\b", re.IGNORECASE
)
_AFTER_COLON = re.compile(rf"[:：]\s*(?P<who>{LIST})")
_THESE = re.compile(
    r"\b(?:these|those|this|the|both|all)\s+(?:\w+\s+){0,2}?(?:models?|aliases|alias|snapshots?|slugs?|versions?|endpoints?)\b"
    r"|\b(?:they|it|both)\b|(?:这些|该|上述|两个)\S{0,3}(?:模型|接口|别名)",
    re.IGNORECASE,
)
_LIST = re.compile(LIST)
_WE_END = re.compile(
    r"\bwe(?:'re|’re|'ll|’ll)?\s+(?:(?:will|are|plan|be|to|going|now|also)\s+)*"
    r"(?:remov(?:e|ing)|retire|discontinu(?:e|ing)|sunset|decommission(?:ing)?|shut(?:ting)?\s+down)\b",
    re.IGNORECASE,
)
_DEPRECATES = re.compile(r"\bdeprecat", re.IGNORECASE)
_REPLACES = re.compile(r"migrat|replace|alternativ|instead|recommend|successor|upgrade to", re.IGNORECASE)
_ENDPOINT = re.compile(r"base_?url|endpoint|接口|API", re.IGNORECASE)
may_end = Hints(
    *(" away", " ends ", "will end", "eol date"),
    *("discontinu", "retire", "retiring", "sunset", "shut", "turn", "remov", "decommission", "inaccessible"),
    *("unavailable", "of life", "of-life", "phased", "no longer", "stop", "scheduled for", "planned for", "slated for"),
    *("deprecat", "legacy", "until", "till", "through"),
    *("停", "下线", "退役", "废弃", "不再", "弃用", "截止", "有效期", "使用至", "开放至"),
)
_NEAR = 60


@dataclass(frozen=True, slots=True)
class EndClaim:
    """`subject` (a name or an address) ends: `attribute` is `retirement_date`, `deprecation_date` or `status`."""

    subject: str
    attribute: str
    value: str
    moment: Moment | None
    sentence: Sentence
    confidence: float = 0.95


def end_claims(sentences: Sequence[Sentence]) -> Iterator[EndClaim]:
    """The claims of one block about ends, in order."""
    if not any(may_end(sentence.lower) for sentence in sentences):
        return
    names: tuple[Mention, ...] = ()
    address: Mention | None = None
    for sentence in sentences:
        if "⟦" not in sentence.masked:
            continue
        addresses = sentence.of_kind("U")
        address = addresses[-1] if addresses and _is_endpoint(sentence) else address
        yield from _until(sentence, names, address)
        yield from _ending(sentence, names)
        lists = [sentence.all(match[0]) for match in _LIST.finditer(sentence.masked)]
        names = lists[0] if lists else names


def ends_following(text: str) -> bool:
    """Whether a lead such as `The following models will be retired:` ends what is listed under it."""
    ends = _END_VERB.search(text) or _DEPRECATES.search(text) or _WE_END.search(text)
    return ends is not None and not _REPLACES.search(text)


def path_end(sentence: Sentence, path: str) -> EndClaim | None:
    """The end of an operation that a sentence states with a verb after its path."""
    start = sentence.masked.find(path)
    if start < 0 or _PROMISE.search(sentence.masked[:start]):
        return None
    fade = _FADE_VERB.search(sentence.masked, start)
    verb = _END_VERB.search(sentence.masked, start) or fade
    if verb is None or _NOT.search(sentence.masked[start : verb.start()]):
        return None
    near = _near_date(sentence, verb.start(), verb.end())
    if near is not None and near.moment is not None:
        attribute = "deprecation_date" if verb is fade else "retirement_date"
        return EndClaim(path, attribute, near.text, near.moment, sentence, 0.9)
    said = re.search(r"\b(?:is|are|now|been)\s+(?:\w+ly\s+)?$", sentence.masked[: verb.start()])
    status = "deprecated" if verb is fade else "retired"
    return EndClaim(path, "status", status, None, sentence, 0.85) if said else None


def _is_endpoint(sentence: Sentence) -> bool:
    return _ENDPOINT.search(sentence.text) is not None


def _until(sentence: Sentence, names: tuple[Mention, ...], address: Mention | None) -> Iterator[EndClaim]:
    match = _UNTIL.search(sentence.masked)
    if match is None:
        return
    (when,) = sentence.all(match["when"] or match["zh"])
    own = [sentence.all(found[0]) for found in _LIST.finditer(sentence.masked[: match.start()])]
    if address is not None:
        subjects: tuple[Mention, ...] = (address,)
    else:
        subjects = own[0] if own else names
    for subject in subjects:
        if when.moment is not None:
            yield EndClaim(subject.text, "retirement_date", when.text, when.moment, sentence)


def _ending(sentence: Sentence, earlier: tuple[Mention, ...]) -> Iterator[EndClaim]:
    """`X will be retired on D`. Without a name before the verb the subjects follow it, or `these models` are `earlier`
    ones.
    """
    if withdrawn := _WITHDRAWN.search(sentence.masked):
        yield from (_stays(subject, sentence) for subject in _certain(sentence, withdrawn["who"]))
        return
    nouns = [*_moved(sentence), *_dated(sentence), *_kept(sentence), *_nouns(sentence)]
    if nouns:
        yield from nouns
        return
    ends, fades = _END_VERB.search(sentence.masked), _FADE_VERB.search(sentence.masked)
    verb = ends or fades
    if verb is None:
        yield from _actively(sentence)
        return
    before = sentence.masked[: verb.start()]
    if _PROMISE.search(before):
        return
    family = _FAMILY.search(before)
    lists = [found for found in _LIST.finditer(before) if family is None or found.start() != family.start("who")]
    listed = _FOLLOWING.search(before) and _AFTER_COLON.search(sentence.masked, verb.end())
    if not lists and not listed and not (earlier and _THESE.search(before)):
        yield from _actively(sentence)
        return
    subjects = _subjects(sentence, before, lists) if lists else earlier
    subjects = sentence.all(listed["who"]) if listed else subjects
    future = _FUTURE.search(before[-60:]) is not None
    dates = [sentence.all(found[0])[0] for found in _ON.finditer(sentence.masked)]
    near = _near_date(sentence, verb.start(), verb.end())
    if _NOT.search(before):
        strong = [subject for subject in subjects if subject.strong]
        yield from _promised(strong, near, sentence) if near is not None else (_stays(s, sentence) for s in strong)
        return
    yield from _faded_before(sentence, subjects, fades, ends)
    for subject in subjects:
        dated = near is not None and is_model_id(subject.text)
        if (
            not subject.strong
            and not dated
            and not (subject.code and re.search(r"model|alias|name|endpoint|模型", sentence.text, re.IGNORECASE))
        ):
            continue
        if near is not None and near.moment is not None:
            attribute = "retirement_date" if ends or future else "deprecation_date"
            yield EndClaim(subject.text, attribute, near.text, near.moment, sentence, 0.9 if len(dates) > 1 else 0.95)
        elif future and (span := span_in(sentence.text)):
            yield EndClaim(subject.text, "retirement_date", span, None, sentence, 0.9)
        elif future and (vague := _VAGUE.search(sentence.masked)):
            yield EndClaim(subject.text, "retirement_date", vague[0].lower(), None, sentence, 0.9)
        elif (
            not future
            and not dates
            and re.search(r"(?:is|are|has been|have been|was|were|已(?:经)?|now)\s*(?:\w+ly\s*)?$", before)
        ):
            yield EndClaim(subject.text, "status", "retired" if ends else "deprecated", None, sentence, 0.9)


def _faded_before(
    sentence: Sentence, subjects: Sequence[Mention], fades: re.Match[str] | None, ends: re.Match[str] | None
) -> Iterator[EndClaim]:
    """`X is deprecated as of D and will be shut down on E`: the day D, where each of the two verbs has its own."""
    if fades is None or ends is None:
        return
    own, other = _ON.search(sentence.masked, fades.end(), ends.start()), _ON.search(sentence.masked, ends.end())
    moment = sentence.all(own[0])[0].moment if own is not None and other is not None else None
    for subject in subjects:
        if subject.strong and moment is not None:
            yield EndClaim(subject.text, "deprecation_date", moment.value, moment, sentence, 0.9)


def _stays(subject: Mention, sentence: Sentence) -> EndClaim:
    return EndClaim(subject.text, "status", "active", None, sentence, 0.9)


def _promised(subjects: Sequence[Mention], until: Mention, sentence: Sentence) -> Iterator[EndClaim]:
    """`X will not be retired before D`: a promise, no end."""
    if until.moment is not None:
        moment = replace(until.moment, precision=Precision.NOT_SOONER_THAN)
        for subject in subjects:
            yield EndClaim(subject.text, "retirement_date", until.text, moment, sentence, 0.9)


def _subjects(sentence: Sentence, before: str, lists: Sequence[re.Match[str]]) -> tuple[Mention, ...]:
    leading = len(lists) > 1 and _is_pronoun(before[lists[0].end() :])
    return sentence.all((lists[0] if leading else lists[-1])[0])


def _nouns(sentence: Sentence) -> Iterator[EndClaim]:
    """`the deprecation of X and Y`, `the removal of X on D`; a day before the noun is the day of the announcement."""
    match = _NOUN.search(sentence.masked)
    if match is None or _PROMISE.search(sentence.masked[: match.start()]):
        return
    fades = match["what"].lower() == "deprecation"
    after = _ON.search(sentence.masked, match.end())
    near = sentence.all(after[0])[0] if after is not None and after.start() - match.end() < _NEAR else None
    for subject in _certain(sentence, match["who"]):
        if near is not None and near.moment is not None:
            attribute = "deprecation_date" if fades else "retirement_date"
            yield EndClaim(subject.text, attribute, near.text, near.moment, sentence, 0.9)
        elif fades:
            yield EndClaim(subject.text, "status", "deprecated", None, sentence, 0.9)


def _moved(sentence: Sentence) -> Iterator[EndClaim]:
    """`The retirement date of X was moved from D to E`."""
    match = _DATE_MOVED.search(sentence.masked)
    if match is None or _PROMISE.search(sentence.masked[: match.start()]):
        return
    (when,) = sentence.all(match["when"])
    attribute = "deprecation_date" if match["what"].lower() == "deprecation" else "retirement_date"
    for subject in _certain(sentence, match["who"] or match["whose"] or ""):
        if when.moment is not None:
            yield EndClaim(subject.text, attribute, when.text, when.moment, sentence, 0.9)


def _dated(sentence: Sentence) -> Iterator[EndClaim]:
    """`The shutdown date for X is D`."""
    match = _DATED.search(sentence.masked)
    if match is None or _PROMISE.search(sentence.masked[: match.start()]):
        return
    (when,) = sentence.all(match["when"])
    attribute = "deprecation_date" if match["what"].lower() == "deprecation" else "retirement_date"
    for subject in _certain(sentence, match["whose"] or match["who"] or ""):
        if when.moment is not None:
            yield EndClaim(subject.text, attribute, when.text, when.moment, sentence, 0.9)


def _kept(sentence: Sentence) -> Iterator[EndClaim]:
    """`Support for X ends on D`."""
    match = _KEPT.search(sentence.masked)
    if match is None or _PROMISE.search(sentence.masked[: match.start()]):
        return
    (when,) = sentence.all(match["when"])
    for subject in _certain(sentence, match["who"]):
        if when.moment is not None:
            yield EndClaim(subject.text, "retirement_date", when.text, when.moment, sentence, 0.9)


def _certain(sentence: Sentence, masked: str) -> list[Mention]:
    """The names of a list: of a display name and its id in brackets the id."""
    mentions = [m for m in sentence.all(masked) if m.strong or m.code]
    ids = [m for m in mentions if is_model_id(m.text)]
    return ids if masked.endswith(")") and ids else mentions


def _actively(sentence: Sentence) -> Iterator[EndClaim]:
    """`We will sunset X on D`: the verb leads its subjects, and says when."""
    match = _ACTIVE.search(sentence.masked)
    if match is None:
        return
    near = _near_date(sentence, match.start(), match.end())
    fades = "deprecat" in match[0].lower()
    done = _DONE.search(sentence.masked[: match.start()]) and re.match(r"\w+ed\b", match[0], re.IGNORECASE)
    taken_back = near is None and _NOT.search(sentence.masked[: match.start()])
    for subject in _certain(sentence, match["who"]):
        if taken_back:
            yield _stays(subject, sentence)
        elif near is None and not _ON.search(sentence.masked) and (done or _opens_with(sentence, match, subject)):
            yield EndClaim(subject.text, "status", "deprecated" if fades else "retired", None, sentence, 0.9)
        elif near is not None and near.moment is not None:
            attribute = "deprecation_date" if fades else "retirement_date"
            yield EndClaim(subject.text, attribute, near.text, near.moment, sentence, 0.9)


def _opens_with(sentence: Sentence, verb: re.Match[str], subject: Mention) -> bool:
    """Whether an entry says in two words what became of a model: `Removed acme-1`; not of a parameter or a tool."""
    return (
        verb.start() == 0
        and _PARTICIPLE.match(verb[0]) is not None
        and is_model_id(subject.text)
        and any(map(str.isdigit, subject.text))
        and not _NO_MODEL.match(sentence.masked, verb.end())
    )


def _is_pronoun(text: str) -> bool:
    return re.search(r"\b(?:they|it|these|corresponding|their|both)\b", text, re.IGNORECASE) is not None


def _near_date(sentence: Sentence, start: int, end: int) -> Mention | None:
    """The date that belongs to the verb: the first one after it in its clause, else the last one before it."""
    after = _ON.search(sentence.masked, end)
    if after is not None and after.start() - end < _NEAR:
        return sentence.all(after[0])[0]
    before = list(_ON.finditer(sentence.masked, 0, start))
    return sentence.all(before[-1][0])[0] if before and start - before[-1].end() < _NEAR else None
