"""What stays the same thing from version to version: renamed, taken back, moved, told twice, told apart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from snapshots.diff.facts import superseded
from tests.unit.changes.test_compare import changes, told
from tests.unit.facts.pages import reading_of

ROWS = "| Model | API model ID | Context window |\n| --- | --- | --- |\n"
PLANNED = "# Models\n\n| Model | Context |\n| --- | --- |\n| acme-2 | 8K |\n| acme-3 | 16K |\n\n"


def test_a_model_that_keeps_its_name_under_another_id_is_renamed_once() -> None:
    old = f"{ROWS}| Acme Sonata 3 | `acme-sonata-3` | 128K |\n| Acme Sonata 2 | `acme-sonata-2` | 64K |\n"
    new = old.replace("`acme-sonata-3`", "`acme-sonata-3-0601`")
    assert told(changes(old, new)) == [
        ("model-version-changed", "acme-sonata-3", "id", "acme-sonata-3", "acme-sonata-3-0601")
    ]


def test_what_else_changed_about_a_renamed_model_is_told_beside_it() -> None:
    old = f"{ROWS}| Acme Sonata 3 | `acme-sonata-3` | 128K |\n| Acme Sonata 2 | `acme-sonata-2` | 64K |\n"
    new = old.replace("`acme-sonata-3` | 128K", "`acme-sonata-3-0601` | 32K")
    assert told(changes(old, new)) == [
        ("model-version-changed", "acme-sonata-3", "id", "acme-sonata-3", "acme-sonata-3-0601"),
        ("context-window-reduced", "acme-sonata-3-0601", "context_window", "128K", "32K"),
    ]


def test_a_model_in_place_of_another_is_no_rename() -> None:
    old = f"{ROWS}| Acme Sonata 3 | `acme-sonata-3` | 128K |\n| Acme Sonata 2 | `acme-sonata-2` | 64K |\n"
    new = old.replace("Acme Sonata 3 | `acme-sonata-3`", "Acme Sonata 4 | `acme-sonata-4`")
    assert {kind for kind, *_ in told(changes(old, new))} == {"model-added", "model-removed"}


@pytest.mark.parametrize(
    "sentence",
    [
        "`acme-2` is no longer planned for retirement.",
        "We no longer plan to retire `acme-2`.",
        "The retirement of `acme-2` on 2030-08-01 has been cancelled.",
        "`acme-2` 取消下线。",
        "The list above holds what is offered.",
    ],
)
def test_an_end_that_is_not_planned_any_more_is_withdrawn(sentence: str) -> None:
    found = changes(f"{PLANNED}`acme-2` will be retired on 2030-08-01.\n", f"{PLANNED}{sentence}\n")
    assert told(found) == [("deprecation-withdrawn", "acme-2", "retirement_date", "2030-08-01", None)]


def test_an_end_that_has_come_is_not_withdrawn_when_its_sentence_goes() -> None:
    assert changes(f"{PLANNED}`acme-2` will be retired on 2030-04-01.\n", PLANNED) == []


def test_a_promise_not_to_end_something_earlier_moves_its_end() -> None:
    new = f"{PLANNED}`acme-2` will not be retired before 2031-02-01.\n"
    assert told(changes(f"{PLANNED}`acme-2` will be retired on 2030-08-01.\n", new)) == [
        ("shutdown-date-moved-later", "acme-2", "retirement_date", "2030-08-01", "2031-02-01")
    ]


def test_a_date_that_moved_is_read_from_the_sentence_that_moves_it() -> None:
    new = f"{PLANNED}The retirement date of `acme-2` was moved from 2030-08-01 to 2030-09-15.\n"
    assert told(changes(f"{PLANNED}`acme-2` will be retired on 2030-08-01.\n", new)) == [
        ("shutdown-date-moved-later", "acme-2", "retirement_date", "2030-08-01", "2030-09-15")
    ]


def test_of_two_statements_of_one_page_the_newest_dated_one_counts() -> None:
    old = "# Models\n\n`acme-chat` points to `acme-3`.\n"
    new = f"{old}\n## 2030-04-20\n\n`acme-chat` now points to `acme-4`.\n"
    assert told(changes(old, new)) == [("alias-retargeted", "acme-chat", "target", "acme-3", "acme-4")]
    ((lost, winner),) = superseded(reading_of(new).facts, datetime(2030, 5, 1, tzinfo=UTC))
    assert (lost.value, winner.value) == ("acme-3", "acme-4")


def test_one_event_in_two_sections_is_one_change() -> None:
    old = "# Models\n\n`acme-chat` points to `acme-3`.\n"
    new = "# Models\n\n`acme-chat` points to `acme-4`.\n\n## News\n\n`acme-chat` now points to `acme-4`.\n"
    assert told(changes(old, new)) == [("alias-retargeted", "acme-chat", "target", "acme-3", "acme-4")]


def test_an_alias_may_mean_another_model_on_each_plan() -> None:
    old = "| Alias | Plan | Points to |\n| --- | --- | --- |\n| default | Pro | acme-3 |\n| default | Free | acme-2 |\n"
    (change,) = changes(old, old.replace("Free | acme-2", "Free | acme-3"))
    assert (change.kind, change.subject, change.before, change.after) == (
        "alias-retargeted", "default", "acme-2", "acme-3",
    )  # fmt: skip
    assert "free" in change.qualifier.lower()


def test_versions_of_one_name_are_told_apart_by_their_column() -> None:
    head = "| Model ID | Version | Retirement date |\n| --- | --- | --- |\n"
    old = f"{head}| acme-4 | 0613 | 2030-09-01 |\n| acme-4 | 1106 | 2030-10-01 |\n| acme-5 | 1 | 2031-10-01 |\n"
    (change,) = changes(old, old.replace("2030-10-01", "2030-12-01"))
    assert (change.kind, change.subject, change.before, change.after) == (
        "shutdown-date-moved-later", "acme-4", "2030-10-01", "2030-12-01",
    )  # fmt: skip
    assert "1106" in change.qualifier


def test_a_dated_heading_claims_nothing_about_the_name_in_it() -> None:
    old = "# News\n\nAcme-V4 has a context window of 1M tokens.\n"
    assert changes(old, f"{old}\n## Acme-V4 preview, 2030-04-24\n\nMore about it soon.\n") == []
