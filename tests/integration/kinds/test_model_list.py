"""The models an API lists: all pages, one order, and no half lists."""

from __future__ import annotations

import json
from typing import Any

import pytest

from monitor.fetch.model import FailureKind, Fetched, NotModified
from tests.integration.kinds.conftest import Get, facts, failed, good
from tests.support.upstream import Reply, Upstream


def models(*names: str, **more: Any) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model", "created": 1} for name in names], **more}


def listed(answer: object) -> list[str]:
    assert isinstance(answer, Fetched), answer
    return [one["id"] for one in json.loads(answer.body)["data"]]


def test_a_list_gives_its_models(fetch: Get, upstream: Upstream) -> None:
    upstream.json("/v1/models", models("acme-chat", "acme-mini"))
    got = fetch("model-list", url=f"{upstream.base}/v1/models")
    assert facts(got) == {("acme-chat", "model.listed"): "true", ("acme-mini", "model.listed"): "true"}


def test_order_and_made_up_fields_make_no_new_version(fetch: Get, upstream: Upstream) -> None:
    bodies = set()
    for names, stamp in ((("a-1", "b-1"), 1), (("b-1", "a-1"), 2)):
        value = models(*names)
        for one in value["data"]:
            one |= {"created": stamp, "permission": [{"id": f"modelperm-{stamp}"}]}
        upstream.json("/v1/models", value)
        bodies.add(good(fetch("model-list", url=f"{upstream.base}/v1/models")).body)
    assert len(bodies) == 1


@pytest.mark.parametrize("cursor", ["after", "after_id"])
def test_all_pages_are_one_list(fetch: Get, upstream: Upstream, cursor: str) -> None:
    upstream.json("/v1/models?limit=2", models("c-1", "a-1", has_more=True, last_id="a-1"), etag='"1"')
    upstream.json(f"/v1/models?limit=2&{cursor}=a-1", models("b-1", has_more=True))
    upstream.json(f"/v1/models?limit=2&{cursor}=b-1", models("d-1", has_more=False))
    got = good(fetch("model-list", url=f"{upstream.base}/v1/models?limit=2", cursor=cursor))
    assert listed(got) == ["a-1", "b-1", "c-1", "d-1"]
    assert got.etag is None


def test_pages_by_token(fetch: Get, upstream: Upstream) -> None:
    upstream.json("/v1/models", {"models": [{"name": "models/a-1"}], "nextPageToken": "t=&2"})
    upstream.json("/v1/models?pageToken=t%3D%262", {"models": [{"name": "models/b-1"}]})
    assert listed(fetch("model-list", url=f"{upstream.base}/v1/models")) == ["models/a-1", "models/b-1"]


def test_one_page_is_validated(fetch: Get, upstream: Upstream) -> None:
    upstream.json("/v1/models", models("a-1"), etag='"1"')
    first = fetch("model-list", url=f"{upstream.base}/v1/models")
    assert isinstance(fetch("model-list", url=f"{upstream.base}/v1/models", last=first), NotModified)


def test_a_page_that_fails_fails_the_whole(fetch: Get, upstream: Upstream) -> None:
    upstream.json("/v1/models", models("a-1", has_more=True))
    upstream.replies["/v1/models?after=a-1"] = Reply(b"", 502)
    assert failed(fetch("model-list", url=f"{upstream.base}/v1/models")) is FailureKind.SERVER_ERROR


def test_a_list_without_end_is_refused(fetch: Get, upstream: Upstream) -> None:
    upstream.json("/v1/models", models("a-1", has_more=True, last_id="x"))
    upstream.json("/v1/models?after=x", models("b-1", has_more=True, last_id="x"))
    assert failed(fetch("model-list", url=f"{upstream.base}/v1/models")) is FailureKind.INVALID_RESPONSE
    assert len(upstream.seen) == 2


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": "no"}, FailureKind.WRONG_TYPE),
        ({"data": [{"object": "model"}]}, FailureKind.WRONG_TYPE),
        ({"data": ["a-1"]}, FailureKind.WRONG_TYPE),
        ({"data": []}, FailureKind.EMPTY),
        ("text", FailureKind.WRONG_TYPE),
    ],
)
def test_what_is_no_list_is_refused(fetch: Get, upstream: Upstream, body: object, kind: FailureKind) -> None:
    upstream.json("/v1/models", body)
    assert failed(fetch("model-list", url=f"{upstream.base}/v1/models")) is kind


def test_headers_that_end_the_list_are_facts(fetch: Get, upstream: Upstream) -> None:
    sunset = {"Deprecation": "@1767225600", "Sunset": "Wed, 01 Jul 2026 00:00:00 GMT"}
    upstream.json("/v1/models", models("a-1"), headers=sunset)
    found = facts(fetch("model-list", url=f"{upstream.base}/v1/models"))
    operation = f"GET {upstream.base}/v1/models"
    assert found[operation, "lifecycle.deprecation_date"] == "2026-01-01T00:00:00Z"
    assert found[operation, "lifecycle.retirement_date"] == "2026-07-01T00:00:00Z"
