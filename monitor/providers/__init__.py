"""Provider packs: ready lists of a provider's official sources, one YAML file each, no code.

A pack has `provider`, `title` and `sources` with the keys of a source in `headwater.yaml`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

from monitor.config.models import SourceConfig
from monitor.fetch.kinds import DEFAULT_KIND, SOURCE_MODELS


@cache
def available_packs() -> frozenset[str]:
    """Names of the packs that come with headwater."""
    return frozenset(
        entry.name.removesuffix(".yaml")
        for entry in resources.files(__name__).iterdir()
        if entry.name.endswith(".yaml")
    )


@cache
def load_pack(name: str) -> tuple[SourceConfig, ...]:
    """The sources of a pack.

    Raises:
        KeyError: there is no such pack.
    """
    if name not in available_packs():
        raise KeyError(name)
    data = yaml.safe_load((resources.files(__name__) / f"{name}.yaml").read_text(encoding="utf-8"))
    return tuple(
        SOURCE_MODELS[source.get("kind", DEFAULT_KIND)].model_validate({"provider": data["provider"], **source})
        for source in data["sources"]
    )
