"""The schema and the starter configuration that we hand out are those the program reads."""

from __future__ import annotations

import json
import os
from pathlib import Path

import yaml

from monitor.config.loader import parse_config
from monitor.config.schema import json_schema
from monitor.config.starter import STARTER
from monitor.wiring.alerting import open_channels
from monitor.wiring.configuration import ALERT_MODELS

SCHEMA = Path(__file__).parents[2] / "docs" / "headwater.schema.json"
FILE = Path("headwater.yaml")


def test_the_committed_schema_is_current() -> None:
    current = json.dumps(json_schema(ALERT_MODELS), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("HEADWATER_WRITE_GOLDEN"):
        SCHEMA.write_text(current, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == current


def test_the_starter_works_as_it_is() -> None:
    found = parse_config(STARTER.encode(), FILE, ALERT_MODELS)
    assert len(found.sources) > 10
    assert list(open_channels(found, {})) == ["log"]


def test_the_starter_works_with_every_example_uncommented() -> None:
    lines = []
    for line in STARTER.splitlines():
        bare = line.removeprefix("# ").removeprefix("#")
        example = line.startswith("#") and (
            bare.startswith(("  ", "- ")) or bare.rstrip().endswith(":") or ": [" in bare
        )
        lines.append(bare if example else line)
    text = "\n".join(lines) + "\n"
    assert {"sources", "relies_on", "routes", "severity"} <= set(yaml.safe_load(text))
    found = parse_config(text.encode(), FILE, ALERT_MODELS)
    secrets = {"HEADWATER_SLACK_WEBHOOK": "https://hooks.example/x", "HEADWATER_SMTP_PASSWORD": "x"}
    assert list(open_channels(found, secrets)) == ["log", "llm-platform", "oncall-mail"]
