"""Source kinds: how a document of a kind is fetched, and which options it takes.

One file each; to add one, write it and name it in `KINDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.config.models import SourceConfig
from monitor.fetch.kinds import (
    data,
    endpoint_probe,
    feed,
    git_file,
    hugging_face_card,
    hugging_face_model,
    local_file,
    markdown_twin,
    model_list,
    openapi,
    rendered_page,
    web_page,
)
from monitor.fetch.kinds.base import SourceKind

KINDS: Mapping[str, SourceKind[Any]] = {
    kind.name: kind
    for kind in (
        web_page.SOURCE_KIND,
        rendered_page.SOURCE_KIND,
        markdown_twin.SOURCE_KIND,
        hugging_face_card.SOURCE_KIND,
        hugging_face_model.SOURCE_KIND,
        openapi.SOURCE_KIND,
        data.JSON_KIND,
        data.YAML_KIND,
        feed.SOURCE_KIND,
        git_file.SOURCE_KIND,
        model_list.SOURCE_KIND,
        local_file.SOURCE_KIND,
        endpoint_probe.SOURCE_KIND,
    )
}
DEFAULT_KIND = "web-page"
SOURCE_MODELS: Mapping[str, type[SourceConfig]] = {name: kind.model for name, kind in KINDS.items()}
