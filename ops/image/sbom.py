"""The software bill of materials of the image: CycloneDX 1.6 JSON from the lock file, on stdout.

Each component is a pin that holds for this Python and platform, named by its package URL
(https://github.com/package-url/purl-spec, type pypi). The hashes pip checks stand in the lock, so its own digest is in
the metadata instead of thirty hashes a component. No instant is written: the same lock gives the same bytes.

Run: python ops/image/sbom.py requirements/runtime.txt  (needs `packaging`)
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

# The identity of an SBOM follows from what it lists (RFC 9562, UUID version 5).
_NAMESPACE = uuid.UUID("7d9cba3a-4c5f-5a3e-9a52-5d9f5b6f6a10")


def components(lock: str) -> Iterator[dict[str, Any]]:
    """The pins that hold here, in the order of the lock."""
    for pin, _hashes in re.findall(r"^([a-z0-9][^\\\n]*?) \\\n((?:    --hash=\S+.*\n)+)", lock, re.MULTILINE):
        requirement = Requirement(pin)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        (specifier,) = requirement.specifier
        purl = f"pkg:pypi/{requirement.name.lower()}@{specifier.version}"
        yield {"type": "library", "bom-ref": purl, "name": requirement.name, "version": specifier.version, "purl": purl}


def sbom(lock: bytes, *, version: str) -> dict[str, Any]:
    """The document for a lock's bytes; `version` is headwater's own."""
    digest = hashlib.sha256(lock).hexdigest()
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, version + digest)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "headwater",
                "name": "headwater",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
            "properties": [{"name": "headwater:lock:sha256", "value": digest}],
        },
        "components": list(components(lock.decode())),
    }


def project_version(text: str) -> str:
    """The version that `pyproject.toml` gives."""
    found = re.search(r'^version = "([^"]+)"$', text, re.MULTILINE)
    if found is None:
        sys.exit("pyproject.toml gives no version.")
    return found[1]


if __name__ == "__main__":
    made = sbom(Path(sys.argv[1]).read_bytes(), version=project_version(Path("pyproject.toml").read_text("utf-8")))
    sys.stdout.write(json.dumps(made, indent=1) + "\n")
