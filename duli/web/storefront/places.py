"""Places of the shop at which orders are fetched, as shoppers see them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from duli.commerce.inventory.types import PickupPlace
from duli.web.storefront.buying_drops import PlaceDrop


def place_drop(place: PickupPlace, **extra: Any) -> PlaceDrop:
    where = " ".join(place.address)
    return PlaceDrop(
        id=place.id,
        name=place.name,
        address=place.address,
        hours=place.hours,
        instructions=tuple(place.instructions.splitlines()),
        map_url=f"https://www.openstreetmap.org/search?query={quote(where)}" if where else "",
        **extra,
    )
