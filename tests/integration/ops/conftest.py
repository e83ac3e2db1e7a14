from __future__ import annotations

from tests.integration.store.conftest import database

__all__ = ["database"]
