"""Models that dated entries of a change log or a list of news say have been released."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from monitor.extract.document import Block, BlockKind, MarkKind
from monitor.extract.facts.page import Page
from monitor.extract.prose.hints import Hints
from monitor.extract.prose.sentences import Mention, Sentence
from monitor.extract.values.dates import Moment, moment_in
from monitor.extract.values.names import clean_name, is_model_id, is_name
from snapshots.facts import Fact, name_key

_NAMES = r"⟦N\d+⟧"
# What may stand between a verb and the first name, and between names: a few plain words, never another verb's clause.
_FEW = (
    r"(?:(?!\b(?:for|in|on|with|to|from|via|by|using|into|support|api|sdk|cli|data\s?sets?|report|paper|blog)\b)"
    r"(?:[^.;:。；⟦]|\.(?=\d)|⟦M\d+⟧)){0,60}?"
)
_LIST = rf"{_NAMES}(?:{_FEW}{_NAMES})*"
_RELEASED = re.compile(
    r"(?:\b(?:(?:we|have|has|'ve|is|are|now|today|just|officially)\s+)*(?:releas(?:ed|ing|e)|launch(?:ed|ing)?"
    r"|introduc(?:ed|ing)|open[- ]?sourc(?:ed|ing)|add(?:ed|ing)|announc(?:ed|ing)(?:\s+the\s+(?:release|launch)\s+of)?"
    r"|unveil(?:ed|ing)?|debut(?:ed|ing)?|new\s+models?(?:\s+available)?|model\s+releases?)\b\s*:?"
    r"|(?:发布|推出|开源|上线|新增)了?)"
    rf"{_FEW}(?P<after>{_LIST})",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(
    rf"(?P<before>{_LIST}(?:\s+(?:models?|family|series|series models))?\s*(?:\([^()]{{0,60}}\)\s*)?)"
    r"(?:(?:is|are|has been|have been|was|were)\s+(?:now\s+|officially\s+|here\b)?"
    r"(?:generally\s+available|available|released|launched|live|open[- ]?sourced|out\b|in\s+(?:public\s+)?preview)"
    r"|(?:正式|现已|已经|已)*(?:发布|上线|开源|推出))",
    re.IGNORECASE,
)
_NO_RELEASE = re.compile(
    r"\b(?:deprecat|retir|sunset|discontinu|remov|no longer|shut ?down|will be|planned|coming soon|upgraded? to"
    r"|point(?:s|ed)? to|redirect|replac|technical report|paper|dataset|benchmark|cookbook|tutorial|fix(?:ed|es)?\b"
    r"|bug|support for|demo)"
    r"|弃用|下线|停用|停止|将于|即将|技术报告|论文|数据集|支持|修复|教程|升级为",
    re.IGNORECASE,
)
_may_release = Hints(
    *("releas", "launch", "introduc", "sourc", "add", "announc", "unveil", "debut", "new model", "available"),
    *("live", "out", "here", "preview", "发布", "推出", "开源", "上线", "新增"),
)
_MODELS = re.compile(r"\bmodels?\b|模型", re.IGNORECASE)
_TOOLS = re.compile(
    r"\b(?:api|sdk|cli|studio|console|python|node|java|swift|ios|android|app|plugin|ui)\b", re.IGNORECASE
)
_CALLED = re.compile(rf"(?:\b(?:named|called)\s+|命名为\s*)(?P<name>{_NAMES})")
_HUBS = re.compile(r"(?:^|\.)(?:huggingface\.co|hf\.co|modelscope\.(?:cn|ai)|ollama\.com|wisemodel\.cn)$")


def read_releases(page: Page) -> Iterator[Fact]:
    """`model.listed` for each model that a dated entry releases, the id where a display name stands beside one."""
    for block in page.prose(_may_release):
        dated = block.kind is not BlockKind.HEADING and page.section_time(block) is not None
        month = None if dated or block.kind is BlockKind.HEADING else _month_above(block)
        if not dated and month is None:
            continue
        hubs = hub_names(block)
        for sentence in page.sentences(block):
            seen: set[str] = set()
            for mention in _released(sentence):
                name = hubs.get(name_key(mention.text), mention.text)
                if name_key(name) not in seen:
                    seen.add(name_key(name))
                    fact = page.fact(name, "model.listed", "true", block, sentence.text, confidence=0.85)
                    yield replace(fact, valid_from=month.at, precision=month.precision) if month is not None else fact


def _month_above(block: Block) -> Moment | None:
    """The month that a heading above a block is: an entry of a change log that is kept by months."""
    for heading in reversed(block.heading):
        moment = moment_in(heading)
        if moment is not None and (moment.start, moment.end) == (0, len(heading.strip())):
            return moment
    return None


def hub_names(block: Block) -> dict[str, str]:
    """The repositories on model hubs that a block links to, as `owner/name`, by the folded text of the link and by the
    folded name of each.
    """
    found: dict[str, str] = {}
    texts = [cell.text for row in block.grid.rows for cell in row] if block.grid is not None else [block.text]
    for text in texts:
        for mark in text.marks:
            if mark.kind is MarkKind.LINK and (name := repository_of(mark.target)):
                found[name_key(clean_name(text.plain[mark.start : mark.end]))] = name
                found[name_key(name.rpartition("/")[2])] = name
    return found


def repository_of(address: str) -> str:
    """`owner/name` of a model on a model hub, empty for any other address."""
    parts = urlsplit(address)
    path = [part for part in parts.path.split("/") if part and part != "models"]
    if _HUBS.search(parts.netloc) and len(path) == 2 and path[0] not in ("datasets", "spaces", "collections", "papers"):
        return "/".join(path)
    return ""


def _released(sentence: Sentence) -> list[Mention]:
    if "⟦N" not in sentence.masked or not _may_release(sentence.lower) or _NO_RELEASE.search(sentence.masked):
        return []
    found: list[Mention] = []
    for pattern, group in ((_RELEASED, "after"), (_AVAILABLE, "before")):
        for match in pattern.finditer(sentence.masked):
            about_models = _MODELS.search(sentence.text) is not None
            named = [m for m in sentence.all(match[group]) if _is_certain(m, coded=about_models)]
            called = [m for found_name in _CALLED.finditer(match[group]) for m in sentence.all(found_name["name"])]
            ids = [m for m in named if is_model_id(m.text)]
            found.extend(called or ids or named)
    return found


def _is_certain(mention: Mention, *, coded: bool) -> bool:
    """Whether a name stands for a model for certain: it has a number, or it is code where models are spoken of."""
    if mention.kind != "N" or not is_name(mention.text) or _TOOLS.search(mention.text):
        return False
    return any(c.isdigit() for c in mention.text) or (mention.code and coded)
