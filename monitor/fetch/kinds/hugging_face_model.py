"""`hugging-face-model`: the hub's entry of a model as JSON (https://huggingface.co/docs/hub/api).

The hub mixes what the publisher states with counters that move every minute. Only the stated part is kept, in a
stable order, so that a download never makes a new version.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from monitor.fetch.client import Fetcher
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request

KIND = "hugging-face-model"

_STATED = (
    "id",
    "sha",
    "gated",
    "private",
    "disabled",
    "pipeline_tag",
    "library_name",
    "cardData",
    "config",
    "safetensors",
)


def fetch(fetcher: Fetcher, request: Request) -> FetchOutcome:
    """Get the entry and keep what the publisher states."""
    answer = fetcher.fetch(request)
    if not isinstance(answer, Fetched):
        return answer
    try:
        entry = json.loads(answer.body)
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict) or "id" not in entry:
        detail = "The hub did not answer with the entry of a model."
        return FetchFailed(FailureKind.WRONG_TYPE, detail, status=answer.status, final_url=answer.final_url)
    return replace(answer, body=stated(entry), content_type="application/json")


def stated(entry: dict[str, Any]) -> bytes:
    """The stated part of an entry, sorted, in UTF-8. License tags are kept; the other tags follow from the card."""
    kept = {key: entry[key] for key in _STATED if key in entry}
    tags = [tag for tag in entry.get("tags") or [] if isinstance(tag, str) and tag.startswith("license:")]
    if tags:
        kept["tags"] = sorted(tags)
    return json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True).encode()
