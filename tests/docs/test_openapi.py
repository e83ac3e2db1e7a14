from __future__ import annotations

import json
import os
from pathlib import Path

from snapshots.web.api import create_api

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_the_committed_document_is_what_the_service_answers() -> None:
    told = json.dumps(create_api().state.document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("HEADWATER_WRITE_GOLDEN"):
        DOCUMENT.write_text(told, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == told, "the API changed: look at it, then run `make golden`"
