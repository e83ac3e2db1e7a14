"""The two ends of a deployment that is tried out: a story that goes on, and mails that are shown as hostile."""

from __future__ import annotations

import json
import smtplib
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor.demo.mailbox import Mailbox
from monitor.demo.receivers import SmtpCatcher
from monitor.demo.site import Site
from monitor.demo.timeline import END, PRICING, START
from monitor.demo.upstream import StoryClock, began_at
from snapshots.clock import FixedClock

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
LASTS = timedelta(minutes=10)


def test_the_story_takes_its_time_and_then_stands_still() -> None:
    clock = FixedClock(NOW)
    story = StoryClock(clock, NOW, LASTS)
    assert story.now() == START
    clock.set(NOW + LASTS / 2)
    assert story.now() == START + (END - START) / 2
    clock.set(NOW + 10 * LASTS)
    assert story.now() == END
    clock.set(NOW - LASTS)
    assert story.now() == START


def test_a_site_that_is_started_anew_does_not_go_back(tmp_path: Path) -> None:
    memory = tmp_path / "began"
    assert began_at(memory, NOW) == NOW
    assert began_at(memory, NOW + LASTS) == NOW
    memory.write_text("not a time")
    assert began_at(memory, NOW + LASTS) == NOW + LASTS
    assert began_at(None, NOW) == NOW


def test_the_site_names_the_address_that_others_use() -> None:
    with Site(FixedClock(START), origin="http://demo-upstream:8000") as site:
        page = site.answer(PRICING, None, None)
    assert b'href="http://demo-upstream:8000/quick_start/pricing"' in page.body


@pytest.fixture
def catcher() -> Iterator[SmtpCatcher]:
    with SmtpCatcher(most=2) as running:
        yield running


@pytest.fixture
def mailbox(catcher: SmtpCatcher) -> Iterator[Mailbox]:
    with Mailbox(catcher, ("127.0.0.1", 0)) as running:
        yield running


def send(catcher: SmtpCatcher, subject: str) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "a@example.org", "b@example.org"
    mail.set_content("plain <b>text</b>")
    mail.add_alternative("<p>rich</p><script>alert(1)</script>", subtype="html")
    with smtplib.SMTP("127.0.0.1", catcher.port) as session:
        session.send_message(mail)


def get(mailbox: Mailbox, path: str) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{mailbox.port}{path}", timeout=10) as answer:
            return answer.status, answer.headers["Content-Security-Policy"], answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, "", ""


def test_mails_are_listed_and_shown_in_a_sandbox(catcher: SmtpCatcher, mailbox: Mailbox) -> None:
    assert "No mail yet" in get(mailbox, "/")[2]
    send(catcher, "<img src=x onerror=alert(1)> & more")
    _, policy, listed = get(mailbox, "/")
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; more" in listed
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "<iframe sandbox " in get(mailbox, "/1")[2]
    status, policy, shown = get(mailbox, "/1/html")
    assert (status, policy.split(";")[0]) == (200, "sandbox")
    assert "<p>rich</p>" in shown
    assert get(mailbox, "/1/text")[2].strip() == "plain <b>text</b>"


def test_the_newest_mails_are_kept_and_programs_can_read_them(catcher: SmtpCatcher, mailbox: Mailbox) -> None:
    for number in range(4):
        send(catcher, f"mail {number}")
    assert [one["subject"] for one in json.loads(get(mailbox, "/mails.json")[2])] == ["mail 2", "mail 3"]
    assert [get(mailbox, path)[0] for path in ("/3", "/0", "/x", "/1/other", "/../etc/passwd")] == [404] * 5
