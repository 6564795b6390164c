from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from duli.platform.store.changes import reset_caches

pytest_plugins = ["tests.plugins_ci"]


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """No test sees what another one left in this process's caches."""
    reset_caches()
    cache.clear()
    yield
    reset_caches()
