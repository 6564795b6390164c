"""What a cart's quote has to know of promotions, read only as far as any promotion asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db.models import Q
from django.utils.translation import gettext

from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import CartLineView, CodeView
from duli.commerce.customers.models import Customer, CustomerTag
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.commerce.pricing.promotion_types import Buyer, Offers, Snapshot
from duli.commerce.pricing.promotion_words import reason_text
from duli.commerce.pricing.types import Quote
from duli.commerce.promotions.contacts import contact_keys
from duli.commerce.promotions.selectors import entered, facets_of, snapshot, spent
from duli.platform.store.types import MarketView

NO_FACETS: frozenset[str] = frozenset()


def offers_of(cart: Cart, market: MarketView) -> Offers | None:
    """Return the promotions a cart may meet; None where there are none, and for what staff agreed on in a draft."""
    if cart.is_draft:
        return None
    found = snapshot(cart.currency, cart.language)
    if not found.promotions:
        return None
    codes: dict[int, str] = {}
    used: set[int] = set()
    for code in entered(cart.codes):
        if code.is_active and (code.limit is None or code.used < code.limit):
            codes[code.promotion_id] = code.text
            used.discard(code.promotion_id)
        elif code.promotion_id not in codes:
            codes[code.promotion_id] = code.text
            used.add(code.promotion_id)
    used |= spent(found.promotions, buyer_keys(cart))
    return Offers(found, _buyer(cart, market, found), codes, frozenset(used))


def line_facets(lines: Sequence[CartLineView], offers: Offers | None) -> Mapping[int, frozenset[str] | None]:
    """Return by line id what promotions know it by; None for a gift card, which is money."""
    if offers is None:
        return {}
    goods = [line for line in lines if not line.is_gift_card]
    if not offers.snapshot.asks_for_facets:
        return {line.id: NO_FACETS for line in goods}
    known = facets_of(line.product_id for line in goods)
    return {line.id: frozenset({*known[line.product_id], f"variant:{line.variant_id}"}) for line in goods}


def _buyer(cart: Cart, market: MarketView, found: Snapshot) -> Buyer:
    orders, tags = None, NO_FACETS
    if found.asks_for_buyer:
        people = customer_ids(cart)
        if people:
            orders = Order.objects.filter(customer_id__in=people).exclude(status=OrderStatus.CANCELLED).count()
        if cart.customer_id:
            tags = frozenset(CustomerTag.objects.filter(customer_id=cart.customer_id).values_list("name", flat=True))
    return Buyer(orders, tags, market.code, cart.source or "storefront", cart.payment_method_code)


def codes_in(cart: Cart, quoted: Quote) -> tuple[CodeView, ...]:
    """Return the codes of a cart in the order in which they were entered, with what became of each."""
    found = {entry.code: entry for entry in quoted.outcomes if entry.code}
    views = []
    for text in cart.codes:
        entry = found.get(text)
        if entry is None:
            views.append(CodeView(text, False, gettext("It does not count at this time.")))
        else:
            views.append(CodeView(text, entry.applied, reason_text(entry, cart.language), entry.promotion.title))
    return tuple(views)


def buyer_keys(cart: Cart) -> list[str]:
    """Return under what names a limit a customer counts this buyer: the account, and what was typed."""
    own = [f"customer:{cart.customer_id}"] if cart.customer_id else []
    return [*own, *contact_keys([cart.email], [cart.phone])]


def customer_ids(cart: Cart) -> list[int]:
    """Return every customer that the cart's account or contact stands for: whoever ordered by it is not new."""
    same = Q(pk=cart.customer_id) if cart.customer_id else Q(pk__in=[])
    if cart.email:
        same |= Q(email=cart.email.lower())
    if cart.phone:
        same |= Q(phone=cart.phone)
    return list(Customer.objects.filter(same).values_list("pk", flat=True))
