"""What the README shows works: its configuration loads, its commands and targets exist, its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from monitor.cli.commands import app
from monitor.cli.errors import ExitCode
from monitor.config.loader import parse_config
from monitor.wiring.configuration import ALERT_MODELS
from snapshots.changes.catalogue import KINDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_configuration_in_the_readme_loads() -> None:
    (text,) = blocks("yaml")
    found = parse_config(text.encode(), Path("README.md"), ALERT_MODELS)
    assert [channel.name for channel in found.settings.channels] == ["llm-platform", "oncall-mail"]


def test_the_message_in_the_readme_is_one_that_is_sent() -> None:
    (line,) = re.findall(r"^■ (.+)$", README, re.MULTILINE)
    sent = {
        path.read_text(encoding="utf-8").splitlines()[0].removeprefix("Subject: ")
        for path in (ROOT / "tests" / "golden" / "messages").glob("*.txt")
    }
    assert line in sent


def test_every_command_in_the_readme_exists() -> None:
    root = typer.main.get_command(app)
    shown = [
        line.split("#")[0].split()
        for text in blocks("sh")
        for line in text.splitlines()
        if line.startswith("headwater")
    ]
    assert len(shown) > 10
    for words in shown:
        command = root
        for word in words[1:]:
            if not hasattr(command, "commands"):
                break
            assert word in command.commands, f"{' '.join(words)}: there is no command {word}"
            command = command.commands[word]
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, " ".join(words)


def test_every_make_target_in_the_documentation_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        target
        for page in PAGES
        for target in re.findall(r"^make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {"demo", "test", "run"} <= named <= targets


def test_every_exit_status_is_documented() -> None:
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)} == {int(code) for code in ExitCode}


def test_the_changelog_counts_the_change_kinds_rightly() -> None:
    assert f"changes of {len(KINDS)} kinds" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
