"""Probing an API: what is kept of its answer, what is no answer, and what it may cost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.fetch.kinds.base import Tools, opened
from monitor.fetch.kinds.endpoint_probe import SOURCE_KIND, EndpointProbe
from monitor.fetch.model import FailureKind, FetchFailed, Request
from snapshots.changes.compare import compare
from tests.integration.kinds.conftest import NOON, Get, facts, failed, good, reading
from tests.support.upstream import Reply, Upstream

PATH = "/v1/chat/completions"


def completion(model: str = "acme-chat-0813", fingerprint: str = "fp_1") -> dict[str, object]:
    said = [{"message": {"role": "assistant", "content": "A secret of the answer"}}]
    return {"object": "chat.completion", "model": model, "system_fingerprint": fingerprint, "choices": said}


def probe(upstream: Upstream, **more: object) -> dict[str, object]:
    return {"kind": "endpoint-probe", "url": f"{upstream.base}{PATH}", "model": "acme-chat", **more}


def test_how_an_api_answers(fetch: Get, upstream: Upstream) -> None:
    signals = {"Deprecation": "@1767225600", "Sunset": "Wed, 01 Jul 2026 00:00:00 GMT"}
    upstream.json(PATH, completion(), headers=signals)
    got = good(fetch(**probe(upstream)))
    operation = f"POST {upstream.base}{PATH}"
    assert facts(got) == {
        (operation, "endpoint.status"): "200",
        (operation, "lifecycle.deprecation_date"): "2026-01-01T00:00:00Z",
        (operation, "lifecycle.retirement_date"): "2026-07-01T00:00:00Z",
        ("acme-chat", "alias.target"): "acme-chat-0813",
        ("acme-chat", "model.system_fingerprint"): "fp_1",
    }
    assert b"A secret of the answer" not in got.body
    (asked,) = upstream.seen
    assert (asked.method, asked.headers["content-type"]) == ("POST", "application/json")
    assert json.loads(asked.body) == {
        "model": "acme-chat",
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 1,
        "stream": False,
    }


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (Reply(json.dumps(completion("acme-chat-0901", "fp_2")).encode()), {("alias-retargeted", "critical")}),
        (Reply(json.dumps(completion(fingerprint="fp_2")).encode()), set()),
        (Reply(b'{"error": {"message": "no such model"}}', 404), {("endpoint-removed", "critical")}),
        (Reply(b"", 410), {("endpoint-removed", "critical")}),
        (Reply(b"{}", 400), {("endpoint-response-changed", "warning")}),
        (
            Reply(b"", 308, headers={"Location": "https://api.acme.example/v2/chat"}),
            {("endpoint-response-changed", "warning"), ("endpoint-path-changed", "critical")},
        ),
        (
            Reply(json.dumps(completion()).encode(), headers={"Sunset": "Wed, 01 Jul 2026 00:00:00 GMT"}),
            {("endpoint-expiry-set", "critical")},
        ),
    ],
)
def test_another_answer_is_news(fetch: Get, upstream: Upstream, after: Reply, told: set[tuple[str, str]]) -> None:
    upstream.json(PATH, completion())
    old = reading(fetch(**probe(upstream)))
    upstream.replies[PATH] = after
    new = reading(fetch(**probe(upstream)))
    changes = compare(old.facts, new.facts, old.passages, new.passages, now=NOON)
    found = {(one.kind, one.level.value) for one in changes if one.level.value != "none" and not one.removal}
    assert found == told


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(b"", 401), FailureKind.BLOCKED),
        (Reply(b"", 429, headers={"Retry-After": "60"}), FailureKind.RATE_LIMITED),
        (Reply(b"", 503), FailureKind.SERVER_ERROR),
        (Reply(b"<html>Welcome</html>"), FailureKind.WRONG_TYPE),
        (Reply(b'{"model": 5}'), FailureKind.WRONG_TYPE),
    ],
)
def test_what_says_nothing_of_the_endpoint_is_a_failure(
    fetch: Get, upstream: Upstream, reply: Reply, kind: FailureKind
) -> None:
    upstream.replies[PATH] = reply
    assert failed(fetch(**probe(upstream))) is kind


def test_a_get_asks_no_model(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/health", "fine", "text/plain")
    got = good(fetch("endpoint-probe", url=f"{upstream.base}/health", method="GET"))
    assert facts(got) == {(f"GET {upstream.base}/health", "endpoint.status"): "200"}
    assert (upstream.seen[0].method, upstream.seen[0].body) == ("GET", b"")


def test_a_redirect_of_a_probe_is_not_followed(fetch: Get, upstream: Upstream) -> None:
    upstream.replies[PATH] = Reply(b"", 307, headers={"Location": f"{upstream.base}/elsewhere"})
    good(fetch(**probe(upstream)))
    assert upstream.paths == [PATH]


def test_a_spent_budget_sends_nothing_until_the_next_day(tools: Tools, upstream: Upstream) -> None:
    upstream.json(PATH, completion())
    asked: list[tuple[str, datetime]] = []

    def spent(source_id: str, since: datetime) -> int:
        asked.append((source_id, since))
        return 4

    config = EndpointProbe.model_validate({"id": "acme", "probes_per_day": 4, **probe(upstream)})
    got = opened(SOURCE_KIND, config, replace(tools, spent=spent))(Request("acme", config.address))
    assert failed(got) is FailureKind.RATE_LIMITED
    assert isinstance(got, FetchFailed)
    assert got.retry_after == timedelta(hours=12)
    assert asked == [("acme", datetime(2026, 3, 4, tzinfo=UTC))]
    assert upstream.seen == []
