"""The page of source kinds names all of them, and its examples are configurations that are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.config.loader import parse_config
from monitor.config.models import SourceConfig
from monitor.fetch.jsonpath import MOST_SECONDS, MOST_STEPS
from monitor.fetch.kinds import KINDS
from monitor.wiring.configuration import ALERT_MODELS
from monitor.wiring.fetching import read_source_headers

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_configuration(example: str) -> None:
    found = parse_config(example.encode(), Path("headwater.yaml"), ALERT_MODELS)
    assert found.sources
    secrets = dict.fromkeys(re.findall(r"token_env: (\w+)", example), "not-a-real-secret")
    headers = read_source_headers(found, secrets)
    assert sum(bool(own.secrets) for own in headers.values()) == len(secrets)


def test_every_kind_has_a_section_with_an_example_and_its_options() -> None:
    shown = {source.kind for example in EXAMPLES for source in _sources(example)}
    assert shown == set(KINDS)
    for name, kind in KINDS.items():
        (section,) = re.findall(rf"^## (?=[^\n]*\b{name}\b).*?(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
        for option in set(kind.model.model_fields) - set(SourceConfig.model_fields) - {"headers", "credentials"}:
            assert f"`{option}`" in section, (name, option)


def test_the_bounds_of_a_path_are_those_of_the_code() -> None:
    assert f"{MOST_STEPS:,} steps and {MOST_SECONDS:g} seconds" in PAGE


def _sources(example: str) -> tuple[SourceConfig, ...]:
    return parse_config(example.encode(), Path("headwater.yaml"), ALERT_MODELS).sources
