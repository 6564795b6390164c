"""How media are named in the store, and how files come into it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from duli.platform.media import storage
from duli.platform.media.types import HASH_LENGTH


def original_name(content_hash: str, extension: str) -> str:
    """Return the name under which content with this hash is kept."""
    return f"originals/{content_hash[:2]}/{content_hash}.{extension}"


def rendition_folder(asset_id: int, content_hash: str) -> str:
    return f"r/{asset_id}-{content_hash[:HASH_LENGTH]}"


def rendition_name(asset_id: int, content_hash: str, width: int, extension: str) -> str:
    return f"{rendition_folder(asset_id, content_hash)}/{width}.{extension}"


@contextmanager
def written(name: str) -> Iterator[BinaryIO]:
    """Open a new file for writing; it is kept as `name` when it is complete."""
    with incoming() as temporary:
        with temporary.open("wb") as file:
            yield file
        storage.current().keep(temporary, name)


@contextmanager
def incoming() -> Iterator[Path]:
    """Give a path to write to before it is known what the content is; what is not kept is removed."""
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / secrets.token_hex(12)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
