"""`endpoint-probe`: asks an API itself, and keeps how it answered, not what it said.

Opt-in, because it costs: a POST is a chat completion of a few tokens (OpenAI-compatible,
https://platform.openai.com/docs/api-reference/chat/create). What is kept is the status, the `model` and the
`system_fingerprint` of the body, and the headers `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Location`. Only
statuses that say something of the endpoint are an answer; a refused key, a limit or a fault of the server are failures.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from monitor.extract.document import Tree
from monitor.fetch.kinds.base import AddressedSource, SourceKind, Tools, accepting
from monitor.fetch.kinds.data import written
from monitor.fetch.kinds.observed import ENTRY, operation, shown
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request
from snapshots.durations import Duration

_DAY = timedelta(days=1)
_OK = frozenset(range(200, 300))
# Moved, no such thing, not like this: each is news about the endpoint. Redirects are told and not followed.
_TELLING = frozenset({301, 302, 303, 307, 308, 400, 404, 405, 410, 422})
_READ = 2_000_000


class EndpointProbe(AddressedSource):
    """One small request to an API; the interval and the budget bound what it costs."""

    kind: Literal["endpoint-probe"]
    interval: Annotated[Duration, Field(ge=timedelta(minutes=5))] = Field(
        default=timedelta(hours=6), description="Time between two probes."
    )
    method: Literal["POST", "GET"] = Field(default="POST", description="POST asks for a chat completion.")
    model: str = Field(default="", max_length=200, description="The model a POST asks for.")
    max_tokens: int = Field(default=1, ge=1, le=16, description="Most tokens of the answer.")
    token_parameter: Literal["max_tokens", "max_completion_tokens"] = Field(
        default="max_tokens", description="What the API calls that limit."
    )
    probes_per_day: int = Field(default=24, ge=1, le=288, description="Most requests a day (UTC), for whatever reason.")

    @model_validator(mode="after")
    def _is_affordable(self) -> Self:
        if (self.method == "POST") != bool(self.model):
            message = "`model` is missing: a POST asks a model." if not self.model else "a GET takes no `model`."
            raise ValueError(message)
        planned = -(-_DAY // self.interval)
        if planned > self.probes_per_day:
            message = (
                f"the interval makes {planned} probes a day; probes_per_day allows {self.probes_per_day}. Raise one."
            )
            raise ValueError(message)
        return self


def get(tools: Tools, config: EndpointProbe, request: Request) -> FetchOutcome:
    """Probe, unless the budget of the day is spent."""
    now = tools.clock.now()
    today = datetime.combine(now.date(), time(), now.tzinfo)
    if tools.spent(request.source_id, today) >= config.probes_per_day:
        detail = f"The {config.probes_per_day} probes of this day (probes_per_day) are spent until midnight, UTC."
        return FetchFailed(FailureKind.RATE_LIMITED, detail, retry_after=today + _DAY - now)
    answer = tools.fetcher.fetch(_question(config, request))
    if not isinstance(answer, Fetched):
        return answer
    told = {"operation": operation(config.method, request.url), "status": answer.status, **_headers(answer)}
    if config.model:
        told = {**told, "asked": config.model, **(_body(answer.body) if answer.status in _OK else {})}
    if config.model and answer.status in _OK and "model" not in told:
        detail = "The answer to the probe is no chat completion: it names no model."
        return FetchFailed(FailureKind.WRONG_TYPE, detail, answer.status, answer.final_url)
    body = written({ENTRY: told})
    return replace(answer, body=body, content_type="application/json", etag=None, last_modified=None, max_age=None)


def _question(config: EndpointProbe, request: Request) -> Request:
    asked = accepting(replace(request, etag=None, last_modified=None), "application/json")
    asked = replace(asked, method=config.method, answers=_OK | _TELLING)
    if config.method == "GET":
        return asked
    content = {
        "model": config.model,
        "messages": [{"role": "user", "content": "Hi"}],
        config.token_parameter: config.max_tokens,
        "stream": False,
    }
    return replace(
        asked,
        content=json.dumps(content).encode(),
        headers={**asked.headers, "Content-Type": "application/json"},
    )


def _headers(answer: Fetched) -> dict[str, Tree]:
    names = ("deprecation", "sunset", *(("location",) if answer.status in range(300, 400) else ()))
    return {name: shown(answer.headers[name]) for name in names if answer.headers.get(name)}


def _body(body: bytes) -> dict[str, Tree]:
    try:
        tree = json.loads(body[:_READ])
    except (ValueError, RecursionError):
        return {}
    found = tree if isinstance(tree, Mapping) else {}
    values = {name: found.get(name) for name in ("model", "system_fingerprint")}
    return {name: shown(value) for name, value in values.items() if isinstance(value, str) and value}


SOURCE_KIND = SourceKind("endpoint-probe", EndpointProbe, get, crawls=False)
