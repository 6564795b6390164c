"""Decoding and encoding pictures. Pillow is loaded on first use: it costs memory that a small shop may never need."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from duli.platform.media.types import BrokenFile, PictureTooLarge, UnsupportedFile

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MAXIMUM_MEGAPIXELS = 60
ACCEPTED = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
# Phones write several pictures into one JPEG; Pillow calls that MPO.
EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "AVIF": "avif"}
MIMES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif", "avif": "image/avif"}
_OPTIONS: dict[str, dict[str, int]] = {
    "jpg": {"quality": 92, "subsampling": 0},
    "webp": {"quality": 92},
    "avif": {"quality": 80},
}
_ORIENTATION = 0x0112
_PRIVATE = {"exif", "xmp", "XML:com.adobe.xmp", "comment", "photoshop", "Software"}


@dataclass(frozen=True, slots=True)
class Inspected:
    """A picture that was decoded in full: what it is and what to keep of it."""

    extension: str
    mime: str
    width: int
    height: int
    content: bytes


def inspect(content: bytes, name: str) -> Inspected:
    """Decode `content` whatever `name` says; return it upright and without metadata.

    Raises UnsupportedFile, PictureTooLarge (judged before decoding) and BrokenFile.
    """
    from PIL import Image, ImageFile, UnidentifiedImageError

    # The library that writes PDFs switches this on for the whole process: half a picture would pass for a whole one.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(content), formats=ACCEPTED) as picture:
            width, height = picture.size
            if width * height > MAXIMUM_MEGAPIXELS * 1_000_000:
                raise PictureTooLarge(name=name, megapixels=MAXIMUM_MEGAPIXELS)
            extension = EXTENSIONS[picture.format or ""]
            picture.load()
            turned = picture.getexif().get(_ORIENTATION, 1) not in (0, 1)
            if extension == "jpg" and not turned and picture.format == "JPEG":
                kept = _without_segments(content)
            elif extension == "gif" or not (turned or _tells_something(picture)):
                kept = content
            else:
                kept, (width, height) = _rewritten(picture, extension)
    except UnidentifiedImageError:
        raise UnsupportedFile(name=name) from None
    except Image.DecompressionBombError:
        raise PictureTooLarge(name=name, megapixels=MAXIMUM_MEGAPIXELS) from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError):
        raise BrokenFile(name=name) from None
    return Inspected(extension, MIMES[extension], width, height, kept)


def _tells_something(picture: Picture) -> bool:
    texts = getattr(picture, "text", None)
    return bool(picture.getexif()) or bool(texts) or any(key in picture.info for key in _PRIVATE)


def _rewritten(picture: Picture, extension: str) -> tuple[bytes, tuple[int, int]]:
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(picture)
    profile = picture.info.get("icc_profile")
    for key in list(upright.info):
        if key != "transparency":
            del upright.info[key]
    upright.getexif().clear()
    options = _OPTIONS.get(extension, {})
    buffer = io.BytesIO()
    form = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "avif": "AVIF"}[extension]
    upright.save(buffer, form, icc_profile=profile, exif=b"", **options)
    return buffer.getvalue(), upright.size


def _without_segments(content: bytes) -> bytes:
    """Return a JPEG without its EXIF, XMP, IPTC and comment segments; not a pixel is touched."""
    kept = [content[:2]]
    position = 2
    while position + 4 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == 0xDA:
            break
        end = position + 2 + int.from_bytes(content[position + 2 : position + 4], "big")
        # APP0 is JFIF, APP2 the colour profile, APP14 says how colours are coded; the rest only tells stories.
        if not (0xE1 <= marker <= 0xEF and marker not in (0xE2, 0xEE)) and marker != 0xFE:
            kept.append(content[position:end])
        position = end
    kept.append(content[position:])
    return b"".join(kept)


def encode(original: Path, width: int, extension: str, target: BinaryIO) -> None:
    """Write a rendition of `original`, `width` pixels wide, as "avif", "webp" or "jpg"."""
    from PIL import Image

    with Image.open(original, formats=ACCEPTED) as opened:
        opened.draft("RGB", (width, 1))
        opened.load()
        height = max(1, round(opened.height * width / opened.width))
        transparent = opened.mode in ("RGBA", "LA", "PA") or "transparency" in opened.info
        picture = _in_srgb(opened, "RGBA" if transparent else "RGB")
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if extension == "avif":
        picture.save(target, "AVIF", quality=58, speed=8)
    elif extension == "webp":
        picture.save(target, "WEBP", quality=78, method=2)
    else:
        if picture.mode == "RGBA":
            paper = Image.new("RGB", picture.size, "white")
            paper.paste(picture, mask=picture.getchannel("A"))
            picture = paper
        picture.save(target, "JPEG", quality=80, optimize=True, progressive=True)


def _in_srgb(picture: Picture, mode: str) -> Picture:
    """Return the picture in sRGB, so that renditions need not carry a colour profile."""
    profile = picture.info.get("icc_profile")
    if profile and mode == "RGB" and picture.mode in ("RGB", "CMYK"):
        from PIL import ImageCms

        try:
            return ImageCms.profileToProfile(  # type: ignore[return-value]
                picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
        except (ImageCms.PyCMSError, OSError):
            pass
    return picture.convert(mode)
