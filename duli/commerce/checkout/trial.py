"""A cart that nobody has: what promotions would make of these goods, at that time, for that customer, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.catalogue.models import Variant
from duli.commerce.catalogue.titles import variant_titles
from duli.commerce.checkout.offers import codes_entered, orders_of, tags_of
from duli.commerce.customers.models import Customer
from duli.commerce.pricing.promotion_types import Buyer, Offers
from duli.commerce.pricing.quote import quote
from duli.commerce.pricing.selectors import prices
from duli.commerce.pricing.shelf import shelf_price
from duli.commerce.pricing.types import LineInput, Quote, QuoteContext, ShippingInput
from duli.commerce.promotions.contacts import contact_keys
from duli.commerce.promotions.models import Promotion
from duli.commerce.promotions.selectors import costs_of, facets_of, snapshot_at, spent
from duli.platform.store.types import MarketView

MOST_LINES = 50
MOST_UNITS = 10_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: units by variant, where and when, for whom. `also` is a promotion that counts even switched off.

    `shipping_minor` is what sending would cost.
    """

    units: Mapping[int, int]
    market: MarketView
    language: str
    at: datetime
    codes: Sequence[str] = ()
    customer: Customer | None = None
    source: str = "storefront"
    payment: str = ""
    shipping_minor: int = 0
    also: int | None = None
    draft: Promotion | None = None
    """A promotion that is not saved as it is tried; with a code it counts as if that had been entered."""


@dataclass(frozen=True, slots=True)
class TrialLine:
    """A line of it: what a unit costs by itself, and with the prices of promotions."""

    key: str
    title: str
    quantity: int
    list_price: Money
    unit_price: Money
    total: Money
    taken: Sequence[tuple[str, Money]] = field(default_factory=tuple)
    """What was taken off the line, by promotion."""


def try_cart(trial: Trial) -> tuple[list[TrialLine], Quote]:
    """Return the lines and the quote that explains every promotion. InvalidInput where there are no goods with a price.

    Nothing is written; taxes are left out, since nobody said where it goes.
    """
    units = dict(list(trial.units.items())[:MOST_LINES])
    currency = trial.market.currency
    priced = prices(units, currency, trial.at)
    rows = [row for row in Variant.objects.filter(pk__in=units).select_related("product") if row.pk in priced]
    if not rows or any(not 1 <= count <= MOST_UNITS for count in units.values()):
        raise InvalidInput(field="goods")
    snapshot = snapshot_at(currency, trial.language, trial.at, also=trial.also, draft=trial.draft)
    customer = trial.customer
    buyer = Buyer(
        orders_of([customer.pk]) if customer else None,
        tags_of(customer.pk) if customer else frozenset(),
        trial.market.code,
        trial.source,
        trial.payment,
        bool(customer and customer.user_id),
    )
    codes, used = codes_entered(trial.codes, customer.pk if customer else None)
    if trial.draft is not None and trial.draft.needs_code:
        codes.setdefault(trial.draft.pk, "—")
        used.discard(trial.draft.pk)
    keys = [f"customer:{customer.pk}", *contact_keys([customer.email], [customer.phone])] if customer else []
    used |= spent(snapshot.promotions, keys)
    offers = Offers(snapshot, buyer, codes, frozenset(used), explains_all=True)
    titles = variant_titles(rows, trial.language)
    facets = facets_of(row.product_id for row in rows)
    costs = costs_of([row.pk for row in rows], currency) if snapshot.asks_for_cost else {}
    inputs = []
    for row in rows:
        price = priced[row.pk]
        known = None if row.product.is_gift_card else frozenset({*facets[row.product_id], f"variant:{row.pk}"})
        reduced = price.compare_at is not None
        shelf = shelf_price(
            price.price.minor, offers, trial.at,
            facets=known or frozenset(), quantity=units[row.pk], is_reduced=reduced, cost=costs.get(row.pk),
        ) if known is not None else None  # fmt: skip
        inputs.append(
            LineInput(
                str(row.pk),
                row.pk,
                units[row.pk],
                Money(shelf.minor, currency) if shelf else price.price,
                facets=known,
                is_reduced=reduced,
                shelf=shelf.cuts if shelf else (),
                cost=costs.get(row.pk),
            )
        )
    shipping = ShippingInput("trial", "", Money(trial.shipping_minor, currency))
    found = quote(inputs, QuoteContext(currency, True, trial.at, shipping=shipping, offers=offers))
    lines = [
        TrialLine(
            line.key,
            " ".join(filter(None, titles.get(row.pk, (row.product.title, row.title)))),
            line.quantity,
            priced[row.pk].price,
            line.unit_price,
            line.total,
            [
                (entry.promotion.title, entry.lines[line.key])
                for entry in found.outcomes
                if entry.applied and line.key in entry.lines
            ],
        )
        for row, line in zip(rows, found.lines, strict=True)
    ]
    return lines, found
