"""A model's repository as one document: what it states, what it costs, and when it is no answer."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.fetch.model import FailureKind, FetchFailed, NotModified
from snapshots.changes.compare import compare
from tests.integration.kinds.conftest import NOON, Get, facts, failed, good, reading
from tests.support.upstream import Reply, Upstream

SHA = "0123456789abcdef0123456789abcdef01234567"
OTHER = SHA[::-1]
CARD = "---\nlicense: other\nlicense_name: acme-open-1\nbase_model: acme/acme-base\n---\n# Acme 7B\n\nA small model.\n"
MIT = (
    "MIT License\n\nCopyright (c) 2026 Acme\n\nPermission is hereby granted, free of charge, to any person obtaining a "
    'copy of this software and associated documentation files (the "Software"), to deal in the Software without '
    "restriction.\n"
)
API = "/api/models/acme/acme-7b/revision/main"


def publish(upstream: Upstream, sha: str = SHA, **entry: Any) -> None:
    stated = {
        "id": "acme/acme-7b",
        "sha": sha,
        "gated": False,
        "downloads": 5,
        "likes": 1,
        "lastModified": "2026-01-01T00:00:00Z",
        "cardData": {"license": "other", "license_name": "acme-open-1", "base_model": "acme/acme-base"},
        "safetensors": {"parameters": {"BF16": 7_000_000_000}, "total": 7_000_000_000},
        "siblings": [{"rfilename": name} for name in ("README.md", "config.json", "LICENSE", "x/LICENSE")],
        **entry,
    }
    upstream.json(API, stated)
    upstream.text(f"/acme/acme-7b/raw/{sha}/README.md", CARD, "text/plain; charset=utf-8")
    upstream.text(f"/acme/acme-7b/raw/{sha}/LICENSE", MIT, "text/plain")
    upstream.json(
        f"/acme/acme-7b/raw/{sha}/config.json", {"architectures": ["Acme"], "max_position_embeddings": 131072}
    )


def model(upstream: Upstream) -> dict[str, str]:
    return {"kind": "hugging-face-model", "url": f"{upstream.base}/acme/acme-7b"}


def test_what_a_repository_states(fetch: Get, upstream: Upstream) -> None:
    publish(upstream)
    found = facts(fetch(**model(upstream)))
    assert {predicate: value for (subject, predicate), value in found.items() if subject == "acme/acme-7b"} == {
        "model.listed": "true",
        "model.base_model": "acme/acme-base",
        "model.parameters": "7000000000",
        "model.revision": SHA,
        "limit.context_window": "131072",
        "limit.gated": "false",
    }
    assert found["*", "license.license"] == "acme-open-1"
    assert ("*", "license.text") in found
    assert ("*", "limit.max_position_embeddings") not in found


def test_the_entry_of_the_api_names_the_same_model(fetch: Get, upstream: Upstream) -> None:
    publish(upstream)
    got = fetch("hugging-face-model", url=f"{upstream.base}/api/models/acme/acme-7b")
    assert good(got).body == good(fetch(**model(upstream))).body


def test_an_unchanged_repository_costs_one_request_and_counters_change_nothing(fetch: Get, upstream: Upstream) -> None:
    publish(upstream)
    first = good(fetch(**model(upstream)))
    publish(upstream, downloads=999_999, likes=77, lastModified="2026-02-02T00:00:00Z")
    upstream.seen.clear()
    assert isinstance(fetch(**model(upstream), last=first), NotModified)
    assert upstream.paths == [API]
    assert good(fetch(**model(upstream))).body == first.body


def test_files_are_read_at_the_commit_of_the_entry(fetch: Get, upstream: Upstream) -> None:
    publish(upstream)
    first = fetch(**model(upstream))
    publish(upstream, OTHER)
    upstream.seen.clear()
    second = fetch(**model(upstream), last=first)
    assert [path.split("/")[4] for path in upstream.paths[1:]] == [OTHER] * 3
    old, new = reading(first), reading(second)
    changes = compare(old.facts, new.facts, old.passages, new.passages, now=NOON)
    assert {(change.kind, change.level.value) for change in changes} == {("document-text-changed", "none")}


def test_a_gate_and_a_shorter_context_are_news(fetch: Get, upstream: Upstream) -> None:
    publish(upstream)
    old = reading(fetch(**model(upstream)))
    publish(upstream, OTHER, gated="manual")
    upstream.json(f"/acme/acme-7b/raw/{OTHER}/config.json", {"text_config": {"max_position_embeddings": 32768}})
    new = reading(fetch(**model(upstream)))
    changes = compare(old.facts, new.facts, old.passages, new.passages, now=NOON)
    told = {(change.kind, change.attribute, change.after) for change in changes if change.level.value != "none"}
    assert told == {
        ("rate-limit-changed", "gated", "manual"),
        ("context-window-reduced", "context_window", "32768"),
    }


def test_another_text_of_the_same_license_is_news(fetch: Get, upstream: Upstream) -> None:
    publish(upstream)
    old = reading(fetch(**model(upstream)))
    publish(upstream, OTHER)
    upstream.text(f"/acme/acme-7b/raw/{OTHER}/LICENSE", f"{MIT}\nNot for use by competitors.\n", "text/plain")
    new = reading(fetch(**model(upstream)))
    changes = compare(old.facts, new.facts, old.passages, new.passages, now=NOON)
    assert "license-text-changed" in {change.kind for change in changes}


def test_a_license_file_that_says_otherwise_is_a_rival(fetch: Get, upstream: Upstream) -> None:
    publish(upstream)
    rivals = reading(fetch(**model(upstream))).rivals
    assert {fact.value for fact in rivals if fact.predicate == "license.license"} == {"MIT"}


@pytest.mark.parametrize("missing", ["LICENSE", "config.json", "README.md"])
def test_an_absent_part_is_left_out(fetch: Get, upstream: Upstream, missing: str) -> None:
    publish(upstream, siblings=None)
    del upstream.replies[f"/acme/acme-7b/raw/{SHA}/{missing}"]
    found = facts(fetch(**model(upstream)))
    assert found["acme/acme-7b", "model.revision"] == SHA
    assert (("*", "license.text") in found) == (missing != "LICENSE")
    assert (("acme/acme-7b", "limit.context_window") in found) == (missing != "config.json")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, FailureKind.SERVER_ERROR), (429, FailureKind.RATE_LIMITED), (403, FailureKind.BLOCKED)],
)
@pytest.mark.parametrize("part", ["LICENSE", "config.json", "README.md"])
def test_a_part_that_fails_fails_the_whole(
    fetch: Get, upstream: Upstream, part: str, status: int, kind: FailureKind
) -> None:
    publish(upstream, gated="auto")
    upstream.replies[f"/acme/acme-7b/raw/{SHA}/{part}"] = Reply(b"no", status)
    got = fetch(**model(upstream))
    assert failed(got) is kind
    assert isinstance(got, FetchFailed)
    assert got.detail.startswith(f"{part}: The server answered {status}")
    assert ("gated" in got.detail) == (status == 403)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"<html>", b"[" * 100_000, b'{"id":"a/b","sha":"../../x"}'])
def test_something_else_than_an_entry_is_refused(fetch: Get, upstream: Upstream, body: bytes) -> None:
    upstream.replies[API] = Reply(body, content_type="application/json")
    assert failed(fetch(**model(upstream))) is FailureKind.WRONG_TYPE


def test_a_model_that_is_gone_is_gone(fetch: Get, upstream: Upstream) -> None:
    assert failed(fetch(**model(upstream))) is FailureKind.GONE


def test_a_card_served_as_plain_text_is_markdown(fetch: Get, upstream: Upstream) -> None:
    upstream.text("/raw/README.md", CARD, "text/plain; charset=utf-8")
    got = good(fetch("hugging-face-card", url=f"{upstream.base}/raw/README.md"))
    assert got.content_type == "text/markdown; charset=utf-8"
