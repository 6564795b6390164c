from __future__ import annotations

from collections.abc import Iterable

from duli.platform.media.models import Asset, AssetKind
from duli.platform.media.types import PREFIX, ImageView, source
from duli.platform.store.prepared import Prepared

VIEW_FIELDS = ("id", "content_hash", "width", "height", "alt", "focal_x", "focal_y")
"""The columns of `Asset` in the order of `ImageView`, for reads that join it: ``ImageView(*row)``."""

_views = Prepared(lambda ids: Asset.objects.filter(pk__in=ids, kind=AssetKind.IMAGE).values_list(*VIEW_FIELDS))


def image_views(ids: Iterable[int]) -> dict[int, ImageView]:
    """Return the pictures among `ids` (one query); what is no picture or unknown is absent."""
    return {row[0]: ImageView(*row) for row in _views.rows(sorted(set(ids)))}


def image_source(*, asset_id: int, content_hash: str, original_width: int, width: int, format: str = "webp") -> str:
    """Return the address of a rendition from an asset's columns, without reading anything."""
    return source(ImageView(asset_id, content_hash, original_width, 0), width, format)


def file_url(asset: Asset) -> str:
    """Return the address of the stored file, or the link's own."""
    return asset.url or f"{PREFIX}{asset.file}"
