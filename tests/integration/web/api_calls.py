"""One call that works for each operation of the API's document, about things that the story holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from snapshots import channelstate
from snapshots.db import Database
from snapshots.review import Reviewer
from snapshots.silences import add_silence
from snapshots.tables import ChangeRow, ConflictRow, DeliveryRow, SnapshotRow
from snapshots.tokens import Scope, add_token
from snapshots.web.api import create_api
from tests.support.reviewed import NOW

DOCUMENT: Mapping[str, Any] = create_api().state.document
METHODS = ("get", "post", "put", "delete", "patch")
BY = Reviewer("mara", "test")


@dataclass(frozen=True)
class Call:
    """A request; `path` begins behind the API's own."""

    method: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class Things:
    """Ids of things that are there, each free to be decided about."""

    change: str
    conflict: str
    delivery: str
    held: str
    silence: int
    token: int
    correction: int


def operations() -> dict[str, tuple[str, str, Mapping[str, Any]]]:
    """Method, path and description of every operation, by its id."""
    return {
        told["operationId"]: (method.upper(), path, told)
        for path, methods in DOCUMENT["paths"].items()
        for method, told in methods.items()
        if method in METHODS
    }


def prepare(database: Database) -> Things:
    """Add to the story what no story brings: something held, dead, silenced, corrected."""
    from snapshots import corrections
    from snapshots.corrected import Stated

    with database.writing() as session:
        session.scalars(select(DeliveryRow).limit(1)).one().state = "dead"
        held = session.scalars(
            select(SnapshotRow).where(SnapshotRow.source_id == "acme-models").order_by(SnapshotRow.sequence.desc())
        ).first()
        assert held is not None
        held.held = "mass removal"
        stated = Stated("sonata-4", "limit.context_window", "", "300K", "300000")
        correction = corrections.correct(session, "acme-models", stated, BY, now=NOW, reason="A typing error.")
        channelstate.take_turn(session, "on-call", gap=NOW - NOW, now=NOW)
        silence = add_silence(
            session, {"area": ["price"]}, until=NOW.replace(year=2027), owner="m", comment="c", now=NOW
        )
        token, _ = add_token(session, "old", Scope.READ, by="m", now=NOW)
        dead = session.scalars(select(DeliveryRow.id).where(DeliveryRow.state == "dead")).first()
        change = session.scalars(select(ChangeRow.public_id).where(ChangeRow.review_state == "open")).first()
        conflict = session.scalars(select(ConflictRow.public_id)).first()
        assert dead is not None
        assert change is not None
        assert conflict is not None
        return Things(change, conflict, dead, "acme-models", silence, token.id, correction.id)


CALLS: Mapping[str, Callable[[Things], Call]] = {
    "whoami-whoami": lambda _: Call("GET", "/whoami"),
    "changes-list_changes": lambda _: Call("GET", "/changes?area=price&level=warning&review_state=open&limit=3"),
    "changes-decide_many": lambda it: Call("POST", "/changes/decisions", {"action": "acknowledge", "ids": [it.change]}),
    "changes-show_change": lambda it: Call("GET", f"/changes/{it.change}"),
    "changes-show_difference": lambda it: Call("GET", f"/changes/{it.change}/diff"),
    "changes-decide_change": lambda it: Call(
        "POST", f"/changes/{it.change}/decisions", {"action": "comment", "text": "Looked at."}
    ),
    "facts-facts": lambda _: Call("GET", "/facts?subject=sonata-4&at=2026-08-01&known_at=2026-08-02T12:00:00Z"),
    "facts-history": lambda _: Call("GET", "/history?subject=sonata-3&limit=2"),
    "subjects-list_subjects": lambda _: Call("GET", "/subjects?q=sonata&provider=acme"),
    "subjects-show_subject": lambda _: Call("GET", "/subjects/Sonata 4"),
    "deadlines-list_deadlines": lambda _: Call("GET", "/deadlines?past=true&limit=2"),
    "deadlines-show_deadline": lambda _: Call("GET", "/deadlines/sonata-3"),
    "deadlines-acknowledge": lambda _: Call("POST", "/deadlines/sonata-3/acknowledgement"),
    "deadlines-own": lambda _: Call("PUT", "/deadlines/sonata-3/owner", {"owner": "platform"}),
    "sources-list_sources": lambda _: Call("GET", "/sources?provider=acme"),
    "sources-show_source": lambda it: Call("GET", f"/sources/{it.held}"),
    "sources-list_checks": lambda _: Call("GET", "/sources/acme-models/checks"),
    "sources-pin": lambda _: Call("PUT", "/sources/acme-models/baseline", {"version": 1}),
    "sources-unpin": lambda _: Call("DELETE", "/sources/acme-models/baseline"),
    "sources-refuse": lambda it: Call("POST", f"/sources/{it.held}/held/refusal", {"text": "An error page."}),
    "sources-accept": lambda it: Call("POST", f"/sources/{it.held}/held/acceptance", {}),
    "versions-list_versions": lambda _: Call("GET", "/sources/acme-models/versions"),
    "versions-show_version": lambda _: Call("GET", "/sources/acme-models/versions/1"),
    "versions-show_bytes": lambda _: Call("GET", "/sources/acme-models/versions/1/raw"),
    "versions-compare": lambda _: Call("GET", "/sources/acme-models/compare?from=1&to=2"),
    "conflicts-list": lambda _: Call("GET", "/conflicts?closed=true"),
    "conflicts-show_conflict": lambda it: Call("GET", f"/conflicts/{it.conflict}"),
    "conflicts-decide_conflict": lambda it: Call(
        "POST", f"/conflicts/{it.conflict}/decisions", {"action": "snooze", "until": "2027-01-01"}
    ),
    "corrections-list_corrections": lambda _: Call("GET", "/corrections?subject=sonata-4"),
    "corrections-correct": lambda _: Call(
        "POST",
        "/corrections",
        {
            "source": "acme-models",
            "subject": "sonata-4",
            "predicate": "price.output_price",
            "value": "$14 / 1M tokens",
            "reason": "The table has a typing error.",
        },
    ),
    "corrections-withdraw": lambda it: Call("POST", f"/corrections/{it.correction}/withdrawal", {"text": "Mended."}),
    "silences-list": lambda _: Call("GET", "/silences"),
    "silences-silence": lambda _: Call(
        "POST",
        "/silences",
        {"matcher": {"area": "price", "provider": ["acme"]}, "until": "2027-01-01", "comment": "Known."},
    ),
    "silences-expire": lambda it: Call("DELETE", f"/silences/{it.silence}"),
    "deliveries-list_deliveries": lambda _: Call("GET", "/deliveries?state=sent"),
    "deliveries-show_delivery": lambda it: Call("GET", f"/deliveries/{it.delivery}"),
    "deliveries-resend": lambda it: Call("POST", f"/deliveries/{it.delivery}/resend"),
    "deliveries-resend_many": lambda _: Call("POST", "/deliveries/resend", {"all": True}),
    "channels-list_channels": lambda _: Call("GET", "/channels"),
    "channels-enable": lambda _: Call("POST", "/channels/on-call/enable"),
    "providers-list_providers": lambda _: Call("GET", "/providers"),
    "search-search": lambda _: Call("GET", "/search?q=sonata"),
    "tokens-list": lambda _: Call("GET", "/tokens"),
    "tokens-make": lambda _: Call("POST", "/tokens", {"name": "ci", "scope": "read"}),
    "tokens-revoke": lambda it: Call("DELETE", f"/tokens/{it.token}"),
}
