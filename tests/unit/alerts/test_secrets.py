"""Secrets come from one place, and what fails about them is said without them."""

from __future__ import annotations

from pathlib import Path

import pytest

from snapshots.secrets import SecretError, demand_one, read_secret


def read(folder: Path, *, env: str | None = None, file: str | None = None, **environ: str) -> str:
    return read_secret("password", env=env, file=file, environ=environ, folder=folder)


def refusal(folder: Path, *, env: str | None = None, file: str | None = None, **environ: str) -> str:
    with pytest.raises(SecretError) as raised:
        read(folder, env=env, file=file, **environ)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return str(raised.value)


def test_a_secret_comes_from_the_environment_as_it_is(tmp_path: Path) -> None:
    assert read(tmp_path, env="PASSWORD", PASSWORD=" two words ") == " two words "


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_secret_in_a_file_has_no_line_break_at_its_end(tmp_path: Path, ending: str) -> None:
    (tmp_path / "smtp").write_bytes(f" hush {ending}".encode())
    assert read(tmp_path, file="smtp") == " hush "
    assert read(Path("/elsewhere"), file=str(tmp_path / "smtp")) == " hush "


@pytest.mark.parametrize("environ", [{}, {"PASSWORD": ""}])
def test_a_variable_that_is_not_set_is_named(tmp_path: Path, environ: dict[str, str]) -> None:
    said = refusal(tmp_path, env="PASSWORD", **environ)
    assert said == "password_env names the environment variable PASSWORD, which is not set."


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read (No such file or directory)"), (b"\n", "is empty"), (b"\xff\xfeHIDDEN", "it is not text")],
)
def test_a_file_that_holds_no_secret_is_named(tmp_path: Path, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / "smtp").write_bytes(content)
    said = refusal(tmp_path, file="smtp")
    assert said.startswith("password_file names smtp, which ")
    assert reason in said
    assert "HIDDEN" not in said


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    assert "Is a directory" in refusal(tmp_path, file=".")


def test_a_file_too_long_to_be_a_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "smtp").write_text("HIDDEN" * 10_000)
    said = refusal(tmp_path, file="smtp")
    assert said == "password_file names smtp, which is too long to be a secret."


def test_a_secret_is_named_exactly_once() -> None:
    demand_one("password", "PASSWORD", None)
    demand_one("password", None, "smtp")
    with pytest.raises(ValueError, match="not both"):
        demand_one("password", "PASSWORD", "smtp")
    with pytest.raises(ValueError, match="is missing"):
        demand_one("password", None, None)
