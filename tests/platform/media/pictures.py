"""Small pictures made on the spot."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def picture(
    width: int = 400, height: int = 300, form: str = "JPEG", colour: object = "teal", mode: str = "RGB", **options: Any
) -> bytes:
    buffer = io.BytesIO()
    image = Image.new(mode, (width, height), colour)
    # A diagonal, so that turning it shows.
    for step in range(min(width, height) // 2):
        image.putpixel((step, step), 0 if mode == "L" else tuple([255] * len(image.getbands())))
    image.save(buffer, form, **options)
    return buffer.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
