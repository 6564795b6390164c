from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from duli.base.errors import InvalidInput, NotFound, sentence
from duli.platform.media import services
from duli.platform.media.models import Asset
from duli.platform.media.types import (
    AssetInUse,
    BrokenFile,
    FileTooLarge,
    InvalidLink,
    PictureTooLarge,
    UnsupportedFile,
)
from duli.web.backoffice.kit import pdf
from tests.platform.media.pictures import opened, picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def store(content: bytes, name: str = "a.jpg", **options: object) -> Asset:
    return services.store_image(content=content, name=name, actor="user:1", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("form", "extension", "mime"),
    [
        ("JPEG", "jpg", "image/jpeg"),
        ("PNG", "png", "image/png"),
        ("WEBP", "webp", "image/webp"),
        ("GIF", "gif", "image/gif"),
        ("AVIF", "avif", "image/avif"),
    ],
)
def test_what_a_picture_is_says_its_content_not_its_name(
    form: str, extension: str, mime: str, media_root: Path
) -> None:
    asset = store(picture(120, 80, form), name="C:\\pictures\\Teapot.txt", alt=" A  teapot ")
    assert (asset.mime, asset.width, asset.height, asset.alt) == (mime, 120, 80, "A teapot")
    assert asset.original_name == "Teapot.txt"
    assert asset.file.endswith(f"{asset.content_hash}.{extension}")
    assert opened((media_root / asset.file).read_bytes()).format == form


def test_the_same_content_is_kept_once() -> None:
    first = store(picture(), alt="one")
    assert store(picture(), name="b.jpg", alt="two").pk == first.pk
    assert Asset.objects.count() == 1


def test_a_lost_file_comes_back_when_it_is_uploaded_again(media_root: Path) -> None:
    first = store(picture())
    (media_root / first.file).unlink()
    assert store(picture()).pk == first.pk
    assert (media_root / first.file).exists()


def test_metadata_goes_and_pixels_stay(media_root: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    content = picture(200, 100, exif=exif.tobytes(), comment=b"at home")
    assert b"Secret camera" in content
    asset = store(content)
    kept = (media_root / asset.file).read_bytes()
    assert b"Secret camera" not in kept
    assert b"at home" not in kept
    assert opened(kept).tobytes() == opened(content).tobytes()


@pytest.mark.parametrize("form", ["PNG", "WEBP", "AVIF"])
def test_metadata_goes_from_other_forms_too(form: str, media_root: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    asset = store(picture(64, 64, form, exif=exif.tobytes()))
    assert b"Secret camera" not in (media_root / asset.file).read_bytes()


def test_a_photograph_taken_upright_stands_upright(media_root: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    asset = store(picture(200, 100, exif=exif.tobytes()))
    assert (asset.width, asset.height) == (100, 200)
    kept = opened((media_root / asset.file).read_bytes())
    assert kept.size == (100, 200)
    assert not kept.getexif()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"%PDF-1.7",
        b"\x00" * 5000,
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(UnsupportedFile) as refusal:
        store(content, name="x.jpg")
    assert "x.jpg" in sentence(refusal.value)
    assert not Asset.objects.exists()


def test_half_a_picture_is_refused_whoever_else_uses_the_same_library(media_root: Path) -> None:
    pdf.available()
    with pytest.raises(BrokenFile):
        store(picture(800, 800)[:3000])
    assert not list(media_root.rglob("*.jpg"))


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 9000, 9000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    with pytest.raises(PictureTooLarge):
        store(bomb)


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAXIMUM_IMAGE_MEGABYTES", 0)
    with pytest.raises(FileTooLarge):
        services.store_image(content=io.BytesIO(picture()), name="a.jpg", actor="user:1")


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\x00\x00\x00\x20ftypisom" + b"\0" * 50, "video/mp4"),
        (b"\x00\x00\x00\x20ftypmp42" + b"\0" * 50, "video/mp4"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + b"\0" * 50, "video/webm"),
    ],
)
def test_films_are_known_by_their_signature(head: bytes, mime: str, media_root: Path) -> None:
    asset = services.store_video(content=io.BytesIO(head * 3), name="f.bin", actor="user:1")
    assert (asset.kind, asset.mime, asset.bytes) == ("video", mime, len(head) * 3)
    assert (media_root / asset.file).read_bytes() == head * 3
    assert services.store_video(content=head * 3, name="g.bin", actor="user:1").pk == asset.pk
    assert not list((media_root / "incoming").iterdir())


@pytest.mark.parametrize(
    "content", [b"", b"RIFF....AVI LIST", b"\x00\x00\x00\x20ftypheic", b"\x1a\x45\xdf\xa3matroska"]
)
def test_other_films_are_refused(content: bytes) -> None:
    with pytest.raises(UnsupportedFile):
        services.store_video(content=content, name="f.mp4", actor="user:1")


def test_a_film_that_is_too_large_leaves_nothing(media_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAXIMUM_VIDEO_MEGABYTES", 0)
    with pytest.raises(FileTooLarge):
        services.store_video(content=b"\x00\x00\x00\x20ftypisom", name="f.mp4", actor="user:1")
    assert not [path for path in media_root.rglob("*") if path.is_file()]


def test_links_are_https_and_kept_once() -> None:
    first = services.store_link(url=" https://youtu.be/dQw4w9WgXcQ ", actor="user:1")
    assert services.store_link(url="https://youtu.be/dQw4w9WgXcQ", actor="user:1").pk == first.pk
    for url in ("http://example.com/a", "javascript:alert(1)", "https://", "ftp://example.com"):
        with pytest.raises(InvalidLink):
            services.store_link(url=url, actor="user:1")


def test_alt_and_focal_point_change_and_are_checked() -> None:
    asset = store(picture())
    services.update_asset(asset_id=asset.pk, actor="user:1", alt="A pot", focal_x=0.2)
    asset.refresh_from_db()
    assert (asset.alt, asset.focal_x, asset.focal_y) == ("A pot", 0.2, 0.5)
    with pytest.raises(InvalidInput):
        services.update_asset(asset_id=asset.pk, actor="user:1", focal_y=1.1)
    with pytest.raises(NotFound):
        services.update_asset(asset_id=asset.pk + 1, actor="user:1")


def test_what_is_used_is_not_deleted(media_root: Path, django_capture_on_commit_callbacks: Any) -> None:
    from duli.commerce.catalogue.models import Collection

    asset = store(picture())
    collection = Collection.objects.create(handle="tea", title="Tea", image=asset)
    with pytest.raises(AssetInUse):
        services.delete_asset(asset_id=asset.pk, actor="user:1")
    collection.delete()
    with django_capture_on_commit_callbacks(execute=True):
        services.delete_asset(asset_id=asset.pk, actor="user:1")
    assert not (media_root / asset.file).exists()
    assert not Asset.objects.exists()
