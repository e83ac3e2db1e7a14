"""`hugging-face-card`: a model card, the raw README.md of a repository with its front matter.

The hub serves it as plain text (https://huggingface.co/docs/hub/model-cards); it is Markdown.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.fetch.client import Fetcher
from monitor.fetch.model import Fetched, FetchOutcome, Request

KIND = "hugging-face-card"


def fetch(fetcher: Fetcher, request: Request) -> FetchOutcome:
    """Get the card."""
    answer = fetcher.fetch(request)
    if isinstance(answer, Fetched) and answer.content_type.startswith("text/plain"):
        return replace(answer, content_type=answer.content_type.replace("text/plain", "text/markdown", 1))
    return answer
