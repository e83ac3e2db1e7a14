"""What docs/alerts.md shows and says of keys, kinds and commands is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from alerts.rules.matching import OWN_KINDS, Matcher
from alerts.rules.routes import Route
from monitor.cli.commands import app
from monitor.config.loader import parse_config
from monitor.wiring.configuration import ALERT_MODELS

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_loads(text: str) -> None:
    parse_config(text.encode(), Path("alerts.md"), ALERT_MODELS)


def first_column(heading: str) -> set[str]:
    table = PAGE.partition(heading)[2].partition("\n\n")[0]
    return {name for line in table.splitlines()[2:] for name in re.findall(r"`([a-z_-]+)`", line.split("|")[1])}


def test_every_key_is_told() -> None:
    assert first_column("| Key of `match` ") == set(Matcher.model_fields)
    assert first_column("| Key of a rule ") | {"name", "match", "goes_on", "routes"} == set(Route.model_fields)


def test_every_kind_of_our_own_is_told() -> None:
    assert first_column("| Kind | When |") == OWN_KINDS.keys() - {"deadline-reminder", "deadline-passed"}


def test_every_command_exists() -> None:
    lines = [
        line.split()
        for text in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
        for line in text.splitlines()
    ]
    assert len(lines) > 8
    for _, *words in lines:
        command = typer.main.get_command(app)
        while words and hasattr(command, "commands") and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        assert not hasattr(command, "commands") or not words, words
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, words
