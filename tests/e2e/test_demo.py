"""`headwater demo` from the outside: one run, looked at from all sides."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from monitor.demo.slacklimits import reason_to_refuse
from monitor.demo.timeline import BEATS, Happening
from tests.e2e.harness import HEADWATER

LONGEST_SECONDS = 60


@dataclass(frozen=True)
class Demo:
    status: int
    account: dict[str, Any]
    errors: str
    folder: Path
    environment: dict[str, str]

    def ask(self, *command: str) -> Any:
        """What another command says of the demo's store."""
        called = [str(HEADWATER), *command, "--config", str(self.folder / "headwater.yaml"), "--json"]
        asked = subprocess.run(called, capture_output=True, text=True, check=True, env=self.environment, timeout=60)
        return json.loads(asked.stdout)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    place = tmp_path_factory.mktemp("demo")
    folder = place / "kept"
    environment = {"PATH": os.environ["PATH"], "HOME": str(place), "LANG": "C.UTF-8"}
    command = [str(HEADWATER), "demo", "--json", "--keep", str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=place, timeout=4 * LONGEST_SECONDS
    )
    return Demo(done.returncode, json.loads(done.stdout), done.stderr, folder, environment)


def test_the_demo_ends_well_and_says_nothing_on_stderr(demo: Demo) -> None:
    assert demo.account["problems"] == []
    assert (demo.status, demo.errors) == (0, "")
    assert demo.account["ok"]


def test_exactly_what_changed_upstream_was_told_on_both_channels(demo: Demo) -> None:
    expected = {beat.summary: beat for beat in BEATS if beat.happening is Happening.CHANGE}
    assert [event["what"] for event in demo.account["upstream"]] == list(expected)
    for event in demo.account["upstream"]:
        beat = expected[event["what"]]
        known = {(one["kind"], one["subject"]) for one in event["told"]}
        told = {(one["kind"], one["subject"]) for one in event["told"] if not one["joined"]}
        assert beat.tells <= known
        assert told <= beat.tells | beat.may_tell
        assert {tuple(one["channels"]) for one in event["told"]} == {("email", "slack")}


def test_changes_are_seen_within_a_day(demo: Demo) -> None:
    for event in demo.account["upstream"]:
        happened = datetime.fromisoformat(event["at"])
        first = min(datetime.fromisoformat(one["seen_at"]) for one in event["told"])
        assert happened <= first <= happened + timedelta(days=1, minutes=10)


def test_noise_a_shell_and_an_outage_are_seen_and_told_to_nobody(demo: Demo) -> None:
    quiet = [beat.summary for beat in BEATS if beat.happening not in (Happening.CHANGE, Happening.RECOVERY)]
    assert [one["what"] for one in demo.account["unsent"]] == quiet
    assert all(one["looks"] > 0 for one in demo.account["unsent"])
    for outcome in ("same-text", "shell", "server-error", "not-modified", "same-bytes"):
        assert demo.account["checks"][outcome] > 0


def test_what_a_second_page_repeats_joins_the_message_already_sent(demo: Demo) -> None:
    assert demo.account["joined"] > 0
    # Mails of one conversation share a subject on purpose; in Slack each message has its own.
    headlines = [one["subject"] for one in demo.account["sent"] if one["channel"] == "slack"]
    assert len(headlines) == len(set(headlines))


def test_a_message_that_is_refused_comes_through_later(demo: Demo) -> None:
    refused = {one["channel"]: one["refusals"] for one in demo.account["sent"] if one["refusals"]}
    assert refused["slack"] == ["rate-limited", "server-error"]
    assert refused["email"] == ["server-error"]


def test_every_slack_message_holds_slacks_limits(demo: Demo) -> None:
    payloads = [json.loads(path.read_text()) for path in sorted((demo.folder / "slack").glob("*.json"))]
    assert payloads
    assert [reason_to_refuse(payload) for payload in payloads] == [None] * len(payloads)


def test_every_mail_is_whole_in_text_and_html(demo: Demo) -> None:
    paths = sorted((demo.folder / "mail").glob("*.eml"))
    assert len(paths) == sum(one["channel"] == "email" for one in demo.account["sent"])
    for path in paths:
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        text, html = (part.get_content() for part in mail.iter_parts())
        assert mail["X-Headwater-Delivery"] in text
        assert mail["X-Headwater-Delivery"] in html
        assert not mail.defects
        assert path.with_suffix(".html").read_bytes().decode() == html


@pytest.mark.parametrize(
    ("day", "target"),
    [
        ("2025-11-15", "DeepSeek-V3.2-Exp"),
        ("2026-01-15", "DeepSeek-V3.2"),
        ("2026-05-01", "deepseek-v4-flash"),
        ("2026-08-01", None),
    ],
)
def test_the_store_answers_what_the_name_meant_on_a_day(demo: Demo, day: str, target: str | None) -> None:
    [fact] = [
        one for one in demo.ask("facts", "deepseek-chat", "--at", day)["facts"] if one["predicate"] == "alias.target"
    ]
    assert fact["value"] == target


def test_the_store_knows_the_ends(demo: Demo) -> None:
    ends = {one["subject"]: one["ends"] for one in demo.ask("deadlines")}
    assert ends["deepseek-chat"] == ends["deepseek-reasoner"] == "2026-07-24T15:59:00Z"
    assert ends["https://api.deepseek.com/v3.2_speciale_expires_on_20251215"] == "2025-12-15T15:59:00Z"


def test_the_demo_replaces_its_own_folder_and_no_other(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("irreplaceable")
    command = [str(HEADWATER), "demo", "--keep", str(tmp_path)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False, env=demo.environment, timeout=60)
    assert refused.returncode == 2
    assert "Name another folder with --keep." in refused.stderr
    assert (tmp_path / "thesis.txt").read_text() == "irreplaceable"
