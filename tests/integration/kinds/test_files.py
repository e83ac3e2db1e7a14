"""Files: of a git repository by its host's raw address, and of this machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.fetch.kinds.base import Tools, opened
from monitor.fetch.kinds.git_file import GitFile
from monitor.fetch.kinds.local_file import SOURCE_KIND, LocalFile
from monitor.fetch.model import FailureKind, FetchFailed, FetchOutcome, NotModified, Request
from tests.integration.kinds.conftest import NOON, Get, failed, good
from tests.support.upstream import Upstream


@pytest.mark.parametrize(
    ("options", "address"),
    [
        (
            {"repository": "https://github.com/acme/docs", "path": "a b/prices.md"},
            "https://raw.githubusercontent.com/acme/docs/main/a%20b/prices.md",
        ),
        (
            {"repository": "https://github.com/acme/docs.git", "branch": "release/2", "path": "/x.yaml"},
            "https://raw.githubusercontent.com/acme/docs/release/2/x.yaml",
        ),
        (
            {"repository": "https://gitlab.com/acme/group/docs/", "path": "x.md"},
            "https://gitlab.com/acme/group/docs/-/raw/main/x.md",
        ),
        (
            {"repository": "https://codeberg.org/acme/docs", "path": "x.md"},
            "https://codeberg.org/acme/docs/raw/branch/main/x.md",
        ),
        (
            {"repository": "https://git.acme.example/acme/docs", "forge": "gitea", "path": "x.md"},
            "https://git.acme.example/acme/docs/raw/branch/main/x.md",
        ),
        (
            {"repository": "https://ghe.acme.example/acme/docs", "forge": "github", "path": "x.md"},
            "https://ghe.acme.example/acme/docs/raw/main/x.md",
        ),
        (
            {
                "repository": "https://git.acme.example/docs",
                "template": "{repository}/plain/{path}?h={branch}",
                "path": "x?.md",
            },
            "https://git.acme.example/docs/plain/x%3F.md?h=main",
        ),
    ],
)
def test_the_raw_address_of_a_host(options: dict[str, str], address: str) -> None:
    assert GitFile.model_validate({"id": "x", "kind": "git-file", **options}).address == address


@pytest.mark.parametrize(
    ("path", "kept"), [("x.md", "text/markdown; charset=utf-8"), ("LICENSE", "text/plain; charset=utf-8")]
)
def test_a_raw_file_is_what_its_name_says(fetch: Get, upstream: Upstream, path: str, kept: str) -> None:
    upstream.text(f"/acme/docs/raw/branch/main/{path}", "# x\n", "text/plain; charset=utf-8", etag='"1"')
    source = {"kind": "git-file", "repository": f"{upstream.base}/acme/docs", "forge": "gitea", "path": path}
    got = good(fetch(**source))
    assert got.content_type == kept
    assert isinstance(fetch(**source, last=got), NotModified)


Read = Callable[..., FetchOutcome]


@pytest.fixture
def read_file(tools: Tools, tmp_path: Path) -> Read:
    (tmp_path / "config").mkdir()

    def read(path: str, *, etag: str | None = None, allow: tuple[Path, ...] = (), most: int = 1_000) -> FetchOutcome:
        config = LocalFile(id="x", kind="local-file", path=Path(path))
        own = replace(tools, folder=tmp_path / "config", allow_folders=allow, max_bytes=most)
        return opened(SOURCE_KIND, config, own)(Request("x", config.address, etag))

    return read


def put(path: Path, text: str, minutes_ago: float = 60) -> None:
    path.write_text(text)
    at = NOON.timestamp() - 60 * minutes_ago
    os.utime(path, (at, at))


def test_a_file_is_read_and_then_only_looked_at(read_file: Read, tmp_path: Path) -> None:
    file = tmp_path / "config" / "prices.md"
    put(file, "# Prices")
    first = good(read_file("prices.md"))
    assert (first.body, first.content_type, first.final_url) == (b"# Prices", "text/markdown", "file:prices.md")
    assert isinstance(read_file("prices.md", etag=first.etag), NotModified)
    put(file, "# Prizes", 30)
    assert good(read_file("prices.md", etag=first.etag)).body == b"# Prizes"


def test_a_file_that_may_still_be_written_has_no_validator(read_file: Read, tmp_path: Path) -> None:
    put(tmp_path / "config" / "prices.md", "# Prices", 0)
    assert good(read_file("prices.md")).etag is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("absent.md", FailureKind.GONE),
        ("../outside.md", FailureKind.REFUSED),
        ("link.md", FailureKind.REFUSED),
        ("/etc/hostname", FailureKind.REFUSED),
        ("folder", FailureKind.REFUSED),
        ("pipe", FailureKind.REFUSED),
        ("circle", FailureKind.REFUSED),
        ("empty.md", FailureKind.EMPTY),
        ("large.md", FailureKind.TOO_LARGE),
    ],
)
def test_what_is_no_file_to_read(read_file: Read, tmp_path: Path, path: str, kind: FailureKind) -> None:
    home = tmp_path / "config"
    put(tmp_path / "outside.md", "secret")
    (home / "link.md").symlink_to(tmp_path / "outside.md")
    (home / "circle").symlink_to(home / "circle")
    (home / "folder").mkdir()
    os.mkfifo(home / "pipe")
    put(home / "empty.md", " \n")
    put(home / "large.md", "x" * 2_000)
    got = read_file(path)
    assert failed(got) is kind
    assert isinstance(got, FetchFailed)
    assert str(tmp_path) not in got.detail


def test_a_folder_may_be_allowed_by_name(read_file: Read, tmp_path: Path) -> None:
    put(tmp_path / "outside.md", "# Prices")
    assert good(read_file("../outside.md", allow=(tmp_path,))).body == b"# Prices"
    assert good(read_file(str(tmp_path / "outside.md"), allow=(Path(".."),))).body == b"# Prices"
