"""The JSON Schema of the lines of a `headwater-jsonl` file, put together from the models that read them."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from snapshots.archives.model import HeaderLine, Record


def json_schema() -> dict[str, Any]:
    """The schema of one line, draft 2020-12. What the caps and references are besides, `docs/archives.md` tells."""
    schema = TypeAdapter[HeaderLine | Record](HeaderLine | Record).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "a line of headwater-jsonl"}
