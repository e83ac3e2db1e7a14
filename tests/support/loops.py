"""Coroutines in tests that are no coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def awaited(story: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns, run in a thread of its own: a browser that is open keeps a loop running in ours."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()
