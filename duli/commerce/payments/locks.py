"""The only row locks of this room. Everything that changes the sums of a collection holds the collection."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from duli.base.errors import NotFound
from duli.commerce.payments.models import GatewaySetting, GiftCard, PaymentAttempt, PaymentCollection
from duli.platform.store.prepared import Prepared

_collection = Prepared(lambda pk: PaymentCollection.objects.select_for_update().filter(pk=pk))


def lock_collection(collection_id: int) -> PaymentCollection:
    """Lock and return a collection, or raise NotFound."""
    collection = _collection.first(collection_id)
    if collection is None:
        raise NotFound()
    return collection


def lock_collections(ids: Iterable[int]) -> dict[int, PaymentCollection]:
    """Lock several collections, by primary key, and return them by id; unknown ones are left out."""
    rows = PaymentCollection.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    return {row.pk: row for row in rows}


def lock_gift_cards(ids: Iterable[int]) -> dict[int, GiftCard]:
    """Lock gift cards, by primary key, and return them by id; unknown ones are left out.

    Order of the house: cart, order, collection, gift cards, stock levels.
    """
    rows = GiftCard.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    return {row.pk: row for row in rows}


def lock_setting(code: str) -> GatewaySetting:
    """Lock and return what a merchant set up for a gateway, or a new row."""
    return GatewaySetting.objects.select_for_update().filter(code=code).first() or GatewaySetting(code=code)


def lock_due_attempts(instant: datetime, limit: int) -> list[PaymentAttempt]:
    """Return attempts whose time to be asked about came; those that another worker holds are left to it."""
    rows = PaymentAttempt.objects.filter(next_poll_at__lte=instant).order_by("next_poll_at")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return list(rows[:limit])
