"""A file that somebody else wrote: each thing that is wrong is told with its line, and nothing is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snapshots.archives.files import ArchiveError
from snapshots.archives.jsonl_import import ImportRefusedError, import_jsonl, inspect_jsonl
from snapshots.archives.reading import Limits
from snapshots.db import Database
from tests.integration.store.archived import LOG, PRICES, export_to, exported, fill
from tests.integration.store.conftest import MORNING

Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The lines of a good file, the header first."""
    folder = tmp_path_factory.mktemp("good")
    database = Database(f"sqlite:///{folder / 'origin.db'}")
    database.upgrade()
    fill(database)
    path = export_to(folder / "acme.jsonl", database)
    database.close()
    return path.read_bytes().splitlines(keepends=True)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An empty store that only good files could change."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'empty.db'}")
    database.upgrade()
    yield database
    database.close()


def refused(path: Path, database: Database, content: bytes, **limits: int) -> str:
    path.write_bytes(content)
    with pytest.raises(ImportRefusedError) as error:
        import_jsonl(path, database, now=MORNING, limits=Limits(**limits))
    assert exported(database) == []
    return str(error.value)


def place(good: list[bytes], record: str) -> int:
    return next(i for i, line in enumerate(good) if json.loads(line)["record"] == record)


def changed(good: list[bytes], record: str, **values: Any) -> bytes:
    """The file with other values in the first line of a record; `None` as a key's value stays `None`."""
    at = place(good, record)
    line = json.dumps(json.loads(good[at]) | values).encode() + b"\n"
    return b"".join([*good[:at], line, *good[at + 1 :]])


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("source", {"id": "../etc"}, "id: String should match pattern"),
    ("source", {"url": "javascript:alert(1)"}, "url: String should match pattern"),
    ("source", {"state": "active"}, "state: Extra inputs are not permitted"),
    ("source", {"authoritative_for": ["everything"]}, "authoritative_for.0: Input should be"),
    ("source", {"interval_seconds": "3600"}, "interval_seconds: Input should be a valid integer"),
    ("source", {"interval_seconds": 10**30}, "interval_seconds: Input should be less than or equal to 2147483647"),
    ("source", {"provider": "x" * 129}, "provider: String should have at most 128 characters"),
    ("source", {"title": "a\0b"}, "title: must not hold the character U+0000"),
    ("source", {"last_ok_at": "2026-01-15T08:00:00"}, "last_ok_at: Input should have timezone info"),
    ("source", {"last_ok_at": 1_700_000_000}, "last_ok_at: "),
    ("source", {"last_ok_at": "0001-01-01T00:00:00+14:00"}, "last_ok_at: is out of reach"),
    ("version", {"sha256": "ABC"}, "sha256: String should match pattern"),
    ("version", {"version": 0}, "version: Input should be greater than or equal to 1"),
    ("version", {"version": True}, "version: Input should be a valid integer"),
    ("version", {"size": 2**31}, "size: Input should be less than or equal to"),
    ("version", {"source": "nobody"}, "source nobody is not in the file"),
    ("fact", {"version": 77}, f"version {LOG}@77 is not in the file"),
    ("fact", {"predicate": "weather.today"}, "predicate: is not area.attribute with an area of the change catalogue"),
    ("fact", {"precision": "roughly"}, "precision: Input should be 'instant'"),
    ("fact", {"confidence": 1.5}, "confidence: Input should be less than or equal to 1"),
    ("fact", {"subject": "价" * 400}, "subject: is longer than 800 bytes"),
    ("fact", {"value": "x" * 100_001}, "value: String should have at most 100000 characters"),
    ("fact", {"detail": {"unit": 1}}, "detail.unit: Input should be a valid string"),
    ("fact", {"evidence": {"block": "", "heading": ["x"] * 65, "quote": ""}}, "evidence.heading: List should have"),
    ("change", {"kind": "model-eaten"}, "kind: is not a change kind of this headwater"),
    ("change", {"level": "loud"}, "level: Input should be 'critical'"),
    ("change", {"state": "sent"}, "state: Input should be 'unconfirmed', 'open' or 'withdrawn'"),
    ("change", {"to_version": 9}, f"version {PRICES}@9 is not in the file"),
    ("conflict", {"claims": [{}]}, "claims.0.source: Field required"),
    ("correction", {"number": 2}, "number is 2, but this is correction 1 of the file"),
    ("correction", {"actor": ""}, "actor: String should have at least 1 character"),
    ("acknowledgement", {"change": None}, "must name one of change, conflict, correction and source"),
    ("acknowledgement", {"change": "ffffffff"}, "change ffffffff is not in the file"),
    ("acknowledgement", {"version": 1}, "names a version without its source"),
    ("acknowledgement", {"action": "\x1b[31mx"}, "action: String should match pattern"),
]


@pytest.mark.parametrize(("record", "values", "sentence"), WRONG, ids=[f"{r}-{n}" for n, (r, _, _) in enumerate(WRONG)])
def test_a_wrong_value_is_told_with_its_line(
    good: list[bytes], empty: Database, tmp_path: Path, record: str, values: dict[str, Any], sentence: str
) -> None:
    path = tmp_path / "x.jsonl"
    told = refused(path, empty, changed(good, record, **values))
    assert f"{path}:{place(good, record) + 1}: {sentence}" in told


Mangle = Callable[[list[bytes]], bytes]
FORMS: list[tuple[Mangle, str]] = [
    (lambda good: b"", ":1: the file is empty"),
    (lambda good: b"\x1f\x8b\x08 compressed", ":1: byte 2 is not UTF-8"),
    (lambda good: good[1], ":1: the first line is not the header"),
    (lambda good: good[0].replace(b'"version":1', b'"version":2'), ":1: this headwater reads version 1 of"),
    (lambda good: good[0].replace(b'"version":1', b'"version":true'), ":1: this headwater reads version 1 of"),
    (lambda good: good[0].replace(b'"counts"', b'"Counts"'), ":1: counts: Field required"),
    (lambda good: b"".join(good[:-1]), "the header promises 4 acknowledgement lines, the file has 3"),
    (lambda good: b"".join(good)[:-30], ": is not JSON: "),
    (lambda good: b"".join([good[0], b"\n", *good[1:]]), ":2: the line is empty"),
    (lambda good: b"".join([good[0], b"[]\n", *good[1:]]), ":2: is not a JSON object"),
    (lambda good: b"".join([good[0], b"[" * 100_000 + b"\n"]), ":2: the line is nested too deeply"),
    (lambda good: b"".join([good[0], b'{"a":' * 90_000 + b"\n"]), ":2: the line is nested too deeply"),
    (lambda good: b"".join([good[0], b"9" * 5_000 + b"\n"]), ":2: is not JSON: Exceeds the limit"),
    (lambda good: b"".join([good[0], b'{"record": NaN}\n']), ":2: NaN is not a number of JSON"),
    (lambda good: b"".join([good[0], b'{"record": "x", "record": "y"}\n']), ":2: an object names a key twice"),
    (lambda good: b"".join([good[0], json.dumps(dict.fromkeys(map(str, range(65)))).encode()]), "more than 64 keys"),
    (lambda good: b"".join([good[0], b'{"record": "blob"}\n']), ':2: "record" is "blob"; known are source, version'),
    (lambda good: b"".join([good[0], b'{"id": "x"}\n']), ':2: there is no "record"'),
    (lambda good: b"".join([good[0], b'{"record": ["source"]}\n']), ':2: "record" is '),
    (lambda good: b"".join([good[0], b'{"x": "\xff"}\n']), ":2: byte 8 is not UTF-8"),
    (lambda good: b"".join([*good[:2], b"x" * 1_000_001 + b"\n", b"y"]), ":3: the line is longer than 1,000,000 bytes"),
    (lambda good: b"".join([*good[:2], good[1]]), ":3: the line is there twice"),
    (lambda good: b"".join([*good[:2], good[1].replace(b"Acme", b"Evil")]), ":3: source acme-log is there twice"),
    (lambda good: b"".join([*good[:5], good[1]]), ":6: a source line must stand before the first version line"),
    (lambda good: b"\xef\xbb\xbf" + b"".join(good), ":1: is not JSON: Unexpected UTF-8 BOM"),
]


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_a_wrong_form_is_told_with_its_line(good: list[bytes], empty: Database, tmp_path: Path, number: int) -> None:
    mangle, sentence = FORMS[number]
    path = tmp_path / "x.jsonl"
    told = refused(path, empty, mangle(good))
    assert sentence in told
    assert f"{path}:" in told


def test_two_current_facts_of_one_key_are_refused(good: list[bytes], empty: Database, tmp_path: Path) -> None:
    at = next(
        i
        for i, line in enumerate(good)
        if b'"fact"' in line and b'"observed_to":null' in line and b'"superseded_at":null' in line
    )
    again = json.dumps(json.loads(good[at]) | {"value": "other"}).encode() + b"\n"
    told = refused(tmp_path / "x.jsonl", empty, b"".join([*good[: at + 1], again, *good[at + 1 :]]))
    assert "another line says the same source now states another value for it" in told


def test_bytes_have_one_size(good: list[bytes], empty: Database, tmp_path: Path) -> None:
    at = place(good, "version")
    again = json.dumps(json.loads(good[at]) | {"version": 9, "size": 1}).encode() + b"\n"
    told = refused(tmp_path / "x.jsonl", empty, b"".join([*good[: at + 1], again, *good[at + 1 :]]))
    assert "have 10 bytes elsewhere, here 1" in told


def test_sizes_are_counted_while_reading(good: list[bytes], empty: Database, tmp_path: Path) -> None:
    whole = b"".join(good)
    assert "larger than 2,000 bytes (--max-bytes)" in refused(tmp_path / "x", empty, whole, max_bytes=2_000)
    assert "has more than 5 lines (--max-lines)" in refused(tmp_path / "x", empty, whole, max_lines=5)
    long = good[0] + b"x" * 5_000_000
    assert ":2: the file is larger than 3,000,000 bytes" in refused(tmp_path / "x", empty, long, max_bytes=3_000_000)


def test_the_first_twenty_problems_are_told_and_the_rest_counted(
    good: list[bytes], empty: Database, tmp_path: Path
) -> None:
    told = refused(tmp_path / "x", empty, good[0] + b"?\n" * 30)
    assert "nothing was written: 30 problems." in told
    assert told.count(": is not JSON") == 20
    assert told.endswith("... and 10 more.")
    told = refused(tmp_path / "x", empty, good[0] + b"?\n" * 100_000)
    assert told.endswith("... and more: reading stopped at 1,000 problems.")


def test_a_file_that_cannot_be_read_is_named(empty: Database, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="cannot be read: No such file"):
        inspect_jsonl(tmp_path / "nowhere", empty)
    with pytest.raises(ArchiveError, match="is no regular file"):
        inspect_jsonl(tmp_path, empty)
    with pytest.raises(ArchiveError, match="is no regular file"):
        inspect_jsonl(Path("/dev/zero"), empty)


def test_nothing_of_a_wrong_file_reaches_either_engine(good: list[bytes], database: Database, tmp_path: Path) -> None:
    told = refused(tmp_path / "x.jsonl", database, changed(good, "acknowledgement", change="ffffffff"))
    assert "1 problem." in told


def test_the_longest_names_fit_the_indexes_of_either_engine(
    good: list[bytes], database: Database, tmp_path: Path
) -> None:
    import random

    letters = random.Random(1)
    name, qualifier = ("".join(letters.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=800)) for _ in range(2))
    predicate = "limit." + "".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(122))
    path = tmp_path / "x.jsonl"
    content = changed(good, "conflict", subject=name, qualifier=qualifier, predicate=predicate, scope="价" * 64)
    at = next(
        i
        for i, line in enumerate(good)
        if b'"fact"' in line and b'"observed_to":null' in line and b'"superseded_at":null' in line
    )
    line = json.loads(good[at]) | {"subject": name, "qualifier": qualifier, "predicate": predicate}
    path.write_bytes(content.replace(good[at], json.dumps(line).encode() + b"\n"))
    import_jsonl(path, database, now=MORNING)
    assert any(json.loads(one).get("subject") == name for one in exported(database))


def test_two_imports_of_one_file_are_one(good: list[bytes], database: Database, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"".join(good))
    import_jsonl(path, database, now=MORNING)
    before = exported(database)
    with pytest.raises(ImportRefusedError, match=f"source {LOG} is in the store already"):
        import_jsonl(path, database, now=MORNING)
    assert exported(database) == before


ROOMY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def clean_or_refused(path: Path, database: Database, content: bytes) -> None:
    path.write_bytes(content)
    refusal = None
    try:
        inspect_jsonl(path, database)
    except ImportRefusedError as error:
        refusal = error
    if refusal is not None:
        assert refusal.count
        assert all(problem.startswith(f"{path}:") for problem in refusal.problems)
        assert all(character.isprintable() or character == "\n" for character in str(refusal))


@given(content=st.binary(max_size=400))
@ROOMY
def test_any_bytes_give_a_result_or_a_problem(empty: Database, tmp_path: Path, content: bytes) -> None:
    clean_or_refused(tmp_path / "x.jsonl", empty, content)


@given(data=st.data())
@ROOMY
def test_any_bytes_within_a_good_file_give_a_result_or_a_problem(
    good: list[bytes], empty: Database, tmp_path: Path, data: st.DataObject
) -> None:
    whole = b"".join(good)
    at = data.draw(st.integers(0, len(whole)))
    cut = data.draw(st.integers(0, 20))
    clean_or_refused(tmp_path / "x.jsonl", empty, whole[:at] + data.draw(st.binary(max_size=20)) + whole[at + cut :])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(data=st.data())
@ROOMY
def test_any_value_in_any_field_gives_a_result_or_a_problem(
    good: list[bytes], empty: Database, tmp_path: Path, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(good) - 1))
    line = json.loads(good[at])
    line[data.draw(st.sampled_from(sorted(line)) | st.text(max_size=8))] = data.draw(JSON)
    content = b"".join([*good[:at], json.dumps(line).encode("utf-8", "replace") + b"\n", *good[at + 1 :]])
    clean_or_refused(tmp_path / "x.jsonl", empty, content)


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_found_good_can_be_written(good: list[bytes], tmp_path: Path, data: st.DataObject) -> None:
    """A value that passes the check never fails in the database."""
    at = data.draw(st.integers(1, len(good) - 1))
    line = json.loads(good[at])
    texts = [key for key, value in line.items() if isinstance(value, str) and key != "record"]
    line[data.draw(st.sampled_from(texts))] = data.draw(st.text(max_size=30))
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"".join([*good[:at], json.dumps(line).encode() + b"\n", *good[at + 1 :]]))
    for leftover in tmp_path.glob("fresh.db*"):
        leftover.unlink()
    database = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    database.upgrade()
    try:
        import_jsonl(path, database, now=MORNING)
    except ImportRefusedError:
        assert exported(database) == []
    else:
        assert len(exported(database)) == len(good) - 1
    finally:
        database.close()
