"""`model-list`: the models an API offers, from its OpenAI-compatible `/models`.

The answer is `{"object": "list", "data": [{"id": ...}]}` (https://platform.openai.com/docs/api-reference/models/list);
Anthropic pages it with `has_more` and `last_id`, Google with `models` and `nextPageToken`. All pages together are one
document, sorted by id. Some servers make up `created` and `permission` anew for each request; they are left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import Field

from monitor.extract.document import DocumentError, Tree
from monitor.extract.formats.data import load
from monitor.fetch.kinds.base import AddressedSource, SourceKind, Tools, accepting
from monitor.fetch.kinds.data import refused, written
from monitor.fetch.kinds.observed import ENTRY, signals
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request

MOST_PAGES = 50
MOST_MODELS = 20_000
_LISTS = ("data", "models")
_MADE_UP = frozenset({"created", "permission"})
_LONGEST_CURSOR = 2_000


class ModelList(AddressedSource):
    """The list an account sees; give `credentials` where the API wants a key."""

    kind: Literal["model-list"]
    cursor: str = Field(
        default="after",
        pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$",
        description="Query parameter for the next page of a list with has_more: after, or after_id.",
    )


def get(tools: Tools, config: ModelList, request: Request) -> FetchOutcome:
    """Get all pages; a page that fails fails the whole."""
    asked = accepting(request, "application/json")
    first: Fetched | None = None
    models: list[dict[str, Any]] = []
    url, seen = request.url, {request.url}
    for _ in range(MOST_PAGES):
        answer = tools.fetcher.fetch(replace(asked, url=url) if first is None else _page(asked, url))
        if not isinstance(answer, Fetched):
            return answer
        page = _parsed(answer)
        if isinstance(page, FetchFailed):
            return page
        found, following = page[0], _following(*page, config.cursor)
        models.extend(found)
        alone, first = first is None and following is None, first or answer
        if following is None:
            return _whole(first, models, request.url, alone=alone)
        url = _with_parameter(request.url, *following)
        if url in seen or len(models) > MOST_MODELS:
            break
        seen.add(url)
    detail = (
        f"The list does not end: more than {MOST_PAGES} pages or {MOST_MODELS:,} models, or a page that comes twice."
    )
    return FetchFailed(FailureKind.INVALID_RESPONSE, detail, final_url=url)


def _page(request: Request, url: str) -> Request:
    """A further page. The validators are those of the first."""
    return replace(request, url=url, etag=None, last_modified=None)


def _parsed(answer: Fetched) -> tuple[list[dict[str, Any]], Mapping[str, Tree]] | FetchFailed:
    try:
        tree = load(answer.body.decode("utf-8-sig"), "json")
    except (DocumentError, UnicodeDecodeError):
        tree = None
    root: Mapping[str, Tree] = tree if isinstance(tree, Mapping) else {_LISTS[0]: tree}
    listed = next((root[name] for name in _LISTS if isinstance(root.get(name), list)), None)
    if not isinstance(listed, list):
        detail = "The answer is no list of models: it has no list `data` or `models`."
        return refused(answer, FailureKind.WRONG_TYPE, detail)
    models = [dict(item) for item in listed if isinstance(item, Mapping) and _id(item)]
    if len(models) != len(listed):
        return refused(answer, FailureKind.WRONG_TYPE, "The answer lists something that has no id.")
    return models, root


def _id(model: Mapping[str, Any]) -> str:
    value = model.get("id") or model.get("name")
    return value if isinstance(value, str) else ""


def _following(models: list[dict[str, Any]], page: Mapping[str, Tree], cursor: str) -> tuple[str, str] | None:
    token, last = page.get("nextPageToken"), page.get("last_id")
    if isinstance(token, str) and token:
        return "pageToken", token[:_LONGEST_CURSOR]
    if page.get("has_more") is not True:
        return None
    last = last if isinstance(last, str) and last else _id(models[-1]) if models else ""
    return cursor, last[:_LONGEST_CURSOR]


def _with_parameter(url: str, name: str, value: str) -> str:
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*query, (name, value)])))


def _whole(first: Fetched, models: list[dict[str, Any]], url: str, *, alone: bool) -> FetchOutcome:
    if not models:
        return refused(first, FailureKind.EMPTY, "The list names no model.")
    entries = [_stated(model) for model in models]
    entries.sort(key=lambda entry: (entry["id"], json.dumps(entry, sort_keys=True)))
    document: dict[str, Tree] = {"object": "list", "data": [*entries]}
    if said := signals("GET", url, first.headers):
        document[ENTRY] = said
    whole = replace(first, body=written(document), content_type="application/json")
    return whole if alone else replace(whole, etag=None, last_modified=None)


def _stated(model: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in model.items() if key not in _MADE_UP}
    return {**kept, "id": _id(model), "object": "model"}


SOURCE_KIND = SourceKind("model-list", ModelList, get, crawls=False)
