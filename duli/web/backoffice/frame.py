"""The frame around a screen as HTML: navigation, top bar and foot, drawn once and then kept.

As templates they cost more than the fifty rows of a list, and they are the same from page to page: they follow from
who looks, where, and from what waits. What differs between two requests, the form's token and the address to come
back to, is filled in afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Final

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from duli.web.backoffice.navigation import FOOT, PLACES, Place, Words
from duli.web.backoffice.selectors.attention import Attention

THEMES: Final[Mapping[str, Words]] = {"auto": _("Like the device"), "light": _("Light"), "dark": _("Dark")}
KEPT: Final = 100
"""Frames of some 15 kB each."""
# No text of anybody's has these characters: one-line texts are stored without them.
_TOKEN, _PATH = "\x02token\x03", "\x02path\x03"


@dataclass(frozen=True, slots=True)
class Person:
    """Who looks, as the frame names them."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that the frame shows follows from this; `prefix` is what the site's addresses begin with."""

    here: str
    user: Person
    permissions: frozenset[str]
    attention: Attention
    store_name: str
    language: str
    other_language: tuple[str, str]
    theme: str
    prefix: str


@dataclass(frozen=True, slots=True)
class NavEntry:
    place: Place
    current: bool
    within: bool
    count: int
    children: tuple[tuple[Place, bool], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The three parts, before, beside and behind the screen itself."""

    side: SafeString
    top: SafeString
    foot: SafeString


def frame(seen: Seen, *, token: str, path: str) -> Frame:
    """Return the frame with the form's `token`; whoever changes language or appearance comes back to `path`."""
    side, top, foot = _drawn(seen)
    top = top.replace(_TOKEN, token).replace(_PATH, escape(path))
    return Frame(SafeString(side), SafeString(top), SafeString(foot))


@lru_cache(maxsize=KEPT)
def _drawn(seen: Seen) -> tuple[str, str, str]:
    """Draw in the language at hand, which is the one in `seen`."""
    counts = {"orders": seen.attention.to_ship}
    shell = {
        "user": seen.user,
        "attention": seen.attention,
        "store_name": seen.store_name,
        "language": seen.language,
        "other_language": seen.other_language,
        "theme": seen.theme,
        "themes": THEMES,
        "path": SafeString(_PATH),
        "nav": [entry for place in PLACES if (entry := _entry(place, seen, counts))],
        "foot": _entry(FOOT, seen, {}),
    }
    values = {"shell": shell, "here": seen.here, "csrf_token": _TOKEN}
    side, top, foot = (
        render_to_string(f"backoffice/kit/shell_{part}.html", values) for part in ("side", "top", "foot")
    )
    return side, top, foot


def _entry(place: Place, seen: Seen, counts: Mapping[str, int]) -> NavEntry | None:
    if not _open(place, seen):
        return None
    within = seen.here.split(".")[0] == place.key
    children = tuple((child, child.key == seen.here) for child in place.children if within and _open(child, seen))
    current = seen.here == place.key or (within and not children)
    return NavEntry(place, current, within, counts.get(place.key, 0), children)


def _open(place: Place, seen: Seen) -> bool:
    return not place.permission or place.permission in seen.permissions
