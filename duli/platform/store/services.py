from __future__ import annotations

from django.db import transaction

from duli.platform.store.changes import mark
from duli.platform.store.models import Market, Store


@transaction.atomic
def save_store(**values: object) -> Store:
    """Create or change the store's row; `values` are fields of `Store`."""
    store, _ = Store.objects.update_or_create(pk=1, defaults=values)
    mark("store")
    return store


@transaction.atomic
def save_market(*, code: str, **values: object) -> Market:
    """Create or change the market called `code`; making one the default unmakes the other."""
    if values.get("is_default"):
        Market.objects.exclude(code=code).update(is_default=False)
    market, _ = Market.objects.update_or_create(code=code, defaults=values)
    mark("store")
    return market
