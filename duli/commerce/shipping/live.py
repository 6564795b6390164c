"""What carriers ask for a parcel, as it is written down, with all that the merchant adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.shipping.carriers import carrier
from duli.commerce.shipping.label_seller import Consignment, Offer, Postal
from duli.commerce.shipping.models import CarrierQuote, Method
from duli.commerce.shipping.sellers import question, seller_called, usual_package
from duli.commerce.shipping.types import Converter, LivePrice

FRESH = timedelta(hours=1)
"""For how long an answer is not asked for again."""
USABLE = timedelta(hours=12)
"""For how long a price that a shopper was shown holds, even if nobody answers any more."""
WHOLE = 10_000


def rated_way(sender: Postal, recipient: Postal) -> tuple[Postal, Postal]:
    """Return both addresses as far as prices depend on them: no name, street or telephone is told."""

    def coarse(place: Postal) -> Postal:
        return Postal(
            country=place.country,
            region=place.region.strip().upper(),
            city=place.city.strip().upper(),
            postal_code=place.postal_code.strip().upper(),
        )

    return coarse(sender), coarse(recipient)


def asked_of(seller: str, sender: Postal, recipient: Postal, goods_grams: int) -> tuple[str, Consignment] | None:
    """Return the question that says what such a parcel costs, and its name; None if the seller is gone."""
    found = seller_called(seller)
    if found is None:
        return None
    plugin, config = found
    here, there = rated_way(sender, recipient)
    consignment = Consignment("", here, there, usual_package(config, goods_grams))
    return question(seller, plugin.mode(config), consignment), consignment


def live_prices(
    methods: Sequence[Method],
    *,
    sender: Postal,
    recipient: Postal,
    goods_grams: int,
    currency: str,
    convert: Callable[[str], Converter | None],
) -> dict[int, LivePrice | None]:
    """Return what these methods cost by their carriers' word (one query at most).

    None: the carrier does not do that there. A method whose carrier was not asked or did not answer is left out, and so
    is one whose price nobody can convert: it costs its own price. `convert` returns how amounts of a currency become
    amounts of `currency`.
    """
    questions = {method.seller: asked_of(method.seller, sender, recipient, goods_grams) for method in methods}
    keys = {asked[0]: seller for seller, asked in questions.items() if asked}
    if not keys:
        return {}
    rows = CarrierQuote.objects.filter(key__in=keys, problem="", asked_at__gt=now() - USABLE)
    known = {keys[row.key]: [Offer.from_json(entry) for entry in row.offers] for row in rows}
    found: dict[int, LivePrice | None] = {}
    for method in methods:
        if method.seller not in known:
            continue
        offers = [
            offer
            for offer in known[method.seller]
            if not method.live_services or service_name(offer) in method.live_services
        ]
        if not offers:
            found[method.pk] = None
            continue
        priced = [
            (price, offer) for offer in offers if (price := _priced(method, offer, currency, convert)) is not None
        ]
        if priced:
            price, offer = min(priced, key=lambda pair: pair[0].minor)
            why = gettext("Price of %(carrier)s") % {"carrier": _carrier_name(offer)}
            found[method.pk] = LivePrice(price, why, offer.days)
    return found


def _carrier_name(offer: Offer) -> str:
    known = carrier(offer.carrier) if offer.carrier != "other" else None
    return str(known.name) if known else offer.name


def service_name(offer: Offer) -> str:
    """Return how a method names a service that it is limited to."""
    return f"{offer.name}/{offer.service}"


def _priced(method: Method, offer: Offer, currency: str, convert: Callable[[str], Converter | None]) -> Money | None:
    price = offer.price
    if price.currency != currency:
        change = convert(price.currency)
        if change is None:
            return None
        price = change.money(price)
    price = price * (Decimal(WHOLE + method.markup_basis_points) / WHOLE)
    handling = method.handling.get(currency)
    if handling is None:
        # Entered in another currency only: the store's own is the first that was entered.
        own, minor = next(iter(method.handling.items()), ("", 0))
        change = convert(own) if own else None
        handling = change.money(Money(minor, own)).minor if change else 0
    return price + Money(int(handling), currency)
