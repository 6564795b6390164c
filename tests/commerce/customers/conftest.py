from __future__ import annotations

import pytest

from tests import factories


@pytest.fixture
def shop(db: None) -> None:
    factories.shop()
