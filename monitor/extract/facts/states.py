"""States of life that stand around a name: in its cell, over its table, in a sentence about `these models`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.extract.document import Block, BlockKind
from monitor.extract.facts.fields import field_of
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.grid.tables import Table
from monitor.extract.prose.hints import Hints
from monitor.extract.prose.lifecycle import ends_following, may_end
from monitor.extract.values.dates import find_moments, moment_in
from snapshots.facts import Fact, name_key

_STATES = r"deprecated|retired|discontinued|removed|sunset(?:ted)?|shut ?down|legacy"
_THESE = re.compile(
    rf"^\W*(?:these|this|the above) models? (?:was|were|has been|have been|is|are) (?:now )?(?P<state>{_STATES})",
    re.IGNORECASE,
)
_may_end = Hints("these model", "this model", "the above model")
_HEADING = re.compile(
    rf"^\W*(?:(?:recently|currently|previously|already)\s+)?(?P<state>{_STATES})\s+(?:\w+\s+)?"
    r"(?:models?|aliases|snapshots?|endpoints?|versions?)\W*$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    rf"\bfollowing\b[^.]{{0,120}}\b(?:are|were|is|has been|have been)\s+(?:now\s+)?(?P<state>{_STATES})\W*$",
    re.IGNORECASE,
)
_IN_CELL = re.compile(
    r"\b(?:(?P<state>deprecated|retired|discontinued|legacy)\b"
    r"|(?P<end>retir(?:es|ing|ement)|shut(?:s|ting)? ?down|sunset(?:s|ting)?|end of life))",
    re.IGNORECASE,
)
_FADES = re.compile(r"deprecat|弃用", re.IGNORECASE)
_LISTED = re.compile(r"\b(?:following|below|listed)\b|以下|下列|如下", re.IGNORECASE)
_ANY_MODELS = re.compile(r"\b(?:models|endpoints|aliases|snapshots)\b|模型", re.IGNORECASE)
# What the first column of a table says of all it lists.
_ENDED_SUBJECTS = re.compile(
    r"deprecat|retir|remov|sunset|discontinu|impacted|affected|shut ?down|下线|弃用|停用|停止", re.IGNORECASE
)
_LONGEST_CELL = 160
_ABOVE = 3


def read_states(page: Page) -> Iterator[Fact]:
    """`lifecycle.status`, and the dates that stand beside it, of the subjects of tables and of marked names."""
    for name, status, block in page.marked:
        if status in ("deprecated", "retired", "legacy"):
            yield page.fact(name, "lifecycle.status", status, block, f"{name} ({status})")
    positions = {block.key: index for index, block in enumerate(page.document.blocks)}
    for block, table in page.tables:
        yield from _in_cells(page, block, table)
        yield from _ended_together(page, block, table, positions[block.key])
        state, words = _over(page, block, positions[block.key])
        if state and not any(_is_status(entry.labels) for entry in table.entries):
            for name in dict.fromkeys(name for entry in table.entries for name in entry.names):
                yield page.fact(name, "lifecycle.status", state, block, f"{words} {name}", confidence=0.85)
    for block in page.prose(_may_end):
        match = _THESE.match(block.text.plain)
        for table_block, table in page.tables if match else ():
            if match and table_block.heading == block.heading:
                for name in dict.fromkeys(name for entry in table.entries for name in entry.names):
                    state = _state(match["state"])
                    yield page.fact(name, "lifecycle.status", state, block, block.text.plain, confidence=0.9)


def _in_cells(page: Page, block: Block, table: Table) -> Iterator[Fact]:
    """`Acme 2 (small: Deprecated. Retiring May 11, 2030.)`: what the cell with the name says about its life."""
    if block.grid is None or table.names_on != "rows":
        return
    for row, entries in table.by_row.items():
        names = entries[0].names
        cell = block.grid.rows[row][0].text.plain
        match = _IN_CELL.search(cell) if names and len(cell) <= _LONGEST_CELL else None
        # A state in brackets is read with the name it marks, which may be another one of the cell.
        if (
            match is None
            or match.start() == 0
            or cell[match.start() - 1] in "(["
            or any(_is_lifecycle(entry.labels) for entry in entries)
        ):
            continue
        quote = row_quote(entries[0], table)
        moment = next((m for m in find_moments(cell) if m.start >= match.start()), None)
        ended = _state(match["state"] or "") == "retired"
        for name in names:
            if match["state"] and (moment is None or ended):
                yield page.fact(name, "lifecycle.status", _state(match["state"]), block, quote)
            if moment is not None:
                yield page.fact(
                    name, "lifecycle.retirement_date", moment.value, block, quote,
                    key=name_key(moment.value), precision=moment.precision,
                )  # fmt: skip


def _ended_together(page: Page, block: Block, table: Table, index: int) -> Iterator[Fact]:
    """The one day on which all subjects of a table end, where the table itself states none."""
    if table.names_on != "rows":
        return
    words = _ended_by_heading(block) or _ended_by_lead(page, block, index) or _ended_by_announcement(page, table, index)
    moment = moment_in(words)
    if moment is None or any(_is_lifecycle(entry.labels) for entry in table.entries):
        return
    attribute = "deprecation_date" if _FADES.search(words) else "retirement_date"
    for name in dict.fromkeys(name for entry in table.entries for name in entry.names):
        yield page.fact(
            name, f"lifecycle.{attribute}", moment.value, block, f"{words} {name}",
            key=name_key(moment.value), precision=moment.precision, confidence=0.9,
        )  # fmt: skip


def _ended_by_heading(block: Block) -> str:
    """`Models retiring on October 20, 2030` over a table."""
    heading = block.heading[-1] if block.heading else ""
    return heading if ends_following(heading) and moment_in(heading) else ""


def _ended_by_lead(page: Page, block: Block, index: int) -> str:
    """`The following models will be retired on October 20, 2030:` right above a table."""
    lead = page.document.blocks[index - 1] if index else block
    if lead.kind is not BlockKind.PARAGRAPH or lead.heading != block.heading or not _LISTED.search(lead.text.plain):
        return ""
    return next((words for words in _ends_what_it_lists(page, lead) if _LISTED.search(words)), "")


def _ended_by_announcement(page: Page, table: Table, index: int) -> str:
    """`We will be removing several models on October 20, 2030`, somewhere above a table of `deprecated models`."""
    if not _ENDED_SUBJECTS.search(table.subject_label):
        return ""
    above = {block.key for block in page.document.blocks[:index]}
    blocks = [block for block in page.prose(may_end) if block.key in above and block.kind is not BlockKind.HEADING]
    found = [words for block in blocks for words in _ends_what_it_lists(page, block) if _ANY_MODELS.search(words)]
    return found[-1] if found else ""


def _ends_what_it_lists(page: Page, block: Block) -> Iterator[str]:
    """The sentences of a block that end something on one day and name nothing themselves."""
    for sentence in page.sentences(block):
        dates = {mention.text for mention in sentence.of_kind("D")}
        if len(dates) == 1 and not sentence.of_kind("N") and ends_following(sentence.text):
            yield sentence.text


def _over(page: Page, block: Block, index: int) -> tuple[str, str]:
    """The state that the sentence right above a table, or its heading, gives to all its subjects, and its words."""
    for above in reversed(page.document.blocks[max(0, index - _ABOVE) : index]):
        if above.kind is not BlockKind.PARAGRAPH or above.heading != block.heading:
            break
        if match := _LEAD.search(above.text.plain):
            return _state(match["state"]), above.text.plain
    heading = block.heading[-1] if block.heading else ""
    match = _HEADING.match(heading)
    return (_state(match["state"]), heading) if match else ("", "")


def _state(word: str) -> str:
    word = word.lower()
    return word if word in ("deprecated", "legacy") else "retired"


def _is_status(labels: tuple[str, ...]) -> bool:
    found = field_of(labels)
    return found is not None and found.area == "lifecycle" and found.attribute == "status"


def _is_lifecycle(labels: tuple[str, ...]) -> bool:
    found = field_of(labels)
    return found is not None and found.area == "lifecycle" and found.attribute != "replacement"
