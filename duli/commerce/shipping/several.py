"""What several parcels cost together. Pure: it reads prices that were asked for."""

from __future__ import annotations

from collections.abc import Sequence

from duli.commerce.shipping.label_seller import Offer
from duli.commerce.shipping.types import LabelOffers, SharedWay


def shared_ways(asked: Sequence[LabelOffers]) -> tuple[SharedWay, ...]:
    """Return the services that are offered for each of the parcels, in one currency, the cheapest together first."""

    def name_of(offer: Offer) -> tuple[str, str, str]:
        return offer.name, offer.service, offer.price.currency

    found = []
    tables = [{name_of(offer): offer for offer in reversed(entry.offers)} for entry in asked]
    for name in tables[0] if tables else ():
        offers = [table[name] for table in tables if name in table]
        if len(offers) < len(tables):
            continue
        days = [offer.days for offer in offers if offer.days is not None]
        found.append(
            SharedWay(
                carrier=offers[0].carrier,
                name=offers[0].name,
                service=offers[0].service,
                offers=tuple(offer.key for offer in offers),
                prices=tuple(offer.price for offer in offers),
                days=max(days) if len(days) == len(offers) else None,
            )
        )
    return tuple(sorted(found, key=lambda way: (way.total.currency, way.total.minor, way.name, way.service)))
