"""The recorded change log and news answer what a name meant on a day, and when things end."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from monitor.extract.reading import read
from snapshots.facts import Fact, Precision, name_key


@pytest.fixture(scope="module")
def asof_facts(corpus: Path) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    for name in json.loads((corpus / "asof.json").read_text())["sources"]:
        path = corpus / name
        path = path if path.is_file() else next(path.glob("001__*"))
        source = json.loads((path.parent / "source.json").read_text())
        day = date.fromisoformat(path.name[5:15])
        facts.extend(read(path.read_bytes(), source["content_type"], url=source["official_url"], today=day).facts)
    return tuple(facts)


def _end(facts: tuple[Fact, ...], subject: str) -> Fact | None:
    ends = [f for f in facts if f.subject_key == name_key(subject) and f.attribute == "retirement_date"]
    return max(
        ends, key=lambda f: (f.value or "")[:10] + ("T" if f.precision is Precision.INSTANT else ""), default=None
    )


def test_every_recorded_question_is_answered(corpus: Path, asof_facts: tuple[Fact, ...]) -> None:
    for question in json.loads((corpus / "asof.json").read_text())["questions"]:
        at = datetime.fromisoformat(question["at"])
        end = _end(asof_facts, question["subject"])
        own = [
            f for f in asof_facts if f.predicate == "alias.target" and f.subject_key == name_key(question["subject"])
        ]
        dated = [f for f in own if f.valid_from is not None and f.valid_from <= at]
        newest = max(dated, key=lambda f: f.valid_from or at, default=None)
        ended = end is not None and end.precision is Precision.INSTANT and datetime.fromisoformat(end.value or "") <= at
        answer = None if ended or newest is None else name_key(newest.value or "")
        mode = None if ended or newest is None else newest.detail.get("mode")
        expected = question["target"] and name_key(question["target"])
        assert (answer, mode) == (expected, question["mode"]), question


def test_every_recorded_deadline_is_stated_with_its_words(corpus: Path, asof_facts: tuple[Fact, ...]) -> None:
    for deadline in json.loads((corpus / "asof.json").read_text())["deadlines"]:
        end = _end(asof_facts, deadline["subject"])
        assert end is not None
        assert end.value == deadline["ends"]
        assert end.evidence.quote
