"""`hugging-face-model`: a model's repository on a hub as one document: entry, card, LICENSE and config.json.

The hub's API (https://huggingface.co/docs/hub/api) mixes what the publisher states with counters that move every
minute. The stated part names the commit, and all files are read at that commit: so one request tells that nothing is
new, and the parts always belong together. The validator is our own digest of the stated part; the hub's would move
with every download.

A part that is absent (404) is left out; any other failure of a part is a failure of the whole check.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, model_validator

from monitor.extract.formats.parts import MULTIPART, Part, join_parts
from monitor.fetch.kinds.base import AddressedSource, SourceKind, Tools, accepting
from monitor.fetch.kinds.data import refused, written
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, NotModified, Request

_LICENSE = re.compile(r"licen[sc]e(?:[-_.]?model)?(?:\.(?:md|txt))?", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_STATED = ("id", "gated", "private", "disabled", "pipeline_tag", "library_name")
_LENGTHS = ("max_position_embeddings", "model_max_length", "max_seq_len", "n_positions", "seq_length")
_CARD, _CONFIG = "README.md", "config.json"


class HuggingFaceModel(AddressedSource):
    """A model by the address of its page, or of its entry in the API."""

    kind: Literal["hugging-face-model"]
    revision: str = Field(default="main", min_length=1, max_length=200, description="Branch or tag.")

    @model_validator(mode="after")
    def _names_a_model(self) -> HuggingFaceModel:
        if len(_steps(self.url)) != 2:
            message = f'"{self.url}" is no model. Write https://huggingface.co/owner/name.'
            raise ValueError(message)
        return self


def get(tools: Tools, config: HuggingFaceModel, request: Request) -> FetchOutcome:
    """Get the entry, and the files where the entry is new."""
    parts_of = urlsplit(config.url)
    hub, name = f"{parts_of.scheme}://{parts_of.netloc}", "/".join(_steps(config.url))
    api = f"{hub}/api/models/{name}/revision/{quote(config.revision, safe='')}"
    bare = replace(request, etag=None, last_modified=None)
    answer = tools.fetcher.fetch(accepting(replace(bare, url=api), "application/json"))
    if not isinstance(answer, Fetched):
        return answer
    entry = _entry(answer.body)
    commit = entry.get("sha")
    if "id" not in entry or not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        return refused(answer, FailureKind.WRONG_TYPE, "The hub did not answer with the entry of a model.")
    told = stated(entry)
    validator = f'"{hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()}"'
    if request.etag == validator:
        return NotModified(304, config.url, etag=validator, duration_ms=answer.duration_ms)
    files: dict[str, Fetched] = {}
    for file in _files(entry):
        part = tools.fetcher.fetch(replace(bare, url=f"{hub}/{name}/raw/{commit}/{quote(file)}"))
        if isinstance(part, Fetched):
            files[file] = part
        elif not _absent(part):
            return _failed(part, file, entry)
    if length := _length(entry, files.get(_CONFIG)):
        told = {**told, "context_length": length}
    return _whole(answer, config, told, files, validator)


def stated(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the publisher states in an entry: its settings, its commit, and its size in parameters."""
    kept = {key: entry[key] for key in _STATED if key in entry}
    kept["revision"] = entry["sha"]
    card = entry.get("cardData")
    base = card.get("base_model") if isinstance(card, Mapping) else None
    if base:
        kept["base_model"] = base
    weights = entry.get("safetensors") or entry.get("gguf")
    total = weights.get("total") if isinstance(weights, Mapping) else None
    if isinstance(total, int):
        kept["parameters"] = total
    tags = [tag for tag in entry.get("tags") or [] if isinstance(tag, str) and tag.startswith("license:")]
    return {**kept, "tags": sorted(tags)} if tags else kept


def _steps(url: str) -> list[str]:
    """Owner and name in the address of a model's page or entry."""
    steps = [step for step in urlsplit(url).path.split("/") if step]
    return steps[2:] if steps[:2] == ["api", "models"] else steps


def _entry(body: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _files(entry: Mapping[str, Any]) -> list[str]:
    """Card, configuration and license, by the list of files where the entry has one."""
    listed = entry.get("siblings")
    if not isinstance(listed, list):
        return [_CARD, _CONFIG, "LICENSE"]
    names = [item.get("rfilename") for item in listed if isinstance(item, Mapping)]
    known = sorted(name for name in names if isinstance(name, str) and "/" not in name)
    licenses = [name for name in known if _LICENSE.fullmatch(name)]
    return [name for name in (_CARD, _CONFIG) if name in known] + licenses[:1]


def _absent(part: FetchOutcome) -> bool:
    return isinstance(part, FetchFailed) and part.kind in (FailureKind.GONE, FailureKind.EMPTY)


def _failed(part: FetchOutcome, file: str, entry: Mapping[str, Any]) -> FetchOutcome:
    if isinstance(part, FetchFailed):
        gated = part.kind is FailureKind.BLOCKED and entry.get("gated") not in (None, False)
        hint = " The model is gated: give `credentials` of an account that was let in." if gated else ""
        return replace(part, detail=f"{file}: {part.detail}{hint}")
    return FetchFailed(FailureKind.INVALID_RESPONSE, f"{file}: not modified, which nobody asked for.")


def _length(entry: Mapping[str, Any], config: Fetched | None) -> int | None:
    """The context length: what config.json states of the text model, else what the hub read in a GGUF file."""
    tree = _entry(config.body) if config is not None else {}
    inner = tree.get("text_config")
    for part in (tree, inner if isinstance(inner, Mapping) else {}):
        for key in _LENGTHS:
            value = part.get(key)
            if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                return value
    weights = entry.get("gguf")
    value = weights.get("context_length") if isinstance(weights, Mapping) else None
    return value if isinstance(value, int) and value > 0 else None


def _whole(
    answer: Fetched, config: HuggingFaceModel, told: Mapping[str, Any], files: Mapping[str, Fetched], validator: str
) -> Fetched:
    parts = [Part("", "text/markdown; charset=utf-8", files[_CARD].body)] if _CARD in files else []
    parts.append(Part("entry", "application/json", written(dict(told))))
    if _CONFIG in files:
        parts.append(Part(_CONFIG, "application/json", files[_CONFIG].body))
    for file in files:
        if file not in (_CARD, _CONFIG):
            media = "text/markdown" if file.lower().endswith(".md") else "text/plain"
            parts.append(Part("LICENSE", f"{media}; charset=utf-8", files[file].body))
    body, boundary = join_parts(parts)
    return replace(
        answer,
        body=body,
        content_type=f"{MULTIPART}; boundary={boundary}",
        final_url=config.url,
        etag=validator,
        last_modified=None,
        max_age=None,
    )


SOURCE_KIND = SourceKind("hugging-face-model", HuggingFaceModel, get)
