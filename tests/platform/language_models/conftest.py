from __future__ import annotations

from collections.abc import Iterator

import pytest

from duli.platform.language_models import services
from duli.platform.language_models.provider import providers
from tests.platform.language_models.writers import Writer


@pytest.fixture
def provider() -> Iterator[Writer]:
    """A model that can be set up."""
    found = Writer()
    providers.register(found.code, found)
    yield found
    del providers._entries[found.code]


@pytest.fixture
def writer(db: None, provider: Writer) -> Writer:
    """A model that is switched on."""
    services.save_account(code="writer", enabled=True, values={"key": "a secret", "model": "writer-1"})
    return provider
