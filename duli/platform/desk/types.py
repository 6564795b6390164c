from __future__ import annotations

from dataclasses import dataclass

from duli.base.errors import Conflict


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class ViewCopy:
    """A saved view as its reader sees it: `is_own` ones may be changed."""

    id: int
    name: str
    query: str
    is_shared: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How somebody arranged one list; no columns means the list's own choice."""

    columns: tuple[str, ...]
    views: tuple[ViewCopy, ...]


class ViewNameTaken(Conflict):
    code = "view_name_taken"
    message = _("You have a view of this name already.")


class TooManyViews(Conflict):
    code = "too_many_views"
    message = _("There is room for %(most)s views. Delete one first.")
