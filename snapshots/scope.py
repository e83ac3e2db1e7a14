"""Which documents speak of the same thing when they say "this": the repository that an address belongs to."""

from __future__ import annotations

from urllib.parse import urlsplit

_FAMILIES = {
    "github.com": "github",
    "www.github.com": "github",
    "raw.githubusercontent.com": "github",
    "api.github.com": "github",
    "huggingface.co": "hugging-face",
    "www.huggingface.co": "hugging-face",
    "hf.co": "hugging-face",
    "modelscope.cn": "modelscope",
    "www.modelscope.cn": "modelscope",
    "gitlab.com": "gitlab",
    "gitee.com": "gitee",
}
# What stands before owner and name on some hosts: `/api/models/owner/name`, `/repos/owner/name`.
_LEADING = frozenset({"api", "models", "repos", "v1"})
_OTHER_KINDS = frozenset({"datasets", "spaces", "orgs", "users", "docs", "blog", "papers", "collections"})


def scope_of(url: str, source_id: str) -> str:
    """`github:acme/model` for every document of that repository; the source's own id for any other address.

    A repository's card, its LICENSE file and what the host's API says of it describe one thing; what any other
    document says of itself it says of itself alone.
    """
    return repository_of(url) or source_id


def repository_of(url: str) -> str:
    """`family:owner/name` in lower case for an address on a host of code or models; empty for any other."""
    try:
        parts = urlsplit(url)
        family = _FAMILIES.get((parts.hostname or "").lower())
    except ValueError:
        return ""
    steps = [step for step in parts.path.lower().split("/") if step]
    while steps and steps[0] in _LEADING:
        steps = steps[1:]
    if family is None or len(steps) < 2 or steps[0] in _OTHER_KINDS:
        return ""
    return f"{family}:{steps[0]}/{steps[1].removesuffix('.git')}"
