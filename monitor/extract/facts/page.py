"""A document prepared for the extractors: its tables read, its sections dated, its sentences masked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from monitor.extract.document import Block, BlockKind, Document, Grid, Text
from monitor.extract.facts.fields import price_band
from monitor.extract.prose.sentences import Mention, Sentence, sentences_of
from monitor.extract.tables import Entry, Table, notes_of, read_grid
from monitor.extract.values.dates import Moment, find_moments
from monitor.extract.values.names import clean_name, is_model_id, is_name
from monitor.extract.values.polarity import polarity
from monitor.extract.vocabulary import Vocabulary
from snapshots.facts import EMPTY, Evidence, Fact, Precision, name_key

QUOTE_LIMIT = 400
_DATED = re.compile(
    r"^[\W_]*(?:(?:date|released?|updated?|published|时间|日期|version|v[\d.]+)\s*[:：]?\s*)?[\W_]*$", re.IGNORECASE
)
_NAMES_HEADER = re.compile(
    r"^\W*(?:model|alias|api|pricing|service|subscription)?\s*(?:model|alias|name|id|plan|tier|edition)(?:\s*(?:alias|name|id))?e?s?\W*$", re.IGNORECASE
)
_STATUS_MARK = re.compile(r"\s*[(\[](?:deprecated|retired|legacy|preview|beta|new|experimental)[)\]]", re.IGNORECASE)
_EFFECTIVE = re.compile(
    r"take[s]?\s+effect|effective|in\s+effect|come[s]?\s+into|will\s+(?:be\s+)?(?:apply|applied|adjust\w*|change|switch)|生效|开始执行|起执行",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Page:
    """What an extractor sees. `today` is the day of the version in UTC, `None` when unknown."""

    document: Document
    vocabulary: Vocabulary
    url: str = ""
    kind: str = ""
    today: date | None = None
    _masked: dict[str, tuple[Sentence, ...]] = field(default_factory=dict)

    @cached_property
    def tables(self) -> tuple[tuple[Block, Table], ...]:
        """Every table with its reading, in order."""
        known = self.vocabulary.keys

        def named(text: str) -> bool:
            return is_name(text) or name_key(clean_name(text)) in known

        result = []
        for block in self.document.blocks:
            if block.grid is not None:
                notes = notes_of(self.document, block)
                table = read_grid(block.grid, is_name=named)
                if table.names_on == "none" and (subjects := _first_column(block.grid)):
                    table = read_grid(block.grid, is_name=lambda text, subjects=subjects: clean_name(text) in subjects)
                entries = tuple(
                    replace(
                        entry,
                        names=_subject(entry.names),
                        notes=tuple(notes[mark] for mark in entry.notes if mark in notes),
                    )
                    for entry in table.entries
                )
                if table.names_on == "columns" and any(named(name) for entry in entries for name in entry.names):
                    entries = tuple(entry for entry in entries if all(named(name) for name in entry.names))
                result.append((block, replace(table, entries=entries)))
        return tuple(result)

    @cached_property
    def marked(self) -> tuple[tuple[str, str, Block], ...]:
        """`(name, status, block)` for subjects that carry a status in brackets (`Sonata 3 (deprecated)`)."""
        known = self.vocabulary.keys
        found = {}
        for block in self.document.blocks:
            for cell in {cell.origin: cell for row in (block.grid.rows if block.grid else ()) for cell in row}.values():
                match = _STATUS_MARK.search(cell.text.plain)
                if (
                    match
                    and (name := clean_name(_STATUS_MARK.sub("", cell.text.plain)))
                    and (is_name(name) or name_key(name) in known)
                ):
                    found.setdefault(name_key(name), (name, match[0].strip(" ()[]").lower(), block))
        return tuple(found.values())

    @cached_property
    def _dates(self) -> Mapping[str, Moment]:
        return {
            text: moment for block in self.document.blocks for text in block.heading if (moment := dated_heading(text))
        }

    def section_time(self, block: Block) -> Moment | None:
        """The date of the innermost dated heading above a block, or the date a list item begins with."""
        if block.kind is BlockKind.HEADING and (own := dated_heading(block.text.plain)):
            return own
        for text in reversed(block.heading):
            if text in self._dates:
                return self._dates[text]
        return None

    def sentences(self, block: Block) -> tuple[Sentence, ...]:
        """The sentences of a block, masked with the names known so far."""
        if block.key not in self._masked:
            self._masked[block.key] = sentences_of(block.text, self.vocabulary.keys)
        return self._masked[block.key]

    def prose(self) -> Iterator[Block]:
        """The blocks that hold sentences."""
        for block in self.document.blocks:
            if block.kind in (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.HEADING):
                yield block

    def heading_mentions(self, block: Block) -> tuple[Mention, ...]:
        """The names in the innermost heading above a block."""
        if not block.heading:
            return ()
        text = block.heading[-1]
        key = f"heading {text}"
        if key not in self._masked:
            self._masked[key] = sentences_of(Text(text), self.vocabulary.keys)
        return tuple(mention for sentence in self._masked[key] for mention in sentence.of_kind("N"))

    def effective_before(self, index: int) -> Moment | None:
        """The time from which the table at a block index holds, when the text right above it announces one."""
        for block in reversed(self.document.blocks[max(0, index - 2) : index]):
            if block.kind in (BlockKind.TABLE, BlockKind.HEADING):
                break
            for sentence in reversed(self.sentences(block)):
                times = [m.moment for m in sentence.of_kind("D") if m.moment is not None]
                if times and _EFFECTIVE.search(sentence.text):
                    return times[-1]
        return None

    def fact(
        self,
        subject: str,
        predicate: str,
        value: str | None,
        block: Block,
        quote: str,
        *,
        qualifier: str = "",
        key: str | None = None,
        detail: Mapping[str, str] = EMPTY,
        confidence: float = 1.0,
        precision: Precision | None = None,
    ) -> Fact:
        """A fact of this page, dated by its section."""
        moment = self.section_time(block)
        return Fact(
            subject=subject,
            predicate=predicate,
            value=value,
            evidence=Evidence(block.key, block.heading, _shortened(quote)),
            qualifier=qualifier,
            value_key=key if key is not None else name_key(value or ""),
            detail=detail,
            valid_from=moment.at if moment else None,
            precision=precision or (moment.precision if moment else Precision.UNKNOWN),
            confidence=confidence,
        )


def _first_column(grid: Grid) -> frozenset[str]:
    """The texts of a first column whose header says that it names models or aliases, whatever their shape."""
    if len(grid.rows) < 2 or grid.width < 2 or not _NAMES_HEADER.search(grid.rows[0][0].text.plain):
        return frozenset()
    return frozenset(clean_name(row[0].text.plain) for row in grid.rows[1:] if len(row[0].text.plain) <= 60)


def _subject(names: tuple[str, ...]) -> tuple[str, ...]:
    """The one name an entry is about: an API id before a display name; a status in brackets is no part of it."""
    cleaned = [name for name in (clean_name(_STATUS_MARK.sub("", raw)) for raw in names) if _may_be_subject(name)]
    return tuple(next(([name] for name in cleaned if is_model_id(name)), cleaned[:1]))


def _may_be_subject(name: str) -> bool:
    """Whether a fact can be about this: a date, a number, a band of time or a bare yes is no subject."""
    if not any(character.isalpha() for character in name) or len(name) > 100:
        return False
    return polarity(name) is None and not (price_band(name) and len(name.split()) < 3 and not is_model_id(name)) and not dated_heading(name)


def dated_heading(text: str) -> Moment | None:
    """The day a heading gives to its section: it says little else (`Date: 2030-01-02`), or begins or ends with it."""
    for moment in find_moments(text):
        if moment.precision not in (Precision.DAY, Precision.INSTANT):
            continue
        before, after = text[: moment.start], text[moment.end :]
        if _DATED.match(before) and (not after.strip() or re.match(r"[\s)）\]]*(?:[:：\-–—|]|$)", after)):
            return moment
        if re.search(r"[\s(（\[\-–—|,]$", before) and not re.sub(r"[\s)）\]]", "", after) and len(before) < 80:
            return moment
    return None


def row_quote(entry: Entry, table: Table) -> str:
    """The row a cell stands in, its cells joined by ` | `."""
    cells = [other for other in table.entries if other.row == entry.row]
    texts = [*(entry.names[:1]), *entry.labels, entry.cell.text.plain]
    seen: dict[str, None] = {}
    for text in (*texts, *(other.cell.text.plain for other in cells[:12])):
        seen.setdefault(re.sub(r"\s+", " ", text).strip(), None)
    return " | ".join(text for text in seen if text)


def _shortened(quote: str) -> str:
    quote = re.sub(r"\s+", " ", quote).strip()
    return quote if len(quote) <= QUOTE_LIMIT else quote[: QUOTE_LIMIT - 1] + "…"


__all__ = ["Page", "Precision", "dated_heading", "notes_of", "replace", "row_quote"]
