from __future__ import annotations

from django.utils.safestring import mark_safe

from duli.platform.media.types import ImageView, source, srcset
from duli.web.storefront.drops import ImageDrop


def image_drop(view: ImageView, alt: str = "") -> ImageDrop:
    """Return a picture as templates show it; `alt` stands in where the picture has no text of its own."""
    # Addresses of renditions are digits and hexadecimal: safe to stand in an attribute as they are.
    return ImageDrop(
        src=mark_safe(source(view, 640, "jpg")),  # noqa: S308
        srcset=mark_safe(srcset(view, "jpg")),  # noqa: S308
        avif=mark_safe(srcset(view, "avif")),  # noqa: S308
        webp=mark_safe(srcset(view, "webp")),  # noqa: S308
        width=view.width,
        height=view.height,
        alt=view.alt or alt,
        focus=focus_class(view.focal_x, view.focal_y),
        large=mark_safe(source(view, 1600, "jpg")),  # noqa: S308
        id=view.id,
    )


def focus_class(x: float, y: float) -> str:
    """Return the class that keeps the focal point in sight, in steps of a quarter; "" for the middle.

    A class, not a style attribute: the content security policy allows no inline styles.
    """
    column, row = round(x * 4), round(y * 4)
    return "" if (column, row) == (2, 2) else f"focus-{column}-{row}"
