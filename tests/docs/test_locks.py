"""The committed locks: what they hold is what the project names, and they say nothing of where they were made."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ["runtime", "dev"]


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pinned(name: str) -> dict[str, list[str]]:
    """The versions of each package: one, or one for each range of Python that needs its own."""
    versions: dict[str, list[str]] = {}
    for package, version in re.findall(r"^([a-z0-9][a-z0-9.-]*)==(\S+)", lock(name), re.MULTILINE):
        versions.setdefault(package, []).append(version)
    return versions


def group(name: str) -> list[str]:
    entries = PROJECT["dependency-groups"][name]
    return [
        line for entry in entries for line in (group(entry["include-group"]) if isinstance(entry, dict) else [entry])
    ]


def named(name: str) -> list[str]:
    project: list[str] = PROJECT["project"]["dependencies"]
    return project if name == "runtime" else [*project, *group("dev"), *PROJECT["build-system"]["requires"]]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_everything_the_project_names(name: str) -> None:
    versions = pinned(name)
    for requirement in map(Requirement, named(name)):
        found = versions[canonicalize_name(requirement.name)]
        assert all(requirement.specifier.contains(version) for version in found), requirement


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_in_a_lock_has_its_hashes(name: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", lock(name), flags=re.MULTILINE)[1:]
    assert len(entries) == sum(map(len, pinned(name).values())) > len(named(name))
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_host_or_folder(name: str) -> None:
    assert re.findall(r"\S*://\S*|--(?:extra-)?index\S*|--find-links\S*", lock(name)) == []


def test_both_locks_agree_on_versions() -> None:
    development = pinned("dev")
    assert {name: found for name, found in pinned("runtime").items() if development.get(name) != found} == {}
