"""A change as JSON: the field names that `headwater replay`, the webhook and the REST API share."""

from __future__ import annotations

from typing import Any

from snapshots.changes.model import Change
from snapshots.facts import Precision


def change_to_json(change: Change) -> dict[str, Any]:
    """Kind, subject, attribute, qualifier, both values with their modes, level, effective time and evidence."""
    effective = None
    if change.effective_at is not None:
        day = change.effective_precision in (Precision.DAY, Precision.MONTH, Precision.QUARTER, Precision.YEAR)
        effective = (
            change.effective_at.date().isoformat() if day else change.effective_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        )
    return {
        "kind": change.kind,
        "subject": change.subject,
        "attribute": change.attribute,
        "qualifier": change.qualifier,
        "before": change.before,
        "after": change.after,
        "mode_before": change.before_detail.get("mode"),
        "mode_after": change.after_detail.get("mode"),
        "level": change.level.value,
        "effective_at": effective,
        "evidence": {"heading": list(change.evidence.heading), "quote": change.evidence.quote}
        if change.evidence
        else None,
    }
