from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from duli.commerce.exchange.fetching import FetchFailed


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


class Web:
    """A world of pictures without a network."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.asked: list[str] = []

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise FetchFailed(reason="HTTP 404")
        return self.pages[url]


@pytest.fixture
def web() -> Web:
    return Web()
