"""Everything a page works with."""

from __future__ import annotations

from dataclasses import dataclass, field

from snapshots.clock import Clock
from snapshots.db import Database
from snapshots.web.contracts import UpperRooms
from snapshots.web.queries.board import Board
from snapshots.web.settings import WebSettings
from snapshots.web.sheets import Sheets
from snapshots.web.slack.gate import SlackGate
from snapshots.web.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Services:
    """What `create_app` was given, and what this process remembers between requests."""

    database: Database
    clock: Clock
    settings: WebSettings
    sheets: Sheets
    throttle: Throttle
    board: Board
    upper: UpperRooms = field(default_factory=UpperRooms)
    slack: SlackGate = field(default_factory=lambda: SlackGate(""))
