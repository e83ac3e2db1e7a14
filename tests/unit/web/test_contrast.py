"""The stylesheet's colours keep the contrast that the design promises (WCAG 2.2, success criteria 1.4.3, 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STYLESHEET = Path(__file__).parents[3] / "snapshots" / "web" / "static" / "headwater.css"
GROUNDS = ("bg", "surface", "sunken", "sel")
TEXT = [
    *((ink, ground) for ink in ("ink", "ink2", "ink3", "accent", "critical", "warning") for ground in GROUNDS),
    ("on-accent", "accent"),
    ("new-ink", "new-bg"),
    ("old-ink", "old-bg"),
    ("ink", "mark"),
]
PARTS = [*(("control", ground) for ground in ("bg", "surface", "sunken")), ("plot2", "bg"), ("plot3", "bg")]
EXACT = {
    ("light", "ink3", "sel"): 4.86,
    ("light", "ink3", "sunken"): 4.93,
    ("light", "control", "sunken"): 3.19,
    ("light", "plot3", "bg"): 3.40,
    ("dark", "ink3", "sel"): 4.87,
    ("dark", "ink", "mark"): 8.45,
    ("dark", "critical", "surface"): 8.38,
}


def schemes() -> dict[str, list[dict[str, str]]]:
    """The tokens of each scheme, as often as the stylesheet states them."""
    text = STYLESHEET.read_text()
    blocks = re.findall(r"color-scheme:(light|dark);([^}]*)}", text)
    found: dict[str, list[dict[str, str]]] = {"light": [], "dark": []}
    for scheme, body in blocks:
        found[scheme].append(dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", body)))
    return found


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_both_ways_to_the_dark_scheme_state_the_same_colours() -> None:
    found = schemes()
    assert len(found["light"]) == 1
    assert len(found["dark"]) == 2
    assert found["dark"][0] == found["dark"][1]
    assert found["dark"][0].keys() == found["light"][0].keys()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_parts_stand_out(scheme: str) -> None:
    tokens = schemes()[scheme][0]
    low = [(pair, round(contrast(tokens[pair[0]], tokens[pair[1]]), 2)) for pair in TEXT]
    assert [one for one in low if one[1] < 4.5] == []
    low = [(pair, round(contrast(tokens[pair[0]], tokens[pair[1]]), 2)) for pair in PARTS]
    assert [one for one in low if one[1] < 3.0] == []


@pytest.mark.parametrize(("scheme", "one", "other"), EXACT)
def test_the_narrowest_are_as_they_were_chosen(scheme: str, one: str, other: str) -> None:
    tokens = schemes()[scheme][0]
    assert contrast(tokens[one], tokens[other]) == pytest.approx(EXACT[scheme, one, other], abs=0.006)


def test_stylesheet_and_script_stay_small_and_load_nothing() -> None:
    script = STYLESHEET.with_suffix(".js")
    assert STYLESHEET.stat().st_size < 24_000
    assert script.stat().st_size < 10_000
    for file in (STYLESHEET, script):
        assert not re.search(r"https?:|@import|url\(|eval\(|innerHTML", file.read_text()), file
