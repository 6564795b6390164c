"""What a cart's quote has to know of promotions, read only as far as any promotion asks for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.checkout.models import Cart, Draft
from duli.commerce.checkout.types import CartLineView, CodeView
from duli.commerce.customers.models import Customer
from duli.commerce.customers.selectors import groups_of
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.commerce.pricing.history import shown_former
from duli.commerce.pricing.promotion_types import Buyer, Offers, Snapshot
from duli.commerce.pricing.promotion_words import reason_text
from duli.commerce.pricing.shelf import shelf_price
from duli.commerce.pricing.types import Quote
from duli.commerce.promotions.contacts import contact_keys
from duli.commerce.promotions.selectors import EMPTY, costs_of, entered, facets_of, snapshot, spent
from duli.commerce.promotions.shelf import Shopper, asks_who, lowest_before_shelf, without_set_apart
from duli.commerce.referrals.models import Visit
from duli.commerce.referrals.selectors import came_by, carried, name_of
from duli.platform.store.types import MarketView

NO_FACETS: frozenset[str] = frozenset()


def offers_of(cart: Cart, market: MarketView) -> Offers | None:
    """Return the promotions a cart may meet; None where there are none.

    A draft's meet none but those that are prices: what else is taken off, staff agree on.
    """
    if cart.is_draft:
        return Offers(EMPTY)
    found = snapshot(cart.currency, cart.language)
    if not found.promotions:
        return None
    codes, used = codes_entered(cart.codes, cart.customer_id)
    used |= spent(found.promotions, buyer_keys(cart))
    return Offers(found, _buyer(cart, market, found), codes, frozenset(used))


def codes_entered(texts: Sequence[str], customer_id: int | None) -> tuple[dict[int, str], set[int]]:
    """Return these codes by the promotion they belong to, and the promotions of which none is good any more.

    What was given to somebody else, or is over, is as if it had not been entered.
    """
    codes: dict[int, str] = {}
    used: set[int] = set()
    for code in entered(texts):
        if code.customer_id not in {None, customer_id} or (code.expires_at and code.expires_at <= now()):
            continue
        if code.is_active and (code.limit is None or code.used < code.limit):
            codes[code.promotion_id] = code.text
            used.discard(code.promotion_id)
        elif code.promotion_id not in codes:
            codes[code.promotion_id] = code.text
            used.add(code.promotion_id)
    return codes, used


def on_shelf(lines: Sequence[CartLineView], cart: Cart, market: MarketView, instant: datetime) -> list[CartLineView]:
    """Return the lines at the prices that promotions make of theirs, as the pages of the goods show them.

    What staff agreed on, gift cards and what cannot be bought stay as they are. Of a draft, whose goods come from
    ordinary stock, prices for units set apart are not.
    """
    found = snapshot(cart.currency, cart.language)
    if found.shelf and cart.is_draft:
        found = without_set_apart(found)
    if not found.shelf:
        return list(lines)
    goods = [line for line in lines if line.list_price is not None and not line.is_gift_card]
    facets = facets_of(line.product_id for line in goods)
    offers = Offers(found, _buyer(cart, market, found))
    costs = costs_of([line.variant_id for line in goods], cart.currency) if found.asks_for_cost else {}
    bought: Counter[int] = Counter()
    for line in goods:
        bought[line.variant_id] += line.quantity
    shown = []
    for line in lines:
        before = line.unit_price
        if before is None or line.list_price is None or line.is_gift_card:
            shown.append(line)
            continue
        price = shelf_price(
            line.list_price.minor,
            offers,
            instant,
            facets=frozenset({*facets[line.product_id], f"variant:{line.variant_id}"}),
            quantity=bought[line.variant_id],
            is_reduced=line.is_reduced,
            cost=costs.get(line.variant_id),
        )
        if not price.cuts:
            shown.append(line)
            continue
        own = Money(price.minor, cart.currency)
        # Of a draft: what it costs without an agreement.
        listed = own if cart.is_draft else line.list_price
        if line.is_agreed:
            shown.append(replace(line, list_price=listed))
            continue
        former = line.compare_at or before
        if market.checks_reductions:
            lowest = lowest_before_shelf(line.variant_id, cart.currency, price.cuts, before)
            former = shown_former(own, former, lowest, checked=True) or own
        shown.append(
            replace(
                line,
                unit_price=own,
                list_price=listed,
                compare_at=former if former > own else None,
                subtotal=own * line.quantity,
                discount=min(line.discount, own * line.quantity) if line.discount is not None else None,
                shelf=price.cuts,
            )
        )
    return shown


def line_facets(lines: Sequence[CartLineView], offers: Offers | None) -> Mapping[int, frozenset[str] | None]:
    """Return by line id what promotions know it by; None for a gift card, which is money."""
    if offers is None:
        return {}
    goods = [line for line in lines if not line.is_gift_card]
    if not offers.snapshot.asks_for_facets:
        return {line.id: NO_FACETS for line in goods}
    known = facets_of(line.product_id for line in goods)
    return {line.id: frozenset({*known[line.product_id], f"variant:{line.variant_id}"}) for line in goods}


def line_costs(lines: Sequence[CartLineView], offers: Offers | None, currency: str) -> Mapping[int, int]:
    """Return what a unit of each variant costs the merchant, if a promotion has a floor (one query, or none)."""
    if offers is None or not offers.snapshot.asks_for_cost:
        return {}
    return costs_of([line.variant_id for line in lines if line.variant_id], currency)


def _owner(cart: Cart) -> tuple[int | None, bool]:
    """Return whose cart it is, and whether that is an account: of a draft, the customer it is for."""
    if not cart.is_draft:
        return cart.customer_id, bool(cart.customer_id)
    rows = Draft.objects.filter(cart=cart, customer__isnull=False)
    row = rows.values_list("customer_id", "customer__user_id").first()
    return (row[0], row[1] is not None) if row else (None, False)


def shopper_of_draft(draft_id: int) -> Shopper:
    """Return for whom the prices of goods are that staff may put into a draft. NotFound."""
    draft = Draft.objects.select_related("cart").filter(pk=draft_id).first()
    if draft is None:
        raise NotFound()
    cart = draft.cart
    owner, is_member = _owner(cart)
    groups = tags_of(owner) if owner and is_member and asks_who(cart.currency, cart.language) else NO_FACETS
    return Shopper(cart.market_code, cart.currency, cart.language, is_member, groups)


def _buyer(cart: Cart, market: MarketView, found: Snapshot) -> Buyer:
    orders, tags = None, NO_FACETS
    if found.asks_for_orders:
        people = customer_ids(cart)
        orders = orders_of(people) if people else None
    owner, is_member = _owner(cart)
    if found.asks_for_tags and owner and is_member:
        tags = tags_of(owner)
    source, referral = cart.source or "storefront", ""
    if found.asks_for_referrals and cart.visit_id:
        referral = came_by(cart.visit_id, customer_id=cart.customer_id, email=cart.email, phone=cart.phone)
    return Buyer(orders, tags, market.code, source, cart.payment_method_code, is_member, referral)


def orders_of(customer_ids: Sequence[int]) -> int:
    """Return how many orders these customers placed that were not cancelled."""
    return Order.objects.filter(customer_id__in=customer_ids).exclude(status=OrderStatus.CANCELLED).count()


def tags_of(customer_id: int) -> frozenset[str]:
    return frozenset(groups_of(customer_id))


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
    if cart.visit_id and (visit := carried(cart.visit_id)) is not None:
        views.append(_recommended_by(cart, visit))
    return tuple(views)


def _recommended_by(cart: Cart, visit: Visit) -> CodeView:
    """Return the code of who recommended the shop, however it came into the cart: a buyer may take it off."""
    code, name = visit.referrer.code.upper(), name_of(visit.referrer)
    if not came_by(visit.pk, customer_id=cart.customer_id, email=cart.email, phone=cart.phone):
        return CodeView(code, False, gettext("This is your own code: it does not count here."))
    return CodeView(code, True, gettext("Recommended by %(name)s") % {"name": name} if name else "")


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
