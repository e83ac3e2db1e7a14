"""Licenses a document declares: in a table, in front matter, in data, or by being the license's text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

from monitor.extract.document import Block, BlockKind, Tree
from monitor.extract.facts.fields import field_of
from monitor.extract.facts.licensing import read_licensing
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.formats.parts import LICENSE_PART
from monitor.extract.values.licenses import license_id, license_name, license_of_text, license_of_title
from monitor.extract.values.polarity import is_blank
from snapshots.diff.clauses import clauses
from snapshots.facts import Evidence, Fact, name_key

_TICK = re.compile(r":[a-z_]*check[a-z_]*:|[✓✔✅☑√]\ufe0f?")
_SAME_FILE = re.compile(r"/(?:resolve|raw|tree)/")  # Three views of one file on a hub.
_LONGEST_TEXT = 120_000
_HEAD = 3


def read_licenses(page: Page) -> Iterator[Fact]:
    """`license.license` facts; the qualifier says what they cover (`code`, `model`) when the page tells them apart."""
    for block, table in page.tables:
        for entry in table.entries:
            found = field_of(entry.labels)
            text = _TICK.sub("", entry.cell.text.plain).strip()
            named = found is not None and found.area == "license"
            ticked = text != entry.cell.text.plain.strip() and (license_id(text) or license_name(text))
            if (named or ticked) and 2 < len(text) <= 80 and not is_blank(text):
                for name in entry.names:
                    yield page.fact(
                        name,
                        "license.license",
                        license_id(text) or text,
                        block,
                        row_quote(entry, table),
                        detail={"mark": "declared"},
                    )
    yield from _of_document(page)


def read_rival_licenses(page: Page) -> Iterator[Fact]:
    """What prose and badges of a card say of its license where its front matter leads; they are no facts then."""
    if any(fact.predicate == "license.license" for fact in _of_front_matter(page)):
        _, enclosed = _own_and_enclosed(page)
        for fact in (*read_licensing(page), *_of_text(page, enclosed)):
            if fact.predicate == "license.license" and fact.subject == "*":
                yield fact


def _of_document(page: Page) -> Iterator[Fact]:
    declared = list(_of_front_matter(page))
    own, enclosed = _own_and_enclosed(page)
    if declared:
        yield from declared
        yield from (fact for fact in _of_text(page, enclosed) if fact.attribute == "text")
        return
    stated = list(_of_data(page))
    yield from stated
    written = list(_of_text(page, enclosed or own))
    if written and stated:
        written = [fact for fact in written if fact.attribute == "text"] if enclosed else written
    yield from written or read_licensing(page)


def _own_and_enclosed(page: Page) -> tuple[list[Block], list[Block]]:
    """The blocks of a page, and those of a LICENSE file that came with it."""
    blocks = [block for block in page.document.blocks if block.kind is not BlockKind.DATA]
    enclosed = [block for block in blocks if block.key.startswith(f"{LICENSE_PART}/")]
    return [block for block in blocks if not block.key.startswith(f"{LICENSE_PART}/")], enclosed


def _of_front_matter(page: Page) -> Iterator[Fact]:
    """The license and the link to its terms (Hugging Face model cards, https://huggingface.co/docs/hub/model-cards)."""
    meta = page.document.metadata
    declared = meta.get("license")
    words = [str(word) for word in (declared if isinstance(declared, list) else [declared]) if word]
    if not words:
        return
    name = meta.get("license_name")
    values = [license_id(word) or word for word in words]
    if isinstance(name, str) and words[0].casefold() == "other":
        values = [name]
    quote = f"license: {', '.join(words)}" + (f", license_name: {name}" if isinstance(name, str) else "")
    yield _declared(page, "license.license", " AND ".join(sorted(values)), quote, "declared")
    link = meta.get("license_link")
    if isinstance(link, str):
        yield _declared(page, "license.terms_url", link, f"license_link: {link}", "link")


def _declared(page: Page, predicate: str, value: str, quote: str, mark: str) -> Fact:
    first = page.document.blocks[0] if page.document.blocks else None
    key = _SAME_FILE.sub("/blob/", value.rstrip("/")) if mark == "link" else value
    evidence = Evidence(first.key if first else "", (), quote)
    return Fact("*", predicate, value, evidence, value_key=name_key(key), detail={"mark": mark})


def _of_text(page: Page, blocks: Sequence[Block]) -> Iterator[Fact]:
    """The license that blocks are the text of, and the digest of its clauses."""
    whole = "\n".join(block.text.plain for block in blocks)
    if not blocks or len(whole) > _LONGEST_TEXT:
        return
    heads = [block.text.plain for block in blocks[:_HEAD]]
    value = license_of_title(heads, whole, expected=_is_file(page, blocks[0])) or license_of_text(whole)
    if value is None:
        return
    yield page.fact("*", "license.license", value, blocks[0], whole[:300], detail={"mark": "declared"})
    parts = clauses(block.text.plain for block in blocks)
    digest = hashlib.sha256(" ".join(parts).encode()).hexdigest()
    said = f"{sum(len(part.split()) for part in parts):,} words"
    yield page.fact("*", "license.text", said, blocks[0], whole[:300], key=digest, detail={"mark": "text"})


def _is_file(page: Page, block: Block) -> bool:
    return page.kind == "license" or block.key.startswith(f"{LICENSE_PART}/")


def _of_data(page: Page) -> Iterator[Fact]:
    """The license a data file declares for itself: an entry `license`, or a tag `license:mit`."""
    for block in page.document.blocks:
        if block.kind is not BlockKind.DATA or not isinstance(block.tree, Mapping):
            continue
        tags = block.tree.get("tags")
        found: Tree = block.tree.get("license")
        for inner in (block.tree.get("cardData"), block.tree.get("info")):
            if isinstance(inner, Mapping) and found is None:
                found = inner.get("license")
                found = inner.get("license_name", found) if found == "other" else found
        if found is None and isinstance(tags, list):
            found = next(
                (tag.partition(":")[2] for tag in tags if isinstance(tag, str) and tag.startswith("license:")), None
            )
        if isinstance(found, Mapping):
            found = found.get("name")
        if isinstance(found, str) and found:
            yield page.fact(
                "*",
                "license.license",
                license_id(found) or found,
                block,
                f"license: {found}",
                detail={"mark": "declared"},
            )
            return
