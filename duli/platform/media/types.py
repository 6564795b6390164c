"""What pages know of a picture, and the addresses of its renditions; pure functions, no database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from duli.base.errors import DuliError

WIDTHS = (160, 320, 480, 640, 960, 1280, 1600)
FORMATS = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg"}
HASH_LENGTH = 8
PREFIX = "/media/"


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class ImageView:
    """A picture as a template needs it; `width` and `height` are the original's, in pixels.

    `hash` is the start of the content's hash (8 characters are enough); the focal point runs from 0 to 1.
    """

    id: int
    hash: str
    width: int
    height: int
    alt: str = ""
    focal_x: float = 0.5
    focal_y: float = 0.5


@dataclass(frozen=True, slots=True)
class Source:
    """One `<source>` of a `<picture>`: its type and its srcset."""

    type: str
    srcset: str


@dataclass(frozen=True, slots=True)
class Embed:
    """A film on a known site: where its player is."""

    provider: str
    video_id: str
    player_url: str


def widths_for(original: int) -> tuple[int, ...]:
    """Return the widths a picture of this width is given out in: the fixed ones, never above the original."""
    smaller = tuple(width for width in WIDTHS if width < original)
    return (*smaller, original) if original <= WIDTHS[-1] else WIDTHS


@lru_cache(maxsize=8192)
def _address(asset_id: int, content_hash: str, original: int, width: int, extension: str) -> str:
    chosen = next((step for step in widths_for(original) if step >= width), min(original, WIDTHS[-1]))
    return f"{PREFIX}r/{asset_id}-{content_hash[:HASH_LENGTH]}/{chosen}.{extension}"


@lru_cache(maxsize=8192)
def _srcset(asset_id: int, content_hash: str, original: int, extension: str) -> str:
    base = f"{PREFIX}r/{asset_id}-{content_hash[:HASH_LENGTH]}/"
    return ", ".join(f"{base}{width}.{extension} {width}w" for width in widths_for(original))


def source(view: ImageView, width: int, format: str = "webp") -> str:
    """Return the address of the smallest rendition at least `width` pixels wide (or the widest there is)."""
    return _address(view.id, view.hash, view.width, width, format)


def srcset(view: ImageView, format: str = "webp") -> str:
    """Return the srcset attribute for "avif", "webp" or "jpg"."""
    return _srcset(view.id, view.hash, view.width, format)


def sources(view: ImageView) -> tuple[Source, ...]:
    """Return the `<source>` elements of a `<picture>`, the smallest format first; its `<img>` is jpg."""
    return tuple(Source(FORMATS[name], srcset(view, name)) for name in ("avif", "webp"))


def object_position(view: ImageView) -> str:
    """Return the CSS object-position that keeps the focal point in sight when a layout crops."""
    return f"{view.focal_x * 100:g}% {view.focal_y * 100:g}%"


def as_json(view: ImageView) -> dict[str, Any]:
    """Return what an order line keeps of a picture; `from_json` reads it back."""
    return {"id": view.id, "hash": view.hash, "width": view.width, "height": view.height, "alt": view.alt}


def from_json(data: Mapping[str, Any] | None) -> ImageView | None:
    """Return the picture that a snapshot kept, or None."""
    if not data or not data.get("id"):
        return None
    return ImageView(
        int(data["id"]), str(data["hash"]), int(data["width"]), int(data["height"]), str(data.get("alt", ""))
    )


_YOUTUBE = re.compile(r"^[\w-]{11}$")
_BILIBILI = re.compile(r"^(?:BV[0-9A-Za-z]{10}|av\d{1,12})$")


def embed_of(url: str) -> Embed | None:
    """Return the player of a YouTube, Vimeo or Bilibili address; None for any other address."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    segments = [segment for segment in parts.path.split("/") if segment]
    if host in {"youtube.com", "youtube-nocookie.com", "youtu.be"}:
        named = parse_qs(parts.query).get("v", [""])[0]
        video_id = named or (segments[-1] if segments else "")
        if _YOUTUBE.match(video_id):
            return Embed("youtube", video_id, f"https://www.youtube-nocookie.com/embed/{video_id}")
    elif host in {"vimeo.com", "player.vimeo.com"}:
        video_id = next((segment for segment in segments if segment.isdigit()), "")
        if video_id:
            return Embed("vimeo", video_id, f"https://player.vimeo.com/video/{video_id}")
    elif host == "bilibili.com":
        video_id = next((segment for segment in segments if _BILIBILI.match(segment)), "")
        if video_id:
            key = f"bvid={video_id}" if video_id.startswith("BV") else f"aid={video_id[2:]}"
            return Embed("bilibili", video_id, f"https://player.bilibili.com/player.html?{key}")
    return None


class UnsupportedFile(DuliError):
    """The content is not one of the kinds that are accepted, whatever its name says."""

    code = "unsupported_file"
    message = _("“%(name)s” is not a file we can use here. Pictures: JPEG, PNG, WebP, GIF, AVIF. Video: MP4, WebM.")
    status = 415


class FileTooLarge(DuliError):
    code = "file_too_large"
    message = _("“%(name)s” is larger than %(megabytes)s MB.")
    status = 413


class PictureTooLarge(DuliError):
    """More pixels than a server should decode."""

    code = "picture_too_large"
    message = _("“%(name)s” has more than %(megapixels)s million pixels.")
    status = 413


class BrokenFile(DuliError):
    code = "broken_file"
    message = _("“%(name)s” is damaged and cannot be opened.")
    status = 422


class InvalidLink(DuliError):
    code = "invalid_link"
    message = _("This is not a complete https address.")
    status = 422


class AssetInUse(DuliError):
    code = "asset_in_use"
    message = _("This file is still used in %(count)s places. Remove it there first.")
    status = 409
