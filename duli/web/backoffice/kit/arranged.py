"""Lists that people arrange for themselves: each is registered once, and gets columns and views of one's own.

A screen registers its list (`register`), asks for the reader's arrangement (`arranged_for`) and hands it to its
ResourceList; the dialogs behind "Columns" and "Save view", and the file of a list, are the same for every list
(`screens/lists.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from duli.base.errors import NotFound
from duli.platform.accounts.permissions import allowed
from duli.platform.desk.selectors import arrangement
from duli.web.backoffice.kit.listing import Arranged, Column


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list as a file: its columns for this reader, and its rows from a cursor on, as its address narrows them."""

    permission: str
    columns: Callable[[HttpRequest], Sequence[Column[Any]]]
    read: Callable[[HttpRequest, str, int], tuple[Sequence[Any], str]]
    """(request, cursor, how many) → rows and the next cursor."""


@dataclass(frozen=True, slots=True)
class ListPlace:
    """A list that can be arranged: whoever may see it (`permission`) may arrange it. `file`: it can be exported."""

    key: str
    url_name: str
    permission: str
    columns: Callable[[], Sequence[Column[Any]]]
    file: ListFile | None = None


_places: dict[str, ListPlace] = {}


def register(place: ListPlace) -> ListPlace:
    """Let people arrange this list."""
    if place.key in _places:
        raise ValueError(f"two lists called {place.key!r}")
    _places[place.key] = place
    return place


def place(key: str) -> ListPlace:
    """Return the list called `key`. NotFound."""
    found = _places.get(key)
    if found is None:
        raise NotFound()
    return found


def arranged_for(request: HttpRequest, key: str) -> Arranged[Any]:
    """Return how the reader has arranged the list called `key` (two queries)."""
    own = arrangement(user_id=int(request.user.pk or 0), list_key=key)
    file = place(key).file
    return Arranged(key, own.columns, own.views, bool(file and allowed(request.user, file.permission)))
