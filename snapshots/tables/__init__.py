"""The rows headwater keeps. DESIGN.md section 7 tells what each is for.

Times are UTC and timezone-aware in Python (`UtcDateTime`). Observer times are called `*_at`; provider times `valid_*`
and `effective_*`. Digests are 32-byte SHA-256 values.
"""

from __future__ import annotations

from snapshots.tables.access import ApiTokenRow
from snapshots.tables.alerting import (
    DeadlineMoveRow,
    DeadlineRow,
    DecisionRow,
    IncidentRow,
    ReminderRow,
    SilenceRow,
)
from snapshots.tables.base import DIGEST, Base, UtcDateTime
from snapshots.tables.documents import BlobRow, CheckDayRow, CheckRow, SnapshotRow, SourceRow
from snapshots.tables.hosts import HostRow, OutageRow
from snapshots.tables.knowledge import CURRENT_FACT, ChangeRow, ConflictClaimRow, ConflictRow, FactRow
from snapshots.tables.review import AcknowledgementRow, CorrectionRow
from snapshots.tables.telling import (
    ChannelStateRow,
    DeliveryAttemptRow,
    DeliveryChangeRow,
    DeliveryDecisionRow,
    DeliveryPartRow,
    DeliveryRow,
    OutboxEventRow,
)

__all__ = [
    "CURRENT_FACT",
    "DIGEST",
    "AcknowledgementRow",
    "ApiTokenRow",
    "Base",
    "BlobRow",
    "ChangeRow",
    "ChannelStateRow",
    "CheckDayRow",
    "CheckRow",
    "ConflictClaimRow",
    "ConflictRow",
    "CorrectionRow",
    "DeadlineMoveRow",
    "DeadlineRow",
    "DecisionRow",
    "DeliveryAttemptRow",
    "DeliveryChangeRow",
    "DeliveryDecisionRow",
    "DeliveryPartRow",
    "DeliveryRow",
    "FactRow",
    "HostRow",
    "IncidentRow",
    "OutageRow",
    "OutboxEventRow",
    "ReminderRow",
    "SilenceRow",
    "SnapshotRow",
    "SourceRow",
    "UtcDateTime",
]
