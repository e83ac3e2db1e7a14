"""`hugging-face-card`: a model card, the raw README.md of a repository with its front matter.

The hub serves it as plain text (https://huggingface.co/docs/hub/model-cards); it is Markdown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from monitor.fetch.kinds.base import AddressedSource, SourceKind, Tools
from monitor.fetch.model import Fetched, FetchOutcome, Request


class HuggingFaceCard(AddressedSource):
    """The card alone; `hugging-face-model` reads it together with the rest of the repository."""

    kind: Literal["hugging-face-card"]


def get(tools: Tools, _config: HuggingFaceCard, request: Request) -> FetchOutcome:
    """Get the card."""
    answer = tools.fetcher.fetch(request)
    if isinstance(answer, Fetched) and answer.content_type.startswith("text/plain"):
        return replace(answer, content_type=answer.content_type.replace("text/plain", "text/markdown", 1))
    return answer


SOURCE_KIND = SourceKind("hugging-face-card", HuggingFaceCard, get)
