"""Answers that are not the page they were asked for."""

from __future__ import annotations

import pytest

from monitor.extract.reading import Reading, read
from monitor.extract.shell import is_replaced, shell_reason
from tests.unit.facts.pages import PRICING, reading_of

NEWS = (
    "# Acme-V3 Release\n\nAcme-V3 is our strongest model and it is live today.\n\n"
    "- It is three times as fast as its predecessor.\n"
    "- Its weights are open, and so is the paper about it.\n\nThank you for your continued trust in our work.\n"
)
HOME = (
    "# Your First Call\n\nThe Acme API uses a format that is compatible with others.\n\n"
    "| PARAM | VALUE |\n| --- | --- |\n"
    "| base_url | https://api.acme.example |\n\nOnce you have a key you can call the API with the scripts below.\n\n"
    "See the integrations guide for tools that use it.\n"
)


def html(title: str, body: str, canonical: str = "") -> Reading:
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    text = f"<html><head><title>{title}</title>{link}</head><body><main>{body}</main></body></html>"
    return read(text.encode(), "text/html")


def test_the_home_page_under_another_address_is_a_shell() -> None:
    page = html("Acme", "<h1>Welcome</h1><p>Acme makes models for everybody, everywhere.</p>", "https://acme.example/")
    reason = shell_reason(None, page, "https://acme.example/docs/pricing", "")
    assert reason is not None
    assert "https://acme.example/docs/pricing" in reason


def test_an_application_without_content_is_a_shell() -> None:
    page = html("Acme", "<p>Please enable JavaScript to use this application.</p>")
    assert shell_reason(None, page, "https://acme.example/docs", "") is not None


def test_another_title_than_the_expected_one_is_a_shell() -> None:
    assert shell_reason(None, reading_of(HOME), "https://acme.example/pricing", "Models & Pricing") is not None
    assert shell_reason(None, reading_of(PRICING), "https://acme.example/pricing", "Models & Pricing") is None


@pytest.mark.parametrize(("old", "new"), [(NEWS, HOME), (HOME, NEWS)])
def test_a_page_of_which_nothing_is_left_is_held(old: str, new: str) -> None:
    before, after = reading_of(old), reading_of(new)
    assert is_replaced(before, after)
    assert shell_reason(before, after, "https://acme.example/news/v3", "") is not None


def test_an_edited_page_is_the_page() -> None:
    before, after = reading_of(PRICING), reading_of(PRICING.replace("$0.28", "$0.42") + "\nAll prices may change.\n")
    assert shell_reason(before, after, "https://acme.example/pricing", "") is None
