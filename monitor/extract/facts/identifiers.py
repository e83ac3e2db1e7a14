"""Which API id a display name stands for, as tables say it in a row or column of identifiers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitor.extract.facts.fields import clean_label
from monitor.extract.facts.page import Page, row_quote
from monitor.extract.values.names import clean_name, is_id, is_model_id, is_name, names_in
from monitor.extract.values.polarity import is_blank
from snapshots.facts import Fact, name_key

_ID_LABEL = re.compile(
    r"^(?:[\w. ]{2,20} )?api (?:id|name|endpoints?|model (?:id|name)|string|identifier)s?$"
    r"|^(?:api )?model (?:id|string|identifier)s?$|^(?:id|identifier|endpoints?)$",
    re.IGNORECASE,
)
_NAME_LABEL = re.compile(r"^(?:(?:model|display) ?)?(?:name|model)s?$|^模型(?:名称?)?$", re.IGNORECASE)
_TWO_WORDS = re.compile(r"[A-Z]\w+(?: [A-Z0-9][\w.+-]*){1,4}")
_ALIAS_LABEL = re.compile(r"\balias(?:es)?$", re.IGNORECASE)
_OTHER_MODEL = re.compile(r"replac|recommend|alternativ|successor|migrat|redirect|instead", re.IGNORECASE)
_PLATFORM_LABEL = re.compile(
    r"^(?P<platform>[\w .()&-]{3,50}?) (?:model )?(?:id|identifier|name|string)s?$"
    r"|^(?P<bare>(?:amazon|aws|azure|google|gcp|vertex|oracle|bedrock|sagemaker)[\w .()&-]*)$",
    re.IGNORECASE,
)


def identifiers_of(page: Page) -> Iterator[tuple[str, str]]:
    """`(display name, API id)` pairs; the first identifier row or column of a table leads."""
    for _, table in page.tables:
        done: set[str] = set()
        for entry in table.entries:
            if not entry.labels or not _ID_LABEL.match(clean_label(entry.labels[-1])):
                continue
            ids = [
                name for _, _, name in names_in(entry.cell.text.plain, page.vocabulary.keys) if is_id(name)
            ] or _whole(entry.cell.text.plain)
            for name in entry.names:
                if ids and name_key(name) not in done and not is_model_id(name):
                    done.add(name_key(name))
                    yield clean_name(name), ids[0]


def displays_of(page: Page) -> Iterator[tuple[str, str]]:
    """`(display name, API id)` pairs of tables whose rows are headed by the ids, with the names in another column."""
    for block, table in page.tables:
        rows = block.grid.rows if block.grid is not None and table.names_on == "rows" else ()
        named = [c for c, head in enumerate(rows[0] if rows else ()) if _NAME_LABEL.match(clean_label(head.text.plain))]
        for entry in table.entries if named else ():
            if len(entry.names) != 1 or not is_model_id(entry.names[0]):
                continue
            for column in named:
                display = clean_name(rows[entry.row][column].text.plain.partition("\n")[0])
                if (is_name(display) or _TWO_WORDS.fullmatch(display)) and not is_model_id(display):
                    yield display, entry.names[0]


def read_identifiers(page: Page) -> Iterator[Fact]:
    """`alias.target` of alias rows, and `model.platform_id` of rows that give a model's name on a platform."""
    for block, table in page.tables:
        for entry in table.entries:
            label = clean_label(entry.labels[-1]) if entry.labels else ""
            text = clean_name(entry.cell.text.plain)
            platform = None if _OTHER_MODEL.search(label) else _PLATFORM_LABEL.match(label)
            if _ALIAS_LABEL.search(label):
                for name in entry.names:
                    lead = page.vocabulary.canonical(name)
                    if is_id(text) and is_id(lead) and name_key(lead) != name_key(text) and not is_blank(text):
                        yield page.fact(text, "alias.target", lead, block, row_quote(entry, table))
            elif platform and not _ID_LABEL.match(label) and text and not is_blank(text) and len(text) <= 200:
                for name in entry.names:
                    yield page.fact(
                        name,
                        "model.platform_id",
                        text,
                        block,
                        row_quote(entry, table),
                        qualifier=(platform["platform"] or platform["bare"]).strip(),
                    )


def _whole(text: str) -> list[str]:
    bare = clean_name(text)
    return [bare] if is_model_id(bare) else []
