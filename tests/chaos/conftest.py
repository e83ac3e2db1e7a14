from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.harness import Upstream, Webhook


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as running:
        yield running


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as running:
        yield running
