"""Golden files: what came out once, was read by a person and committed. `make golden` writes them anew."""

from __future__ import annotations

import json
import os
from pathlib import Path


def assert_golden(path: Path, value: object) -> None:
    """Compare `value` with the JSON in a file; with `HEADWATER_WRITE_GOLDEN` in the environment, write it first."""
    if os.environ.get("HEADWATER_WRITE_GOLDEN"):
        path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert value == json.loads(path.read_text(encoding="utf-8")), f"{path.name} differs; `make golden` writes it anew"
