"""Renditions are made once, on first request or ahead by the job `media.render`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from duli.base.errors import NotFound
from duli.platform.media import files, images, storage
from duli.platform.media.models import Asset, AssetKind
from duli.platform.media.storage import Opened
from duli.platform.media.types import FORMATS, BrokenFile, widths_for

_busy = threading.BoundedSemaphore(max(1, min(2, os.cpu_count() or 1)))
_guard = threading.Lock()


class _Queue:
    """Those who want the same rendition at the same moment."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.length = 0


_queues: dict[str, _Queue] = {}


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Let one thread of this process at a time make `name`; the others wait and then find it there."""
    with _guard:
        queue = _queues.setdefault(name, _Queue())
        queue.length += 1
    try:
        with queue.lock:
            yield
    finally:
        with _guard:
            queue.length -= 1
            if not queue.length:
                del _queues[name]


def rendition(*, asset_id: int, hash: str, width: int, extension: str) -> Opened:
    """Open a rendition, made now if it is not there yet.

    `hash` is the start of the content's hash as it stands in the address. Raises NotFound for an unknown
    picture, format or width: only the fixed widths up to the original's are ever made.
    """
    name = files.rendition_name(asset_id, hash, width, extension)
    opened = storage.current().open(name)
    if opened is not None:
        return opened
    asset = Asset.objects.filter(pk=asset_id, kind=AssetKind.IMAGE, content_hash__startswith=hash).first()
    if asset is None or extension not in FORMATS or width not in widths_for(asset.width):
        raise NotFound()
    _make(asset, name, width, extension)
    opened = storage.current().open(name)
    if opened is None:
        raise NotFound()
    return opened


def _make(asset: Asset, name: str, width: int, extension: str) -> None:
    store = storage.current()
    with _alone(name):
        if store.size(name) is not None:
            return
        try:
            with _busy, store.local(asset.file) as original, files.written(name) as target:
                images.encode(original, width, extension, target)
        except FileNotFoundError:
            raise NotFound() from None
        except OSError:
            raise BrokenFile(name=asset.original_name) from None


def render_all(*, asset_id: int) -> int:
    """Make every rendition of a picture that is not there yet; return how many were made."""
    asset = Asset.objects.filter(pk=asset_id, kind=AssetKind.IMAGE).first()
    made = 0
    if asset is None:
        return 0
    store = storage.current()
    for width in widths_for(asset.width):
        for extension in FORMATS:
            name = files.rendition_name(asset.pk, asset.content_hash, width, extension)
            if store.size(name) is None:
                _make(asset, name, width, extension)
                made += 1
    return made
