"""Numbers for many orders at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from duli.base.errors import DuliError, InvalidInput
from duli.base.text import one_line
from duli.commerce.orders.locks import lock_order
from duli.commerce.orders.models import Fulfilment, Order
from duli.commerce.orders.selectors import unshipped_lines
from duli.commerce.orders.services.fulfil import change_tracking, fulfil
from duli.commerce.orders.states import ParcelState
from duli.commerce.orders.tracking_list import ListedParcel, ListedResult, carrier_named
from duli.commerce.orders.types import CarrierUnclear, FulfilLine, NoSuchOrder, NothingLeft, NumberKnown
from duli.commerce.shipping.recognition import recognise


def ship_listed(
    *, rows: Sequence[ListedParcel], location_id: int, idempotency_key: str, actor: str
) -> list[ListedResult]:
    """Ship each listed order with its number, or give the number to its parcel that left without one.

    One transaction a line: what does not fit says why (NoSuchOrder, CarrierUnclear, NumberKnown and all that `fulfil`
    raises) and changes nothing; the others are done. The same key again ships nothing twice.
    """
    results = []
    for row in rows:
        try:
            _ship(row, location_id, f"{idempotency_key}:{row.line}", actor)
        except DuliError as problem:
            results.append(ListedResult(row, problem))
        else:
            results.append(ListedResult(row))
    return results


@transaction.atomic
def mark_shipped(
    *, order_id: int, tracking_number: str, actor: str, carrier: str = "", location_id: int | None = None
) -> Fulfilment:
    """Send all that is left of an order with this number, or give the number to its parcel that left without one.

    For programs that pack elsewhere: the same number again returns the same parcel and changes nothing. `carrier` is
    its code or name; without, the number has to tell. NotFound, InvalidInput, CarrierUnclear, NothingLeft and what
    `fulfil` raises.
    """
    order = lock_order(order_id)
    number = one_line(tracking_number, 81)
    known = order.fulfilments.filter(tracking_number__iexact=number).first() if number else None
    if known is not None:
        return known
    row = ListedParcel(0, order.number or "", number, one_line(carrier, 120))
    _send(order, row, location_id, f"number:{order.version}:{number}", actor)
    return order.fulfilments.get(tracking_number__iexact=number)


def _ship(row: ListedParcel, location_id: int, key: str, actor: str) -> None:
    _check_number(row)
    order = Order.objects.filter(number__iexact=row.order_number).first() if row.order_number else None
    if order is None:
        raise NoSuchOrder(number=row.order_number or "—")
    if Fulfilment.objects.filter(idempotency_key=f"{order.pk}:{key}"[:80]).exists():
        return
    if Fulfilment.objects.filter(order=order, tracking_number__iexact=row.tracking_number).exists():
        raise NumberKnown(number=row.tracking_number)
    _send(order, row, location_id, key, actor)


def _check_number(row: ListedParcel) -> None:
    if not row.tracking_number or len(row.tracking_number) > 80:
        raise InvalidInput(field="tracking_number")


def _send(order: Order, row: ListedParcel, location_id: int | None, key: str, actor: str) -> None:
    _check_number(row)
    carrier = _carrier(row)
    lines = [FulfilLine(line.pk, line.to_ship) for line in unshipped_lines(order)]
    if lines:
        fulfil(
            order_id=order.pk,
            lines=lines,
            location_id=location_id,
            carrier=carrier,
            tracking_number=row.tracking_number,
            idempotency_key=key,
            actor=actor,
        )
        return
    waiting = Fulfilment.objects.filter(order=order, tracking_number="").exclude(state=ParcelState.DELIVERED)
    parcel = waiting.order_by("pk").first()
    if parcel is None:
        raise NothingLeft()
    change_tracking(fulfilment_id=parcel.pk, carrier=carrier, tracking_number=row.tracking_number, actor=actor)


def _carrier(row: ListedParcel) -> str:
    """Return the carrier that the line names, else the only or proven one of its number."""
    if row.carrier:
        named = carrier_named(row.carrier)
        if not named:
            raise CarrierUnclear(carriers=row.carrier)
        return named
    found = recognise(row.tracking_number)
    carriers = list(dict.fromkeys(candidate.carrier for candidate in found))
    proven = list(dict.fromkeys(candidate.carrier for candidate in found if candidate.is_proven))
    certain = proven if len(proven) == 1 else carriers
    if len(certain) != 1:
        raise CarrierUnclear(carriers=", ".join(carriers) or "—")
    return certain[0]
