"""Source kinds: how a document of a kind is fetched. One file each; to add one, write it and name it in `KINDS`."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.fetch.kinds import hugging_face_card, hugging_face_model, web_page
from monitor.fetch.kinds.base import SourceKind

KINDS: Mapping[str, SourceKind] = {
    module.KIND: module.fetch for module in (web_page, hugging_face_card, hugging_face_model)
}
