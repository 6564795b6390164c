from __future__ import annotations

from django.db.models import Q

from duli.platform.desk.models import ListPreference, SavedView
from duli.platform.desk.types import Arrangement, ViewCopy


def arrangement(*, user_id: int, list_key: str) -> Arrangement:
    """Return how somebody arranged a list, their own views first (two queries)."""
    chosen = ListPreference.objects.filter(user_id=user_id, list_key=list_key).values_list("columns", flat=True).first()
    views = [
        ViewCopy(view.pk, view.name, view.query, view.is_shared, view.user_id == user_id)
        for view in SavedView.objects.filter(Q(user_id=user_id) | Q(is_shared=True), list_key=list_key)
    ]
    return Arrangement(tuple(chosen or ()), tuple(sorted(views, key=lambda view: not view.is_own)))
