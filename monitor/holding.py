"""Believing a version that was held, because a person looked at it: it is the newest believed one, its changes told."""

from __future__ import annotations

from dataclasses import replace

from monitor.evaluate import Guards
from monitor.fetch.model import Fetched
from monitor.pipeline import Looked, Pipeline, judge
from monitor.reextract import BusyError
from monitor.schedule.leases import claim_one, release
from snapshots import blobs, holding, store
from snapshots.review import Reviewer, ReviewError
from snapshots.standing import standings

_BELIEVING = Guards(confirm_removals=False, hold_mass_disappearance=False, doubt_the_page=False)


def accept(pipeline: Pipeline, source_id: str, by: Reviewer, *, text: str = "") -> Looked:
    """Take the newest, held version of a source for the page; the decision and what follows are one commit.

    Its removals count at once, because the person saw them. The next check then compares with this version.

    Raises:
        ReviewError: no version is held, or it still cannot be read.
        BusyError: the source is being checked.
    """
    now = pipeline.clock.now()
    with pipeline.database.writing() as session:
        held = holding.held_version(session, source_id)
        claim = claim_one(session, source_id, owner=f"accept-{held.id}-{now.isoformat()}", now=now)
        if claim is None:
            message = f"{source_id} is being checked right now. Run the command again in a moment."
            raise BusyError(message)
        claim = replace(claim, standing=standings(session, [source_id])[source_id])
        answer = Fetched(blobs.get(session, held.raw_digest), 200, held.final_url, held.content_type)
    try:
        looked = _believed(judge(replace(pipeline, guards=_BELIEVING), claim, answer, now), held.sequence)
        with pipeline.database.writing() as session:
            holding.accept(session, held, by, now=now, text=text)
            store.record(session, claim, looked.outcome)
    except Exception:
        with pipeline.database.writing() as session:
            release(session, claim)
        raise
    return looked


def _believed(looked: Looked, sequence: int) -> Looked:
    if not looked.outcome.outcome.good:
        message = f"{looked.claim.source_id}@{sequence} cannot be believed: {looked.outcome.detail}"
        raise ReviewError(message)
    return looked
