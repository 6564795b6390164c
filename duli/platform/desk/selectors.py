from __future__ import annotations

from django.db.models import Q

from duli.platform.desk.models import ListPreference, SavedView
from duli.platform.desk.types import Arrangement, ViewCopy
from duli.platform.store.prepared import Prepared

_chosen = Prepared(lambda user_id, list_key: ListPreference.objects.filter(user_id=user_id, list_key=list_key))
_views = Prepared(
    lambda user_id, list_key: SavedView.objects.filter(Q(user_id=user_id) | Q(is_shared=True), list_key=list_key)
)


def arrangement(*, user_id: int, list_key: str) -> Arrangement:
    """Return how somebody arranged a list, their own views first (two queries)."""
    chosen = _chosen.first(user_id, list_key)
    views = [
        ViewCopy(view.pk, view.name, view.query, view.is_shared, view.user_id == user_id)
        for view in _views.rows(user_id, list_key)
    ]
    columns = chosen.columns if chosen else ()
    return Arrangement(tuple(columns), tuple(sorted(views, key=lambda view: not view.is_own)))
