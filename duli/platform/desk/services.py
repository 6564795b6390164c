from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.text import one_line
from duli.platform.desk.models import ListPreference, SavedView
from duli.platform.desk.types import TooManyViews, ViewNameTaken

MOST_VIEWS = 30
LONGEST_QUERY = 2000


@transaction.atomic
def choose_columns(*, user_id: int, list_key: str, columns: Sequence[str]) -> None:
    """Remember the columns somebody wants, in their order; none at all goes back to the list's own choice."""
    rows = ListPreference.objects.filter(user_id=user_id, list_key=list_key)
    if columns:
        chosen = [one_line(name, 40) for name in dict.fromkeys(columns)][:40]
        ListPreference.objects.update_or_create(user_id=user_id, list_key=list_key, defaults={"columns": chosen})
    else:
        rows.delete()


@transaction.atomic
def save_view(*, user_id: int, list_key: str, name: str, query: str, is_shared: bool = False) -> SavedView:
    """Keep filters as a tab of somebody's own, after the others. InvalidInput, ViewNameTaken, TooManyViews."""
    words = _name(name)
    if len(query) > LONGEST_QUERY:
        raise InvalidInput(field="query")
    own = list(SavedView.objects.filter(user_id=user_id, list_key=list_key))
    if len(own) >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    view = SavedView(
        user_id=user_id,
        list_key=list_key,
        name=words,
        query=query,
        is_shared=is_shared,
        position=max((view.position for view in own), default=0) + 1,
    )
    return _store(view)


@transaction.atomic
def rename_view(*, user_id: int, view_id: int, name: str, is_shared: bool) -> SavedView:
    """Give a view of one's own another name, and say whether the others see it. NotFound, ViewNameTaken."""
    view = _own(user_id, view_id)
    view.name = _name(name)
    view.is_shared = is_shared
    return _store(view)


@transaction.atomic
def move_view(*, user_id: int, view_id: int, step: int) -> None:
    """Move a view of one's own by `step` places (-1: to the front). At the edge nothing changes. NotFound."""
    view = _own(user_id, view_id)
    views = list(SavedView.objects.filter(user_id=user_id, list_key=view.list_key))
    place = next(index for index, entry in enumerate(views) if entry.pk == view.pk)
    views.insert(min(max(place + step, 0), len(views) - 1), views.pop(place))
    for position, entry in enumerate(views):
        if entry.position != position:
            entry.position = position
            entry.save(update_fields=["position"])


@transaction.atomic
def delete_view(*, user_id: int, view_id: int) -> None:
    """Delete a view of one's own. NotFound."""
    _own(user_id, view_id).delete()


def _own(user_id: int, view_id: int) -> SavedView:
    view = SavedView.objects.filter(pk=view_id, user_id=user_id).first()
    if view is None:
        raise NotFound()
    return view


def _name(text: str) -> str:
    words = one_line(text, 40)
    if not words:
        raise InvalidInput(field="name")
    return words


def _store(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise ViewNameTaken(field="name") from None
    return view
