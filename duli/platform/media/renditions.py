"""Renditions are made once, on first request or ahead by the job `media.render`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from duli.base.errors import NotFound
from duli.platform.media import files, images
from duli.platform.media.models import Asset, AssetKind
from duli.platform.media.types import FORMATS, BrokenFile, widths_for

_busy = threading.BoundedSemaphore(max(1, min(2, os.cpu_count() or 1)))
_guard = threading.Lock()


class _Queue:
    """Those who want the same rendition at the same moment."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.length = 0


_queues: dict[Path, _Queue] = {}


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one thread of this process at a time make `path`; the others wait and then find it there."""
    with _guard:
        queue = _queues.setdefault(path, _Queue())
        queue.length += 1
    try:
        with queue.lock:
            yield
    finally:
        with _guard:
            queue.length -= 1
            if not queue.length:
                del _queues[path]


def rendition(*, asset_id: int, hash: str, width: int, extension: str) -> Path:
    """Return the file of a rendition, made now if it is not there yet.

    `hash` is the start of the content's hash as it stands in the address. Raises NotFound for an unknown
    picture, format or width: only the fixed widths up to the original's are ever made.
    """
    path = files.rendition_path(asset_id, hash, width, extension)
    if path.exists():
        return path
    asset = Asset.objects.filter(pk=asset_id, kind=AssetKind.IMAGE, content_hash__startswith=hash).first()
    if asset is None or extension not in FORMATS or width not in widths_for(asset.width):
        raise NotFound()
    return _make(asset, path, width, extension)


def _make(asset: Asset, path: Path, width: int, extension: str) -> Path:
    original = files.root() / asset.file
    with _alone(path):
        if not path.exists():
            try:
                with _busy, files.written(path) as target:
                    images.encode(original, width, extension, target)
            except FileNotFoundError:
                raise NotFound() from None
            except OSError:
                raise BrokenFile(name=asset.original_name) from None
    return path


def render_all(*, asset_id: int) -> int:
    """Make every rendition of a picture that is not there yet; return how many were made."""
    asset = Asset.objects.filter(pk=asset_id, kind=AssetKind.IMAGE).first()
    made = 0
    if asset is None:
        return 0
    for width in widths_for(asset.width):
        for extension in FORMATS:
            path = files.rendition_path(asset.pk, asset.content_hash, width, extension)
            if not path.exists():
                _make(asset, path, width, extension)
                made += 1
    return made
