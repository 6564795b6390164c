"""What people arrange for themselves: nobody reaches another's views, and nothing grows without end."""

from __future__ import annotations

import pytest

from duli.base.errors import InvalidInput, NotFound
from duli.platform.accounts.models import User
from duli.platform.desk.selectors import arrangement
from duli.platform.desk.services import (
    MOST_VIEWS,
    choose_columns,
    delete_view,
    move_view,
    rename_view,
    save_view,
)
from duli.platform.desk.types import TooManyViews, ViewNameTaken

pytestmark = pytest.mark.django_db


def somebody(name: str) -> int:
    return User.objects.create_user(email=f"{name}@staff.example", is_staff=True, role="owner").pk


def names(user_id: int) -> list[str]:
    return [view.name for view in arrangement(user_id=user_id, list_key="orders").views]


def test_columns_are_remembered_in_their_order_and_forgotten_again() -> None:
    ann = somebody("ann")
    choose_columns(user_id=ann, list_key="orders", columns=["total", "time", "total"])
    choose_columns(user_id=ann, list_key="products", columns=["sku"])
    assert arrangement(user_id=ann, list_key="orders").columns == ("total", "time")
    assert arrangement(user_id=somebody("bo"), list_key="orders").columns == ()
    choose_columns(user_id=ann, list_key="orders", columns=[])
    assert arrangement(user_id=ann, list_key="orders").columns == ()


def test_views_move_within_their_owners_row() -> None:
    ann = somebody("ann")
    ids = [save_view(user_id=ann, list_key="orders", name=name, query="").pk for name in "abc"]
    move_view(user_id=ann, view_id=ids[2], step=-1)
    assert names(ann) == ["a", "c", "b"]
    move_view(user_id=ann, view_id=ids[2], step=-5)
    assert names(ann) == ["c", "a", "b"]
    move_view(user_id=ann, view_id=ids[1], step=1)
    assert names(ann) == ["c", "a", "b"]
    delete_view(user_id=ann, view_id=ids[0])
    assert names(ann) == ["c", "b"]


def test_only_shared_views_are_seen_by_others_and_none_are_changed_by_them() -> None:
    ann, bo = somebody("ann"), somebody("bo")
    own = save_view(user_id=ann, list_key="orders", name="mine", query="q=1").pk
    save_view(user_id=ann, list_key="orders", name="ours", query="q=2", is_shared=True)
    save_view(user_id=bo, list_key="orders", name="bo's", query="")
    assert names(bo) == ["bo's", "ours"]
    assert [view.is_own for view in arrangement(user_id=bo, list_key="orders").views] == [True, False]
    for act in (
        lambda: delete_view(user_id=bo, view_id=own),
        lambda: move_view(user_id=bo, view_id=own, step=1),
        lambda: rename_view(user_id=bo, view_id=own, name="x", is_shared=True),
    ):
        with pytest.raises(NotFound):
            act()
    assert names(ann) == ["mine", "ours"]


def test_a_name_is_used_once_and_there_is_an_end_of_views() -> None:
    ann = somebody("ann")
    first = save_view(user_id=ann, list_key="orders", name="0", query="").pk
    with pytest.raises(ViewNameTaken):
        save_view(user_id=ann, list_key="orders", name=" 0 ", query="")
    for number in range(1, MOST_VIEWS):
        save_view(user_id=ann, list_key="orders", name=str(number), query="")
    with pytest.raises(TooManyViews):
        save_view(user_id=ann, list_key="orders", name="more", query="")
    with pytest.raises(ViewNameTaken):
        rename_view(user_id=ann, view_id=first, name="1", is_shared=False)
    for name, query in (("", ""), ("\x00", ""), ("x", "q" * 3000)):
        with pytest.raises((InvalidInput, TooManyViews)):
            save_view(user_id=ann, list_key="stock", name=name, query=query)
