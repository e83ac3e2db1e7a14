from __future__ import annotations

from dataclasses import dataclass

import pytest
from psycopg.errors import DeadlockDetected, IdleInTransactionSessionTimeout, OperationalError
from sqlalchemy.exc import InternalError
from sqlalchemy.exc import OperationalError as Wrapped
from structlog.testing import capture_logs

from monitor.engine.retrying import Patience

AWAY = Wrapped("SELECT 1", {}, OperationalError("connection refused"))


@dataclass
class Steady:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def patience(steady: Steady) -> Patience:
    return Patience(steady)


def test_an_outage_is_told_once_however_many_meet_it(patience: Patience) -> None:
    with capture_logs() as lines:
        for work in ("checks", "deliver", "dispatch", "checks"):
            assert patience.bears(work, AWAY)
    assert [(line["event"], line["retry_in_seconds"]) for line in lines] == [("database-away", 0.5)]
    assert "connection refused" in lines[0]["detail"]


def test_it_is_asked_again_after_pauses_that_grow(patience: Patience, steady: Steady) -> None:
    pauses = []
    with capture_logs() as lines:
        for _ in range(8):
            patience.bears("checks", AWAY)
            assert not patience.over
            pauses.append(lines[-1]["retry_in_seconds"])
            steady.seconds += pauses[-1]
            assert patience.over
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_it_is_over_when_all_that_failed_went_well(patience: Patience, steady: Steady) -> None:
    patience.bears("checks", AWAY)
    patience.bears("deliver", AWAY)
    steady.seconds += 5
    with capture_logs() as lines:
        patience.went_well("flush")
        patience.went_well("checks")
        assert lines == []
        patience.went_well("deliver")
        patience.went_well("deliver")
    assert [(line["event"], line["after_seconds"]) for line in lines] == [("database-back", 5.0)]
    with capture_logs() as lines:
        patience.bears("checks", AWAY)
    assert lines[0]["retry_in_seconds"] == 0.5


def test_a_transaction_that_slept_for_too_long_is_borne(patience: Patience) -> None:
    ended = InternalError("SELECT 1", {}, IdleInTransactionSessionTimeout("terminating connection"))
    assert patience.bears("dispatch", ended)


def test_what_is_no_trouble_of_the_database_is_not_borne(patience: Patience) -> None:
    assert not patience.bears("checks", ValueError("ours"))
    assert not patience.bears("checks", Wrapped("UPDATE", {}, DeadlockDetected("deadlock detected")))
    assert patience.over
