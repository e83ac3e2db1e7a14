"""Models: what a document gives a row, a column or a value of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.extract.document import Block, BlockKind, MarkKind, Text
from monitor.extract.facts.fields import clean_label, field_of, is_price
from monitor.extract.facts.limits import is_plausible
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.facts.releases import repository_of
from monitor.extract.facts.sections import dated_heading
from monitor.extract.grid.tables import Entry, Table
from monitor.extract.prose.aliases import LIST
from monitor.extract.prose.hints import Hints
from monitor.extract.values.money import find_money
from monitor.extract.values.names import clean_name, is_id, is_model_id, is_name, names_in
from monitor.extract.values.polarity import polarity
from snapshots.facts import EMPTY, Fact, name_key

_PARAMETER = re.compile(r"^model(?:[_ ]?(?:name|id|names))?$|^模型(?:名|名称)?$", re.IGNORECASE)
_PLAN = re.compile(r"(?:usage )?(?:tier|level|plan|stage)\b", re.IGNORECASE)
_MODEL = re.compile(r"\bmodels?\b|模型", re.IGNORECASE)
_MODEL_COLUMN = re.compile(r"\bmodels?(?: (?:id|name|code))?$|^模型(?:名称?)?$", re.IGNORECASE)
_LEAST_WORDS = 3
_VERSION = re.compile(r"\bv\d[\d.]*\W*$", re.IGNORECASE)
# A heading that says what happened to models, or what is said about them, names none.
_TALKS = re.compile(
    r"\b(?:releases?|released|models|deprecat\w*|retire\w*|sunset\w*|updates?|updated|upgrades?|pricing|prices?|changes?"
    r"|announc\w*|launch\w*|availab\w*|migrat\w*|guide|notice|notes)\b",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\W*([A-Za-z\u4e00-\u9fff]+)")
_WORD_NAME = re.compile(r"[A-Z][A-Za-z0-9+.]{2,20}(?: [A-Z0-9][A-Za-z0-9+.-]{0,20}){0,3}")
_NOT_OFFERED = re.compile(
    r"deprecat|retir|sunset|discontinu|remov|shut|legacy|replac|alternativ|migrat|instead|end of life|previous|exampl"
    r"|e\.g\.|弃用|下线|停用|替代|例如",
    re.IGNORECASE,
)
_RELEASE_DAY = re.compile(
    r"\b(?:release|launch|ga|availability)(?:d|ed)? (?:date|on)\b|发布(?:日期|时间)", re.IGNORECASE
)
_SET = re.compile(
    rf"(?:\bmodel\s+(?:name|parameter|id)|模型名|model 参数)\s*[^.。⟦]{{0,40}}?(?:to|as|use|为|改为)\s*(?P<who>{LIST})"
    rf"|\buse\s+(?P<use>{LIST})\s+as\s+the\s+model",
    re.IGNORECASE,
)
_may_set = Hints("model name", "model parameter", "model id", "模型名", "model 参数", "as the model")


def read_models(page: Page) -> Iterator[Fact]:
    """`model.listed` facts: subjects of specification tables, values of a `model` parameter, names to set as model."""
    for block, table in page.tables:
        specified = any(
            _specifies(entry)
            or is_price(entry.labels)
            or find_money(entry.cell.text.plain)
            or polarity(entry.cell.text.plain) is not None
            for entry in table.entries
        ) or _identifiers(table)
        specified = specified or _offers_downloads(block, table)
        priced = _is_priced(table)
        released = _is_offer(block) and any(
            _RELEASE_DAY.search(entry.labels[-1]) for entry in table.entries if entry.labels
        )
        offer = {"offer": "released"} if released else EMPTY
        seen: set[str] = set()
        for entry in table.entries:
            for name in entry.names:
                if (
                    (specified or released)
                    and not _PLAN.match(name)
                    and name_key(name) not in seen
                    and (is_name(name) or name in page.vocabulary or (priced and _is_word_name(name)))
                ):
                    seen.add(name_key(name))
                    yield page.fact(name, "model.listed", "true", block, row_quote(entry, table), detail=offer)
            keys = [*entry.names, *entry.labels]
            if any(_PARAMETER.match(clean_label(key).rstrip("*")) for key in keys):
                for _, _, name in names_in(entry.cell.text.plain, page.vocabulary.keys):
                    if is_model_id(name) and name_key(name) not in seen:
                        seen.add(name_key(name))
                        yield page.fact(name, "model.listed", "true", block, row_quote(entry, table), confidence=0.9)
        yield from _coded_words(page, block)
    yield from _headed(page)
    yield from _listed_ids(page)
    for block in page.prose(_may_set):
        if block.kind is BlockKind.HEADING:
            continue
        for sentence in page.sentences(block):
            for match in _SET.finditer(sentence.masked) if _may_set(sentence.lower) else ():
                for mention in sentence.all(match["who"] or match["use"]):
                    if is_id(mention.text) and mention.strong:
                        yield page.fact(mention.text, "model.listed", "true", block, sentence.text, confidence=0.85)


def _is_offer(block: Block) -> bool:
    """Whether the section of a block is not one of what ended or will end."""
    return not _NOT_OFFERED.search(" ".join(block.heading))


def _coded_words(page: Page, block: Block) -> Iterator[Fact]:
    """Plain words that a column headed `model` writes as code, in most of its rows: `turbo`."""
    rows = block.grid.rows if block.grid is not None else ()
    for column, head in enumerate(rows[0] if rows else ()):
        if not head.header or not _MODEL_COLUMN.search(clean_label(head.text.plain)):
            continue
        coded = {clean_name(row[column].text.plain): row for row in rows[1:] if _is_code(row[column].text)}
        words = {word: row for word, row in coded.items() if is_id(word) and not is_name(word)}
        if len(words) >= _LEAST_WORDS and len(coded) * 2 > len(rows) - 1:
            for word, row in words.items():
                quote = " | ".join(cell.text.plain for cell in row)
                yield page.fact(word, "model.listed", "true", block, quote, confidence=0.85)


def _is_code(text: Text) -> bool:
    """Whether a text is one piece of code and nothing else."""
    return any(
        mark.kind is MarkKind.CODE and mark.start == 0 and mark.end == len(text.plain.strip()) for mark in text.marks
    )


def _headed(page: Page) -> Iterator[Fact]:
    """Models that have sections of their own: sibling headings that say nothing but a name, outside dated entries."""
    families: dict[tuple[tuple[str, ...], int], list[Block]] = {}
    for block in page.document.blocks:
        if block.kind is BlockKind.HEADING and block.level >= 2 and page.section_time(block) is None:
            text = clean_name(block.text.plain)
            if is_name(text) and not _TALKS.search(text) and not dated_heading(text):
                families.setdefault((block.heading, block.level), []).append(block)
    for siblings in families.values():
        for block in siblings:
            if _has_kin(block, siblings) or clean_name(block.text.plain) in page.vocabulary:
                yield page.fact(
                    clean_name(block.text.plain), "model.listed", "true", block, block.text.plain, confidence=0.8
                )


def _has_kin(block: Block, siblings: Sequence[Block]) -> bool:
    """Whether another sibling begins with the same word, or all end with a version as models have it: `Acme 3` and
    `Acme 4`, `Scribe v1` and `Flash v2`; not `Python 3.9` and `CUDA 12`.
    """
    others = [other.text.plain for other in siblings if other is not block]
    if others and all(_VERSION.search(text) for text in (block.text.plain, *others)):
        return True
    first = _FIRST.match(block.text.plain)
    return first is not None and any(
        (begin := _FIRST.match(text)) and begin[0].casefold() == first[0].casefold() for text in others
    )


def _offers_downloads(block: Block, table: Table) -> bool:
    """Whether most rows of a table link to repositories on model hubs: then it is a list of models."""
    if block.grid is None or table.names_on != "rows":
        return False
    rows = {entry.row for entry in table.entries}
    linked = {
        row
        for row in rows
        for cell in block.grid.rows[row]
        if any(mark.kind is MarkKind.LINK and repository_of(mark.target) for mark in cell.text.marks)
    }
    return len(linked) * 2 > len(rows)


def word_names(page: Page) -> frozenset[str]:
    """The plain words that are models in a list of prices: `Sonata`."""
    priced = (table for _, table in page.tables if _is_priced(table))
    return frozenset(
        name
        for table in priced
        for entry in table.entries
        for name in map(clean_name, entry.names)
        if _is_word_name(name)
    )


def _is_priced(table: Table) -> bool:
    return any(is_price(entry.labels) for entry in table.entries) and _MODEL.search(table.subject_label) is not None


def _is_word_name(name: str) -> bool:
    """Whether a plain word may name a model in a list of models: `Sonata`, `Sonata Large`."""
    return _WORD_NAME.fullmatch(name) is not None and polarity(name) is None and field_of((name,)) is None


def _listed_ids(page: Page) -> Iterator[Fact]:
    """The ids of a list that holds nothing else, outside what is dated or speaks of ends and replacements."""
    runs: list[list[Block]] = [[]]
    lead = ""
    for block in page.document.blocks:
        if block.kind is not BlockKind.ITEM:
            lead = block.text.plain
            runs.append([])
        elif (
            page.section_time(block) is None
            and is_model_id(clean_name(block.text.plain))
            and not _NOT_OFFERED.search(" ".join((*block.heading, lead)))
        ):
            runs[-1].append(block)
    for run in runs:
        if len(run) >= 2:
            for block in run:
                name = clean_name(block.text.plain)
                yield page.fact(name, "model.listed", "true", block, block.text.plain, confidence=0.8)


def _specifies(entry: Entry) -> bool:
    """Whether a cell states something of a model's specification: a benchmark named after a limit does not."""
    found = field_of(entry.labels)
    return found is not None and (
        found.area != "limit"
        or (is_plausible(entry.cell.text.plain) and any(c.isdigit() for c in entry.cell.text.plain))
    )


def _identifiers(table: Table) -> bool:
    """Whether most subjects of a table are identifiers: then it is a list of models, whatever its columns say."""
    names = {name for entry in table.entries for name in entry.names}
    # Columns set models side by side, their own beside those of others.
    return (
        table.names_on == "rows"
        and len(names) > 0
        and sum(is_model_id(clean_name(name)) for name in names) * 2 > len(names)
    )
