"""Holds of stock whose order does not need them any more: what only somebody who knows the orders can tell."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Min, Sum

from duli.commerce.inventory.models import Reservation
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus

PREFIX = "order:"
_OPEN = (Reservation.State.HELD, Reservation.State.ALLOCATED)


@dataclass(frozen=True, slots=True)
class OrphanedHold:
    """Units held for an order that is cancelled, or that does not exist; `order_id` is None for the latter."""

    reference: str
    units: int
    order_id: int | None


def orphaned_holds(limit: int = 200, batch: int = 2000) -> list[OrphanedHold]:
    """Return holds for orders that are cancelled or unknown, oldest first; two statements per 2000 held orders."""
    rows = (
        Reservation.objects.filter(state__in=_OPEN, reference__startswith=PREFIX)
        .values("reference")
        .annotate(units=Sum("quantity"), first=Min("pk"))
        .order_by("first")
    )
    found: list[OrphanedHold] = []
    held: list[tuple[str, int]] = [(row["reference"], row["units"]) for row in rows.iterator()]
    for start in range(0, len(held), batch):
        part = held[start : start + batch]
        ids = {int(reference[len(PREFIX) :]) for reference, _ in part if reference[len(PREFIX) :].isdigit()}
        states = dict(Order.objects.filter(pk__in=ids).values_list("pk", "status"))
        for reference, units in part:
            number = reference[len(PREFIX) :]
            order_id = int(number) if number.isdigit() and int(number) in states else None
            if order_id is None or states[order_id] == OrderStatus.CANCELLED:
                found.append(OrphanedHold(reference, units, order_id))
    return found[:limit]
