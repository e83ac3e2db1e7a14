"""The alert rules: what Prometheus would refuse, and what it would take and never fire on."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml
from prometheus_client.parser import text_string_to_metric_families

from monitor.cli.commands import app
from snapshots.clock import FixedClock
from snapshots.db import Database
from snapshots.metrics.collector import Metrics
from tests.integration.store.lived import START, live

ROOT = Path(__file__).parents[2]
FILE = ROOT / "ops" / "prometheus" / "headwater.rules.yml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
]

# The words of PromQL that the rules may use (https://prometheus.io/docs/prometheus/latest/querying/).
WORDS = {"absent", "by", "count", "increase", "max", "scalar", "sum", "time", "without"}
TOKEN = re.compile(
    r"""\s*(?:(?P<name>[a-z_:][a-zA-Z0-9_:]*)|(?P<number>\d+(?:\.\d+)?)|(?P<matchers>\{[^{}]*\})
    |(?P<range>\[\d+[smhdw]\])|(?P<operator>[<>]=?|==|!=|[-+*/])|(?P<bracket>[(),]))""",
    re.VERBOSE,
)


@pytest.fixture(scope="module")
def series(new_database: Callable[[str], str]) -> dict[str, set[str]]:
    """The names the collector gives, each with its labels."""
    database = Database(new_database("sqlite"))
    database.upgrade()
    live(database)
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(Metrics(lambda: database, FixedClock(START)).text().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    database.close()
    return found


def tokens(expression: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(expression.rstrip()):
        match = TOKEN.match(expression, at)
        assert match is not None, f"this is no PromQL we know: {expression[at:]}"
        assert match.lastgroup is not None
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def test_prometheus_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; the other tests here read the rules with a parser of their own")
    done = subprocess.run([promtool, "check", "rules", str(FILE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_complete(rule: dict[str, Any]) -> None:
    assert {"alert", "expr", "labels", "annotations"} <= rule.keys() <= {*rule, "for"}
    assert re.fullmatch(r"Headwater[A-Z][A-Za-z]+", rule["alert"])
    assert rule["labels"] in ({"severity": "warning"}, {"severity": "critical"})
    assert rule["annotations"].keys() == {"summary", "description"}
    assert re.fullmatch(r"\d+[smhd]", rule.get("for", "0s"))


def test_every_alert_has_a_name_of_its_own() -> None:
    names = [rule["alert"] for rule in RULES]
    assert len(names) == len(set(names)) >= 10


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_expression_asks_for_what_the_collector_gives(rule: dict[str, Any], series: dict[str, set[str]]) -> None:
    found = tokens(rule["expr"])
    assert sum({"(": 1, ")": -1}.get(text, 0) for _, text in found) == 0
    named = [text for kind, text in found if kind == "name" and text.startswith("headwater_")]
    assert named
    assert set(named) <= series.keys()
    others = {text for kind, text in found if kind == "name"} - set(named)
    labels = set().union(*(series[name] for name in named))
    assert others <= WORDS | labels | {"instance", "pod"}
    for kind, text in found:
        if kind == "matchers":
            assert set(re.findall(r"(\w+)=", text)) <= labels
    # What the sentences put in must be there as well.
    shown = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    assert shown <= labels


def test_the_commands_that_the_rules_name_exist() -> None:
    root = typer.main.get_command(app)
    told = re.findall(r"`headwater ([a-z -]+?)(?: \{\{[^`]*)?`", FILE.read_text(encoding="utf-8"))
    assert len(told) > 5
    for words in told:
        command = root
        for word in words.split():
            command = getattr(command, "commands", {})[word]


def test_the_parser_refuses_what_is_no_promql() -> None:
    with pytest.raises(AssertionError, match="no PromQL"):
        tokens('headwater_facts{area="price"} ? 1')
