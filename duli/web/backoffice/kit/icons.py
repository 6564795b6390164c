from __future__ import annotations

from functools import lru_cache

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString


@lru_cache(maxsize=1)
def _sprite() -> str:
    return static("backoffice/icons.svg")


@lru_cache(maxsize=500)
def icon(name: str, size: str = "") -> SafeString:
    """Return an icon of the sprite; it is decoration, so the words stand beside it or in an aria-label."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        size,
        _sprite(),
        name,
    )
