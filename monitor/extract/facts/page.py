"""A document prepared for the extractors: its tables read, its sections dated, its sentences masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from monitor.extract.document import Block, BlockKind, Document, Text
from monitor.extract.facts.sections import dated_heading, day_of_year, leading_date
from monitor.extract.facts.tables import STATUS_MARK, plain_name, read_tables
from monitor.extract.facts.topic import topic_of
from monitor.extract.grid.tables import Entry, Table
from monitor.extract.prose.hints import Hints
from monitor.extract.prose.sentences import Mention, Sentence, sentences_of, words_of
from monitor.extract.values.dates import Moment
from monitor.extract.values.names import clean_name, is_name
from monitor.extract.vocabulary import Vocabulary
from snapshots.facts import EMPTY, Evidence, Fact, Precision, name_key

QUOTE_LIMIT = 400
_LONGEST_DAY = 30
_LONGEST_LINE = 60
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
    _tables: list[tuple[Block, Table]] = field(default_factory=list)
    _times: dict[str, Moment | None] = field(default_factory=dict)
    _lines: dict[str, str] = field(default_factory=dict)
    _words: list[tuple[Block, str]] = field(default_factory=list)

    @cached_property
    def tables(self) -> tuple[tuple[Block, Table], ...]:
        """Every table with its reading, in order."""
        if self._tables:
            return tuple(self._tables)
        known = self.vocabulary.keys

        def named(text: str) -> bool:
            return is_name(text) or name_key(clean_name(text)) in known

        return read_tables(self.document, named)

    def knowing(self, vocabulary: Vocabulary, names: Iterable[str]) -> Page:
        """The page with a larger vocabulary. Its tables are read again only where one of the `names` that came to it is
        not a name by its form alone.
        """
        known = self.vocabulary.keys
        page = Page(self.document, vocabulary, self.url, self.kind, self.today)
        if all(is_name(name) or name_key(name) in known for name in names):
            page._tables.extend(self.tables)
        page._words.extend(self._prose)
        return page

    @cached_property
    def marked(self) -> tuple[tuple[str, str, Block], ...]:
        """`(name, status, block)` for subjects that carry a status in brackets (`Sonata 3 (deprecated)`)."""
        known = self.vocabulary.keys
        found: dict[str, tuple[str, str, Block]] = {}
        for block in self.document.blocks:
            for cell in {cell.origin: cell for row in (block.grid.rows if block.grid else ()) for cell in row}.values():
                match = STATUS_MARK.search(cell.text.plain)
                if match and (name := plain_name(cell.text.plain)) and (is_name(name) or name_key(name) in known):
                    found.setdefault(name_key(name), (name, match["status"].lower(), block))
        return tuple(found.values())

    @cached_property
    def _dates(self) -> Mapping[str, Moment]:
        dates: dict[str, Moment] = {}
        for block in self.document.blocks:
            for text in block.heading:
                if text not in dates and (moment := dated_heading(text)):
                    dates[text] = moment
        return dates

    def _dated(self, block: Block) -> Moment | None:
        """The date of the innermost dated heading above a block; `Aug 26` below `August 2026` is one."""
        for depth in range(len(block.heading), 0, -1):
            text = block.heading[depth - 1]
            if text in self._dates:
                return self._dates[text]
            if moment := day_of_year(text, block.heading[: depth - 1]):
                return moment
        return None

    def section_time(self, block: Block) -> Moment | None:
        """The date of the innermost dated heading above a block, or the date a list item begins with."""
        if block.key not in self._times:
            self._times[block.key] = self._section_time(block)
        return self._times[block.key]

    def _section_time(self, block: Block) -> Moment | None:
        if block.kind is BlockKind.HEADING and (
            own := dated_heading(block.text.plain) or day_of_year(block.text.plain, block.heading)
        ):
            return own
        if block.kind in (BlockKind.ITEM, BlockKind.PARAGRAPH) and (own := leading_date(block.text.plain)):
            return own
        return self._dated(block) or self._under_days.get(block.key)

    @cached_property
    def _under_days(self) -> Mapping[str, Moment]:
        """The day of each block below a paragraph that is nothing but a day, up to the next heading or such day."""
        days: dict[str, Moment] = {}
        day: Moment | None = None
        for block in self.document.blocks:
            if block.kind is BlockKind.HEADING:
                day = None
            elif block.kind is BlockKind.PARAGRAPH and len(block.text.plain) <= _LONGEST_DAY:
                own = dated_heading(block.text.plain)
                day = own if own is not None and (own.start, own.end) == (0, len(block.text.plain)) else day
            if day is not None:
                days[block.key] = day
        return days

    @property
    def _prose(self) -> Sequence[tuple[Block, str]]:
        if not self._words:
            kinds = (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.HEADING)
            blocks = (block for block in self.document.blocks if block.kind in kinds)
            self._words.extend((block, words_of(block.text.plain).lower()) for block in blocks)
        return self._words

    @cached_property
    def topic(self) -> str:
        """The one model the page is about; empty where it is about several. Whoever asks looks for it once a page."""
        return topic_of(self)

    @cached_property
    def _all_words(self) -> str:
        return "\n".join(words for _, words in self._prose)

    def sentences(self, block: Block) -> tuple[Sentence, ...]:
        """The sentences of a block, masked with the names known so far."""
        if block.key not in self._masked:
            self._masked[block.key] = sentences_of(block.text, self.vocabulary.known)
        return self._masked[block.key]

    def prose(self, may_claim: Hints) -> Iterator[Block]:
        """The blocks that hold sentences, without those that cannot make a claim: `may_claim` is asked about their
        words in lower case. To mask the names of a block costs more than all tests of it together.
        """
        may_claim = may_claim.within(self._all_words)
        return (block for block, words in self._prose if may_claim(words))

    def heading_mentions(self, block: Block) -> tuple[Mention, ...]:
        """The names in the innermost heading above a block."""
        if not block.heading:
            return ()
        text = block.heading[-1]
        key = f"heading {text}"
        if key not in self._masked:
            self._masked[key] = sentences_of(Text(text), self.vocabulary.known)
        return tuple(mention for sentence in self._masked[key] for mention in sentence.of_kind("N"))

    @cached_property
    def _leads(self) -> Mapping[str, Block]:
        """The paragraph that leads each list (`Acme 3 includes:`), by the keys of the items under it."""
        leads: dict[str, Block] = {}
        lead: Block | None = None
        for block in self.document.blocks:
            if block.kind is BlockKind.ITEM:
                if lead is not None and lead.heading == block.heading:
                    leads[block.key] = lead
            else:
                opens = block.kind is BlockKind.PARAGRAPH and block.text.plain.rstrip().endswith((":", "："))
                lead = block if opens else None
        return leads

    def lead_mentions(self, block: Block) -> tuple[Mention, ...]:
        """The names in the paragraph that leads the list a block belongs to."""
        lead = self._leads.get(block.key)
        sentences = self.sentences(lead) if lead is not None else ()
        return sentences[-1].of_kind("N") if sentences else ()

    def line_above(self, block: Block) -> str:
        """The name that a short line of its own gives to the short lines below it, as cards do when they are flattened;
        empty for a block that is no such line.
        """
        if not self._lines:
            name = ""
            for other in self.document.blocks:
                text = clean_name(other.text.plain)
                if other.kind is not BlockKind.PARAGRAPH or len(text) > _LONGEST_LINE:
                    name = ""
                elif is_name(text):
                    name = text
                self._lines[other.key] = name
        return self._lines.get(block.key, "")

    def effective_before(self, index: int) -> Moment | None:
        """The time from which the table at a block index holds, when the text right above it announces one."""
        for block in reversed(self.document.blocks[max(0, index - 2) : index]):
            if block.kind in (BlockKind.TABLE, BlockKind.HEADING):
                break
            for sentence in reversed(self.sentences(block) if _EFFECTIVE.search(block.text.plain) else ()):
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


def row_quote(entry: Entry, table: Table) -> str:
    """The row a cell stands in, its cells joined by ` | `."""
    cells = table.by_row[entry.row]
    texts = [*(entry.names[:1]), *entry.labels, entry.cell.text.plain]
    seen: dict[str, None] = {}
    for text in (*texts, *(other.cell.text.plain for other in cells[:12])):
        seen.setdefault(" ".join(text.split()), None)
    return " | ".join(text for text in seen if text)


def _shortened(quote: str) -> str:
    quote = " ".join(quote.split())
    return quote if len(quote) <= QUOTE_LIMIT else quote[: QUOTE_LIMIT - 1] + "…"
