"""Where media lie on disk: ``originals/ab/<hash>.<ext>`` and ``r/<id>-<hash8>/<width>.<ext>``."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from duli.platform.media.types import HASH_LENGTH


def root() -> Path:
    return Path(settings.MEDIA_ROOT)


def original_name(content_hash: str, extension: str) -> str:
    """Return the path below the media folder under which content with this hash is kept."""
    return f"originals/{content_hash[:2]}/{content_hash}.{extension}"


def rendition_path(asset_id: int, content_hash: str, width: int, extension: str) -> Path:
    return root() / "r" / f"{asset_id}-{content_hash[:HASH_LENGTH]}" / f"{width}.{extension}"


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for writing so that readers see it whole or not at all."""
    with incoming() as temporary:
        with temporary.open("wb") as file:
            yield file
        keep(temporary, path)


@contextmanager
def incoming() -> Iterator[Path]:
    """Give a path to write to before it is known what the content is; what is not kept is removed."""
    folder = root() / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / secrets.token_hex(12)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def keep(temporary: Path, path: Path) -> None:
    """Move a file that is complete to where it belongs, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.replace(temporary, path)


def remove_renditions(asset_id: int, content_hash: str) -> None:
    shutil.rmtree(rendition_path(asset_id, content_hash, 0, "x").parent, ignore_errors=True)
