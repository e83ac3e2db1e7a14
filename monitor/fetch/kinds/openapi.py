"""`openapi`: a description of an API in JSON or YAML, kept as it came (OpenAPI 3.1, Swagger 2.0).

Whether it is one is told by its mark alone, because a large description takes seconds to read and most checks find
nothing new. What is broken beyond that is found when it is read.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from monitor.fetch.kinds.base import AddressedSource, SourceKind, Tools, accepting
from monitor.fetch.model import FailureKind, Fetched, FetchFailed, FetchOutcome, Request

_MARK = re.compile(rb"""(?:^|[{,\n])[ \t\r\n]*["']?(?:openapi|swagger)["']?[ \t]*:""")
_PATHS = re.compile(rb"""["']?(?:paths|webhooks)["']?[ \t]*:""")


class OpenApi(AddressedSource):
    """Operations, parameters and the models they take."""

    kind: Literal["openapi"]


def get(tools: Tools, _config: OpenApi, request: Request) -> FetchOutcome:
    """Get the description."""
    answer = tools.fetcher.fetch(accepting(request, "application/json, application/yaml;q=0.9, */*;q=0.5"))
    if not isinstance(answer, Fetched):
        return answer
    start = answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<" or not _MARK.search(answer.body) or not _PATHS.search(answer.body):
        detail = "The answer is no OpenAPI document: it has no `openapi` or `swagger` entry beside its `paths`."
        return FetchFailed(FailureKind.WRONG_TYPE, detail, status=answer.status, final_url=answer.final_url)
    media, _, rest = answer.content_type.partition(";")
    if "json" in media or "yaml" in media:
        return answer
    form = "application/json" if start == b"{" else "application/yaml"
    return replace(answer, content_type=f"{form};{rest}".rstrip(";"))


SOURCE_KIND = SourceKind("openapi", OpenApi, get)
