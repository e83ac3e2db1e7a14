"""`headwater export` and `headwater import` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from tests.integration.cli.conftest import Run

KEPT = ("--database", "sqlite:///kept.db")
COPY = ("--database", "sqlite:///copy.db")


@pytest.fixture
def kept(run: Run, history: Path) -> None:
    run("replay", str(history), "--store", "kept.db")
    run("db", "upgrade", *COPY)


def test_a_store_goes_through_a_file_and_answers_the_same(run: Run, kept: None, tmp_path: Path) -> None:
    told = run("export", "--jsonl", "acme.jsonl", *KEPT)
    assert told.code == 0
    assert told.out.startswith("acme.jsonl: ")
    assert not (tmp_path / "acme.jsonl.part").exists()
    tried = run("import", "acme.jsonl", "--dry-run", "--json", *COPY).json
    assert (tried["imported"], tried["records"]["source"], tried["records"]["version"]) == (False, 1, 2)
    assert run("sources", "list", "--json", *COPY).json == []
    assert "acme.jsonl is imported: 1 source, 2 versions" in run("import", "acme.jsonl", *COPY).out
    for question in (
        ("facts", "acme-chat", "--at", "2026-05-01", "--json"),
        ("facts", "acme-chat", "--at", "2026-05-01", "--known-at", "2026-03-01", "--json"),
        ("history", "acme-chat", "--json"),
        ("changes", "list", "--json"),
        ("deadlines", "--json"),
    ):
        assert run(*question, *COPY).out == run(*question, *KEPT).out
    assert run("export", "--jsonl", "again.jsonl", "--json", *COPY).json["format"] == "jsonl"
    first, again = ((tmp_path / name).read_bytes().splitlines() for name in ("acme.jsonl", "again.jsonl"))
    assert first[1:] == again[1:]
    assert "imported" in run("sources", "list", *COPY).out
    gone = run("snapshots", "show", "acme-log@1", *COPY)
    assert (gone.code, "are not kept any more" in gone.err) == (1, True)


def test_a_web_archive_is_written_and_can_be_read(run: Run, kept: None, tmp_path: Path, history: Path) -> None:
    told = run("export", "--warc", "acme.warc.gz", "--source", "acme-log", "--json", *KEPT).json
    assert told["records"] == {"sources": 1, "responses": 2, "revisits": 0, "metadata": 0, "absent": 0}
    with (tmp_path / "acme.warc.gz").open("rb") as archive:
        bodies = [
            record.content_stream().read()
            for record in ArchiveIterator(archive, check_digests="raise")
            if record.rec_type == "response"
        ]
    assert bodies == [file.read_bytes() for file in sorted(history.glob("0*"))]
    late = run("export", "--warc", "late.warc.gz", "--since", "2026-03-01", "--json", *KEPT).json
    assert late["records"]["responses"] == 1
    run("export", "--jsonl", "acme.jsonl", *KEPT)
    run("import", "acme.jsonl", *COPY)
    assert "2 versions left out, whose bytes are not kept" in run("export", "--warc", "none.warc.gz", *COPY).out


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 2, "Say what to write: --warc FILE (versions and checks) or --jsonl FILE (facts and changes)."),
        (("--warc", "a", "--jsonl", "b"), 2, "Say what to write"),
        (("--jsonl", "b", "--since", "2026-01-01"), 2, "--since and --until go with --warc"),
        (("--warc", "a", "--since", "soon"), 2, '"soon" is not a time.'),
        (("--warc", "a", "--source", "nobody"), 1, "There is no source nobody."),
        (("--warc", "there"), 2, "there exists already. Name a new file, or give --force."),
        (("--jsonl", "no/folder/b"), 2, "no/folder/b cannot be written: No such file or directory."),
    ],
)
def test_an_export_that_cannot_be_is_a_sentence(
    run: Run, kept: None, tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    (tmp_path / "there").write_text("mine")
    answer = run("export", *arguments, *KEPT)
    assert (answer.code, sentence in answer.err) == (code, True)
    assert (tmp_path / "there").read_text() == "mine"
    assert not {"a", "b", "a.part", "b.part"} & {path.name for path in tmp_path.iterdir()}


def test_an_import_that_cannot_be_is_a_sentence(run: Run, kept: None, tmp_path: Path) -> None:
    missing = run("import", "nowhere.jsonl", *COPY)
    assert (missing.code, missing.err.strip()) == (
        2,
        "headwater: nowhere.jsonl cannot be read: No such file or directory.",
    )
    run("export", "--jsonl", "acme.jsonl", *KEPT)
    again = run("import", "acme.jsonl", *KEPT)
    assert again.code == 1
    assert "acme.jsonl:2: source acme-log is in the store already; nothing is merged or overwritten." in again.err
    header, source, *_ = (tmp_path / "acme.jsonl").read_text(encoding="utf-8").splitlines()
    evil = json.loads(source) | {"\x1b[31m\u202e": 1}
    (tmp_path / "evil.jsonl").write_text(f"{header}\n{json.dumps(evil)}\n")
    refused = run("import", "evil.jsonl", *COPY)
    assert (refused.code, "\x1b" in refused.err, "\u202e" in refused.err) == (1, False, False)
    assert "evil.jsonl:2: U+001B[31mU+202E: Extra inputs are not permitted." in refused.err
    assert "larger than 10 bytes" in run("import", "acme.jsonl", "--max-bytes", "10", *COPY).err
    assert run("export", "--jsonl", "acme.jsonl", "--force", *KEPT).code == 0
