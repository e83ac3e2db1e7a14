"""The stylesheet, the script and the icon under names that change with their content, so that browsers keep them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: the name it is served under, its type and its bytes."""

    name: str
    media_type: str
    body: bytes


@cache
def assets() -> dict[str, Asset]:
    """Every file by the name it has in the folder."""
    found = {}
    for file in sorted(_FOLDER.iterdir()):
        if file.suffix in _TYPES:
            body = file.read_bytes()
            digest = hashlib.sha256(body).hexdigest()[:12]
            found[file.name] = Asset(f"{file.stem}.{digest}{file.suffix}", _TYPES[file.suffix], body)
    return found


def served() -> dict[str, Asset]:
    """Every file by the name it is served under."""
    return {asset.name: asset for asset in assets().values()}


def address(name: str) -> str:
    """Where a file of the folder is served."""
    return f"/static/{assets()[name].name}"
