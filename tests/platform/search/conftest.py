from __future__ import annotations

import pytest

from duli.platform.search import services
from tests.platform.search.corpus import documents


@pytest.fixture
def shop(db: None) -> None:
    """The small shop in both languages, indexed."""
    services.index(documents=documents())
