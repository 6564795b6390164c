"""Addresses of rows: a list of fifty asks for the same few patterns again and again."""

from __future__ import annotations

from functools import lru_cache

from django.urls import get_script_prefix, reverse

_NOBODY = 987_654_321_012_345_678


@lru_cache(maxsize=200)
def _pattern(name: str, keys: int, prefix: str) -> str:
    return reverse(f"backoffice:{name}", args=[_NOBODY + place for place in range(keys)])


def row_url(name: str, *keys: int) -> str:
    """Return what `reverse` would for an address that has nothing but keys of rows in it, at a tenth of the cost."""
    url = _pattern(name, len(keys), get_script_prefix())
    for place, key in enumerate(keys):
        url = url.replace(str(_NOBODY + place), str(key))
    return url
