"""Extractors, one file per area. Each is a pure function `Page -> facts`; adding one is adding it to `EXTRACTORS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from monitor.extract.facts.aliases import read_aliases
from monitor.extract.facts.capabilities import read_capabilities
from monitor.extract.facts.endpoints import read_endpoints
from monitor.extract.facts.hub import read_hub
from monitor.extract.facts.identifiers import read_identifiers
from monitor.extract.facts.labelled import read_labelled
from monitor.extract.facts.licenses import read_licenses
from monitor.extract.facts.lifecycle import read_lifecycle
from monitor.extract.facts.limits import read_limits
from monitor.extract.facts.models import read_models
from monitor.extract.facts.observed import read_observed
from monitor.extract.facts.openapi import read_openapi
from monitor.extract.facts.page import Page
from monitor.extract.facts.prices import read_prices
from monitor.extract.facts.prose_limits import read_prose_limits
from monitor.extract.facts.prose_prices import read_prose_prices
from monitor.extract.facts.registry import read_registry
from monitor.extract.facts.releases import read_releases
from monitor.extract.facts.states import read_states
from snapshots.facts import Fact

Extractor = Callable[[Page], Iterator[Fact]]

EXTRACTORS: dict[str, Extractor] = {
    "aliases": read_aliases,
    "models": read_models,
    "identifiers": read_identifiers,
    "licenses": read_licenses,
    "endpoints": read_endpoints,
    "prices": read_prices,
    "prose_prices": read_prose_prices,
    "labelled": read_labelled,
    "limits": read_limits,
    "prose_limits": read_prose_limits,
    "capabilities": read_capabilities,
    "lifecycle": read_lifecycle,
    "states": read_states,
    "openapi": read_openapi,
    "hub": read_hub,
    "registry": read_registry,
    "observed": read_observed,
    "releases": read_releases,
}
