"""What stands on the papers of several orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from duli.commerce.inventory.models import Location, Reservation, StockLevel
from duli.commerce.orders.models import OrderLine
from duli.commerce.orders.states import OrderStatus


@dataclass(frozen=True, slots=True)
class Pick:
    """Units of one thing to fetch, and for which orders: (number, units)."""

    sku: str
    title: str
    variant_title: str
    quantity: int
    orders: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A location and what is to be fetched there; an empty name where the shop does not track the stock."""

    name: str
    picks: tuple[Pick, ...]
    units: int


def pick_list(order_ids: Sequence[int]) -> list[Shelf]:
    """Return what the orders still need, by location and SKU (four queries).

    The units come from where they are held; what is held nowhere stands under a location without a name.
    """
    lines = list(
        OrderLine.objects.filter(order_id__in=order_ids, requires_shipping=True)
        .exclude(order__status=OrderStatus.CANCELLED)
        .select_related("order")
        .defer("order__quote")
        .order_by("sku", "title", "order_id", "position")
    )
    held = _held([line.order_id for line in lines])
    names = dict(Location.objects.values_list("pk", "name"))
    places: dict[int | None, dict[tuple[str, str, str], dict[str, int]]] = defaultdict(dict)
    for line in lines:
        for variant_id, name, each in _things(line):
            left = (line.quantity - line.fulfilled_quantity) * each
            sources = held.get((line.order_id, variant_id), {})
            for location_id in [*sorted(sources), None]:
                units = left if location_id is None else min(left, sources[location_id])
                if units <= 0:
                    continue
                left -= units
                if location_id is not None:
                    sources[location_id] -= units
                thing = places[location_id].setdefault(name, {})
                number = line.order.number or ""
                thing[number] = thing.get(number, 0) + units
    shelves = []
    for place in sorted(places, key=lambda pk: (pk is None, names.get(pk or 0, ""))):
        picks = tuple(
            Pick(sku, title, variant, sum(orders.values()), tuple(orders.items()))
            for (sku, title, variant), orders in sorted(places[place].items())
        )
        shelves.append(Shelf(names.get(place or 0, ""), picks, sum(pick.quantity for pick in picks)))
    return shelves


def _things(line: OrderLine) -> list[tuple[int, tuple[str, str, str], int]]:
    """Return what is fetched for a line: of a bundle its components, with the units that one bundle takes."""
    if line.parts:
        return [
            (part["variant_id"] or 0, (part["sku"], part["title"], part["variant_title"]), part["quantity"])
            for part in line.parts
        ]
    return [(line.variant_id or 0, (line.sku, line.title, line.variant_title), 1)]


def _held(order_ids: Sequence[int]) -> dict[tuple[int, int], dict[int, int]]:
    """Return the units held per (order, variant) and location."""
    references = {f"order:{pk}": pk for pk in order_ids}
    rows = Reservation.objects.filter(
        reference__in=list(references), state__in=[Reservation.State.HELD, Reservation.State.ALLOCATED]
    ).values_list("reference", "level_id", "quantity")
    found = list(rows)
    levels = {
        pk: (variant_id, location_id)
        for pk, variant_id, location_id in StockLevel.objects.filter(
            pk__in={level_id for _, level_id, _ in found}
        ).values_list("pk", "variant_id", "location_id")
    }
    held: dict[tuple[int, int], dict[int, int]] = {}
    for reference, level_id, quantity in found:
        variant_id, location_id = levels[level_id]
        units = held.setdefault((references[reference], variant_id), {})
        units[location_id] = units.get(location_id, 0) + quantity
    return held
