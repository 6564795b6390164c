from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.platform.audit.services import record_change, values_of
from duli.platform.store.changes import mark
from duli.platform.store.models import Market, SetupStep, Store
from duli.platform.store.seen import Seen, hold
from duli.platform.store.types import DefaultMarket


@transaction.atomic
def save_store(*, actor: str = "", seen: Seen | None = None, **values: object) -> Store:
    """Create or change the store's row; `values` are fields of `Store`."""
    hold("store", seen)
    before = Store.objects.filter(pk=1).first()
    known = values_of(before) if before else None
    store, _ = Store.objects.update_or_create(pk=1, defaults=values)
    record_change(
        area="settings", reference="store:1", label=store.name, before=known, after=values_of(store), actor=actor
    )
    mark("store")
    return store


@transaction.atomic
def save_market(*, code: str, actor: str = "", seen: Seen | None = None, **values: object) -> Market:
    """Create or change the market called `code`; making one the default unmakes the other."""
    hold("markets", seen)
    before = Market.objects.filter(code=code).first()
    known = values_of(before) if before else None
    if values.get("is_default"):
        Market.objects.exclude(code=code).update(is_default=False)
    market, _ = Market.objects.update_or_create(code=code, defaults=values)
    record_change(
        area="markets",
        reference=f"market:{code}",
        label=market.name,
        before=known,
        after=values_of(market),
        actor=actor,
    )
    mark("store")
    return market


@transaction.atomic
def delete_market(*, code: str, actor: str = "") -> None:
    """Stop selling in a market; its orders stay what they were. Raises NotFound, DefaultMarket."""
    market = Market.objects.filter(code=code).first()
    if market is None:
        raise NotFound()
    if market.is_default:
        raise DefaultMarket()
    record_change(
        area="markets",
        reference=f"market:{code}",
        label=market.name,
        before=values_of(market),
        after=None,
        actor=actor,
    )
    market.delete()
    mark("store")


@transaction.atomic
def pass_step(*, step: str, skipped: bool = False) -> bool:
    """Note that a step of opening the shop was gone through, or left out; return whether this was the first time.

    A step that was left out may be gone through later; one that was gone through stays so.
    """
    row, made = SetupStep.objects.get_or_create(step=step, defaults={"skipped": skipped, "passed_at": now()})
    if not made and row.skipped and not skipped:
        row.skipped = False
        row.passed_at = now()
        row.save(update_fields=["skipped", "passed_at"])
    return made
