"""How loud a change is for this user, and how loud a reminder."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.rules.levels import effective_level, nearness
from snapshots.changes.model import Change, Level


def retargeting(level: Level = Level.WARNING) -> Change:
    return Change("alias-retargeted", "acme-chat", "target", "Acme-1", "Acme-2", level)


def test_a_relied_on_name_raises_its_changes_by_one_level() -> None:
    assert effective_level(retargeting(Level.INFO), {}, ["acme-chat"]) is Level.WARNING
    assert effective_level(retargeting(Level.WARNING), {}, ["acme-chat"]) is Level.CRITICAL
    assert effective_level(retargeting(Level.CRITICAL), {}, ["acme-chat"]) is Level.CRITICAL


def test_a_relied_on_name_counts_as_old_and_new_value_too_and_in_any_spelling() -> None:
    assert effective_level(retargeting(Level.INFO), {}, ["acme 1"]) is Level.WARNING
    assert effective_level(retargeting(Level.INFO), {}, ["ACME_2"]) is Level.WARNING
    assert effective_level(retargeting(Level.INFO), {}, ["acme-3"]) is Level.INFO


def test_the_configured_severity_comes_before_the_raise() -> None:
    severity = {"alias-retargeted": Level.INFO}
    assert effective_level(retargeting(Level.CRITICAL), severity, []) is Level.INFO
    assert effective_level(retargeting(Level.CRITICAL), severity, ["acme-chat"]) is Level.WARNING


def test_what_is_never_sent_stays_so_for_a_relied_on_name() -> None:
    assert effective_level(retargeting(Level.NONE), {}, ["acme-chat"]) is Level.NONE
    assert effective_level(retargeting(Level.CRITICAL), {"alias-retargeted": Level.NONE}, ["acme-chat"]) is Level.NONE


@pytest.mark.parametrize(
    ("days", "level"), [(0, Level.CRITICAL), (7, Level.CRITICAL), (8, Level.WARNING), (90, Level.WARNING)]
)
def test_a_reminder_of_the_last_week_is_critical(days: int, level: Level) -> None:
    assert nearness(timedelta(days=days)) is level
