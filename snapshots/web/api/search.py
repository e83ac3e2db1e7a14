"""`/search`: one question over names, values, changes and the words that were quoted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from snapshots.web.api.callers import Reading
from snapshots.web.api.fields import Out, Word
from snapshots.web.api.shapes import ChangeOut, change_out
from snapshots.web.queries import finding as read

router = APIRouter(tags=["search"])


class ValueOut(Out):
    """A believed value that holds the words."""

    subject: str
    predicate: str
    qualifier: str
    value: str


class PassageOut(Out):
    """Words of a source that hold the words."""

    source: str
    version: int
    quote: str


class FoundOut(Out):
    """What holds the words, at most twenty of each sort."""

    names: list[str]
    values: list[ValueOut]
    changes: list[ChangeOut]
    passages: list[PassageOut]


@router.get("/search")
def search(call: Reading, q: Annotated[Word, Query(min_length=2, description="What to look for.")]) -> FoundOut:
    """Look for words."""
    with call.services.database.reading() as session:
        return FoundOut(
            names=read.names(session, q),
            values=[
                ValueOut(subject=one.name, predicate=one.predicate, qualifier=one.qualifier, value=one.value)
                for one in read.values(session, q)
            ],
            changes=[change_out(entry, call.now) for entry in read.changes(session, q)],
            passages=[
                PassageOut(source=one.source_id, version=one.sequence, quote=one.quote)
                for one in read.quotes(session, q)
            ],
        )
