"""Lifecycle: status, deprecation, end of service and replacement, from tables and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.extract.document import Block, BlockKind, MarkKind
from monitor.extract.facts.fields import field_of
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.facts.rows import qualified
from monitor.extract.facts.sections import dated_heading
from monitor.extract.prose.aliases import LIST
from monitor.extract.prose.hints import Hints
from monitor.extract.prose.lifecycle import end_claims, ends_following, may_end, path_end
from monitor.extract.values.dates import HYPHENS, Moment, moment_in
from monitor.extract.values.durations import after_span
from monitor.extract.values.names import clean_name, is_id, is_model_id
from monitor.extract.values.polarity import is_blank
from snapshots.facts import Fact, Precision, name_key

_STATUS = re.compile(
    r"\b(active|live|legacy|deprecated|retired|retiring|clos(?:ing|es)(?: down)?|shut(?:ting)? ?down|sunset"
    r"|discontinued|preview|beta|available"
    r"|ga|generally available|unavailable)\b|下线|停用|停止服务|废弃|退役|弃用",
    re.IGNORECASE,
)
# Stages of a release, on the way to being offered and not to an end.
_STAGE = re.compile(
    r"(?:(?:public|private|limited|early) )?(?:preview|beta|alpha|experimental)|ga|general(?:ly)? availab(?:le|ility)",
    re.IGNORECASE,
)
_ENDED = re.compile(r"retire|shut|discontinu|sunset|remov|下线|停用|停止|退役", re.IGNORECASE)
_DAY_AND_NAMES = re.compile(rf"\W*(?P<when>⟦D\d+⟧)\W+(?P<who>{LIST})(?:\s+models?)?\s*(?:[(（].*[)）])?\W*")
_LONGEST_DAY = 40
_PATH = re.compile(r"(?:(?:GET|POST|PUT|PATCH|DELETE) )?/[\w{}/.:-]+")
_has_path = Hints("/")


def read_lifecycle(page: Page) -> Iterator[Fact]:
    """`lifecycle.<attribute>` facts."""
    for block, table in page.tables:
        for entry in table.entries:
            found = field_of(entry.labels)
            if found is None or found.area != "lifecycle":
                continue
            text = " ".join(entry.cell.text.plain.split())
            if is_blank(text):
                continue
            quote = row_quote(entry, table)
            for name in entry.names:
                if found.attribute == "replacement":
                    value = clean_name(text)[:120]
                    yield qualified(page.fact(name, "lifecycle.replacement", value, block, quote), entry)
                elif found.attribute == "status":
                    yield from (qualified(fact, entry) for fact in _status(page, name, text, block, quote))
                elif moment := moment_in(text):
                    yield qualified(_end(page, name, found.attribute, moment, block, quote), entry)
    yield from _listed(page)
    yield from _by_day(page)
    yield from _announced(page)
    yield from _paths(page)
    for block in page.prose(may_end):
        for claim in end_claims(page.sentences(block)):
            moment = claim.moment or _counted(page, claim.value, block)
            if moment is not None:
                yield _end(
                    page,
                    claim.subject.rstrip("/"),
                    claim.attribute,
                    moment,
                    block,
                    claim.sentence.text,
                    claim.confidence,
                )
            else:
                yield page.fact(
                    claim.subject,
                    f"lifecycle.{claim.attribute}",
                    claim.value,
                    block,
                    claim.sentence.text,
                    precision=Precision.UNKNOWN,
                    confidence=claim.confidence,
                )


def _counted(page: Page, span: str, block: Block) -> Moment | None:
    """The time `in three months` means in a dated entry."""
    said = page.section_time(block)
    return after_span(span, said.at) if said is not None else None


def _listed(page: Page) -> Iterator[Fact]:
    """Names listed under a lead that ends them: `The following models will be retired:` and a list of names."""
    blocks = page.document.blocks
    for index, lead in enumerate(blocks):
        text = lead.text.plain.rstrip()
        if (
            lead.kind not in (BlockKind.PARAGRAPH, BlockKind.ITEM)
            or not text.endswith((":", "："))
            or not ends_following(text)
        ):
            continue
        above = next(
            (
                block
                for block in reversed(blocks[:index])
                if block.heading == lead.heading and block.kind is BlockKind.PARAGRAPH
            ),
            lead,
        )
        moment = (
            moment_in(text)
            or (moment_in(above.text.plain) if ends_following(above.text.plain) else None)
            or page.section_time(lead)
        )
        for block in blocks[index + 1 :]:
            if block.kind is not BlockKind.ITEM or (block.level <= lead.level and lead.kind is BlockKind.ITEM):
                break
            head = re.split(r"\(?(?:[Rr]efer|[Ss]ee|[Uu]se|[Mm]igrate|replac)", block.text.plain)[0]
            subjects = [code for code in block.text.spans(MarkKind.CODE) if _PATH.fullmatch(code)]
            subjects += [
                mention.text
                for sentence in page.sentences(block)
                for mention in sentence.of_kind("N")
                if mention.text in head
                and (is_id(mention.text) or is_model_id(mention.text) or mention.text == clean_name(block.text.plain))
                and (mention.strong or mention.code)
            ]
            for subject in subjects:
                attribute = "retirement_date" if _ENDED.search(text) else "deprecation_date"
                if moment is not None:
                    yield _end(page, subject, attribute, moment, block, f"{text} {block.text.plain}", 0.9)
                else:
                    yield page.fact(
                        subject, "lifecycle.status", "deprecated", block, f"{text} {block.text.plain}", confidence=0.85
                    )


def _by_day(page: Page) -> Iterator[Fact]:
    """Entries of a list of ends that give nothing but the day and the names: `2030-06-30: acme-2, acme-2-mini`."""
    for block in page.document.blocks:
        if block.kind is not BlockKind.ITEM or not block.heading or "20" not in block.text.plain[:_LONGEST_DAY]:
            continue
        heading = block.heading[-1]
        sentences = page.sentences(block) if ends_following(heading) else ()
        match = _DAY_AND_NAMES.fullmatch(sentences[0].masked) if len(sentences) == 1 else None
        moment = sentences[0].all(match["when"])[0].moment if match is not None else None
        attribute = "retirement_date" if _ENDED.search(heading) else "deprecation_date"
        for subject in sentences[0].all(match["who"]) if match is not None and moment is not None else ():
            if subject.strong and moment is not None:
                yield _end(page, subject.text, attribute, moment, block, f"{heading}: {block.text.plain}", 0.85)


def _paths(page: Page) -> Iterator[Fact]:
    """Ends of operations that a sentence names by their path: `/v1/complete is deprecated and will be removed on D`."""
    for block in page.prose(_has_path):
        codes = [code for code in block.text.spans(MarkKind.CODE) if _PATH.fullmatch(code)]
        for sentence in page.sentences(block) if codes and ends_following(block.text.plain) else ():
            subjects = [code for code in codes if code in sentence.text]
            end = path_end(sentence, subjects[0]) if subjects else None
            if end is not None and end.moment is not None:
                yield _end(page, end.subject, end.attribute, end.moment, block, sentence.text, end.confidence)
            elif end is not None:
                yield page.fact(end.subject, "lifecycle.status", end.value, block, sentence.text, confidence=0.85)


def _announced(page: Page) -> Iterator[Fact]:
    """A dated entry of a deprecation history that ends something it names only in words: the heading is the subject."""
    for block in page.document.blocks:
        if block.kind is not BlockKind.HEADING or not ends_following(" ".join(block.heading) + page.document.title):
            continue
        moment = dated_heading(block.text.plain)
        if moment is None:
            continue
        inside = [
            b for b in page.document.blocks if b.heading[: len(block.heading) + 1] == (*block.heading, block.text.plain)
        ]
        if any(
            b.grid is not None or any(m.strong for s in page.sentences(b) for m in s.of_kind("N") if is_id(m.text))
            for b in inside
        ):
            continue
        for body in inside:
            for sentence in page.sentences(body):
                when = next((m.moment for m in sentence.of_kind("D") if m.moment), None)
                subject = re.sub(r"^[\W\d]+|[\W]+$", "", block.text.plain.translate(HYPHENS))
                if when is not None and subject and ends_following(sentence.text):
                    attribute = "deprecation_date" if "deprecat" in sentence.text.lower() else "retirement_date"
                    yield _end(page, subject, attribute, when, body, sentence.text, 0.8)
                    break
            else:
                continue
            break


def _status(page: Page, name: str, text: str, block: Block, quote: str) -> Iterator[Fact]:
    moment = moment_in(text)
    word = _STATUS.search(text)
    if moment is not None and word is not None:
        ends = re.match(r"retir|clos|shut|sunset|discontinued|下线|停|废|退", word[0], re.IGNORECASE)
        yield _end(page, name, "retirement_date" if ends else "deprecation_date", moment, block, quote)
    elif word is not None or len(text) <= 30:
        predicate = "capability.release_stage" if _STAGE.fullmatch(text) else "lifecycle.status"
        yield page.fact(name, predicate, text, block, quote)


def _end(
    page: Page, subject: str, attribute: str, moment: Moment, block: Block, quote: str, confidence: float = 1.0
) -> Fact:
    value = f"not sooner than {moment.value}" if moment.precision is Precision.NOT_SOONER_THAN else moment.value
    return page.fact(
        subject,
        f"lifecycle.{attribute}",
        moment.value,
        block,
        quote,
        key=name_key(value),
        precision=moment.precision,
        confidence=confidence,
    )
