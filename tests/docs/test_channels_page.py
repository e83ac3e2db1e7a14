"""The page about channels shows configurations that the program reads, and code that runs."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.channels import CHANNEL_MODELS
from alerts.channels.signature import key_of, sign
from alerts.render.webhook import schema
from monitor.config.loader import parse_config
from monitor.wiring.alerting import open_channels
from monitor.wiring.configuration import ALERT_MODELS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "channels.md").read_text(encoding="utf-8")
SCHEMA = DOCS / "headwater-webhook.schema.json"
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SECRETS = {
    "HEADWATER_APPRISE_URL": "ntfy://topic",
    "HEADWATER_SLACK_TOKEN": "xoxb-x",
    "HEADWATER_SLACK_WEBHOOK": "https://hooks.example/x",
    "HEADWATER_SMTP_PASSWORD": "x",
    "HEADWATER_WEBHOOK_SECRET": "s" * 32,
    "HEADWATER_WEBHOOK_URL": "https://receiver.example/x",
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_read_and_opened(tmp_path: Path, example: str) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "smtp").write_text("x", encoding="utf-8")
    found = parse_config(example.encode(), tmp_path / "headwater.yaml", ALERT_MODELS)
    assert open_channels(found, SECRETS)


def test_every_kind_has_an_example() -> None:
    assert set(re.findall(r'kind: "?([a-z-]+)', "".join(EXAMPLES))) == set(CHANNEL_MODELS)


def test_the_receivers_code_believes_a_message_once() -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    scope: dict[str, object] = {}
    exec(compile(example, "channels.md", "exec"), scope)
    believed, seen, secret = scope["believed"], set[str](), "s" * 32
    headers = sign(key_of(secret), event_id="e", at=datetime.now(UTC), body=b"{}")
    assert callable(believed)
    assert [believed(secret, headers, body, seen) for body in (b"[]", b"{}", b"{}")] == [False, True, False]


def test_the_committed_schema_is_current() -> None:
    current = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("HEADWATER_WRITE_GOLDEN"):
        SCHEMA.write_text(current, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == current


def test_the_commands_on_the_page_exist() -> None:
    from typer.main import get_command

    from monitor.cli.commands import app

    commands = get_command(app).commands["alerts"].commands  # type: ignore[attr-defined]  # a group of a group
    assert set(re.findall(r"`headwater alerts ([a-z]+)", PAGE)) <= set(commands)
