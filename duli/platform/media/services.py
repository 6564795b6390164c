"""The only writers of media."""

from __future__ import annotations

import hashlib
import io
from pathlib import PurePath
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import ManyToOneRel

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.text import one_line, safe_url
from duli.platform.media import files, storage
from duli.platform.media.jobs import render
from duli.platform.media.models import Asset, AssetKind
from duli.platform.media.types import AssetInUse, FileTooLarge, InvalidLink, UnsupportedFile
from duli.platform.store.changes import mark

MAXIMUM_IMAGE_MEGABYTES = 25
MAXIMUM_VIDEO_MEGABYTES = 300
_CHUNK = 1024 * 1024
_MP4_BRANDS = {b"iso", b"mp4", b"avc", b"M4V", b"MSN", b"das"}


def store_image(*, content: bytes | BinaryIO, name: str, alt: str = "", actor: str, render_ahead: bool = True) -> Asset:
    """Keep a picture: JPEG, PNG, WebP, GIF or AVIF by its content, upright and without metadata.

    The same content again returns the asset there is (its text and focal point stay). With `render_ahead` a
    job makes the renditions; without, each is made when it is first asked for. Raises UnsupportedFile (SVG
    too: it may carry scripts), FileTooLarge, PictureTooLarge, BrokenFile.
    """
    from duli.platform.media.images import inspect

    name = _clean_name(name)
    limit = MAXIMUM_IMAGE_MEGABYTES * 1024 * 1024
    data = content if isinstance(content, bytes) else content.read(limit + 1)
    if len(data) > limit:
        raise FileTooLarge(name=name, megabytes=MAXIMUM_IMAGE_MEGABYTES)
    content_hash = hashlib.sha256(data).hexdigest()
    found = Asset.objects.filter(content_hash=content_hash).first()
    if found is not None and storage.current().size(found.file) is not None:
        return found
    picture = inspect(data, name)
    path = files.original_name(content_hash, picture.extension)
    with files.written(path) as target:
        target.write(picture.content)
    if found is not None:
        return found
    asset = Asset(
        kind=AssetKind.IMAGE,
        file=path,
        original_name=name,
        mime=picture.mime,
        content_hash=content_hash,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.content),
        alt=one_line(alt, 255),
        created_at=now(),
    )
    return _insert(asset, render_ahead)


def store_video(*, content: bytes | BinaryIO, name: str, alt: str = "", actor: str) -> Asset:
    """Keep an MP4 or WebM film as it is. Raises UnsupportedFile, FileTooLarge."""
    name = _clean_name(name)
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    head = stream.read(_CHUNK)
    if head[4:8] == b"ftyp" and head[8:11] in _MP4_BRANDS:
        extension, mime = "mp4", "video/mp4"
    elif head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64]:
        extension, mime = "webm", "video/webm"
    else:
        raise UnsupportedFile(name=name)
    digest = hashlib.sha256()
    size = 0
    with files.incoming() as temporary:
        with temporary.open("wb") as target:
            chunk = head
            while chunk:
                size += len(chunk)
                if size > MAXIMUM_VIDEO_MEGABYTES * 1024 * 1024:
                    raise FileTooLarge(name=name, megabytes=MAXIMUM_VIDEO_MEGABYTES)
                digest.update(chunk)
                target.write(chunk)
                chunk = stream.read(_CHUNK)
        content_hash = digest.hexdigest()
        path = files.original_name(content_hash, extension)
        storage.current().keep(temporary, path)
    found = Asset.objects.filter(content_hash=content_hash).first()
    if found is not None:
        return found
    asset = Asset(
        kind=AssetKind.VIDEO,
        file=path,
        original_name=name,
        mime=mime,
        content_hash=content_hash,
        bytes=size,
        alt=one_line(alt, 255),
        created_at=now(),
    )
    return _insert(asset, False)


@transaction.atomic
def store_link(*, url: str, alt: str = "", actor: str) -> Asset:
    """Keep the https address of a film or page elsewhere; the same address again returns the asset there is.

    Raises InvalidLink.
    """
    address = safe_url(url)
    if not address.startswith("https://") or len(address) > 1000:
        raise InvalidLink()
    found = Asset.objects.filter(kind=AssetKind.LINK, url=address).first()
    if found is not None:
        return found
    return Asset.objects.create(kind=AssetKind.LINK, url=address, alt=one_line(alt, 255), created_at=now())


@transaction.atomic
def update_asset(
    *, asset_id: int, actor: str, alt: str | None = None, focal_x: float | None = None, focal_y: float | None = None
) -> Asset:
    """Change what is said of a picture or where its focal point is (0 to 1); None leaves a part as it is.

    Raises NotFound, InvalidInput.
    """
    asset = Asset.objects.filter(pk=asset_id).first()
    if asset is None:
        raise NotFound()
    for field, value in (("focal_x", focal_x), ("focal_y", focal_y)):
        if value is not None:
            if not 0 <= value <= 1:
                raise InvalidInput(field=field)
            setattr(asset, field, value)
    if alt is not None:
        asset.alt = one_line(alt, 255)
    asset.save(update_fields=["alt", "focal_x", "focal_y"])
    mark("catalogue", f"asset:{asset_id}")
    return asset


@transaction.atomic
def delete_asset(*, asset_id: int, actor: str) -> None:
    """Remove an asset that nothing points at, with its files. Raises NotFound, AssetInUse."""
    asset = Asset.objects.filter(pk=asset_id).first()
    if asset is None:
        raise NotFound()
    relations = [field for field in Asset._meta.get_fields(include_hidden=True) if isinstance(field, ManyToOneRel)]
    count = sum(
        relation.related_model._base_manager.filter(**{relation.field.name: asset}).count() for relation in relations
    )
    if count:
        raise AssetInUse(count=count)
    original, content_hash = asset.file, asset.content_hash
    asset.delete()

    def remove_files() -> None:
        store = storage.current()
        if original:
            store.remove_below(files.rendition_folder(asset_id, content_hash))
            store.remove(original)

    transaction.on_commit(remove_files)


def _insert(asset: Asset, render_ahead: bool) -> Asset:
    """Save a new file's row; who lost a race against the same content gets the winner's row."""
    try:
        with transaction.atomic():
            asset.save(force_insert=True)
            if render_ahead:
                render.enqueue(asset_id=asset.pk)
    except IntegrityError:
        return Asset.objects.get(content_hash=asset.content_hash)
    return asset


def _clean_name(name: str) -> str:
    return one_line(PurePath(name.replace("\\", "/")).name, 255) or "file"
