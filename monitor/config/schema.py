"""The JSON Schema of `headwater.yaml`, put together from the models that read it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from monitor.config.loader import AlertModels
from monitor.config.models import Settings
from monitor.fetch.kinds import SOURCE_MODELS


def json_schema(models: AlertModels) -> dict[str, Any]:
    """The schema, draft 2020-12, with the source kinds, and the channel kinds and the route of the alerts room."""
    schema = Settings.model_json_schema()
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    sources = [_place(model, definitions) for _, model in sorted(SOURCE_MODELS.items())]
    schema["properties"]["sources"]["items"] = {"oneOf": sources}
    channels = [_place(model, definitions) for _, model in sorted(models.channels.items())]
    schema["properties"]["channels"]["items"] = {"oneOf": channels}
    schema["properties"]["routes"]["items"] = _place(models.route, definitions)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "headwater.yaml"}


def _place(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, str]:
    part = model.model_json_schema()
    definitions.update(part.pop("$defs", {}))
    definitions[model.__name__] = part
    return {"$ref": f"#/$defs/{model.__name__}"}
