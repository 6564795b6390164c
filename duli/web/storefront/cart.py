"""The cart as templates see it, and the two small cookies that say whose it is and how full."""

from __future__ import annotations

from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import override

from duli.base.errors import DuliError, sentence
from duli.base.ids import is_token
from duli.base.money import Money
from duli.commerce.checkout import selectors, services
from duli.commerce.checkout.points import points_in, points_worth
from duli.commerce.checkout.taxing import RELIEF, goods_only
from duli.commerce.checkout.types import CartClosed, CartLineView, CartNotFound, CartView
from duli.commerce.pricing.promotion_types import AddOn
from duli.commerce.pricing.promotion_words import near_miss
from duli.commerce.pricing.types import Quote
from duli.commerce.promotions.codes import normalised
from duli.commerce.promotions.selectors import products_with
from duli.commerce.promotions.types import MOST_IN_CART
from duli.commerce.taxes.types import Scheme
from duli.platform.accounts.throttle import may_try
from duli.platform.store.selectors import market_by_code
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import referral
from duli.web.storefront.arrivals import arrival, hurry
from duli.web.storefront.buying_drops import AddOnDrop, AddOnsDrop, CartDrop, CartLineDrop, CodeDrop, TotalDrop
from duli.web.storefront.cards import card_drops
from duli.web.storefront.gifts import gift_words
from duli.web.storefront.later import line_later
from duli.web.storefront.measures import unit_note
from duli.web.storefront.members import points_drop
from duli.web.storefront.pictures import image_drop
from duli.web.storefront.shell import CART_COUNT_COOKIE
from duli.web.storefront.where import Where

CART_COOKIE = "cart"
CODE_COOKIE = "discount"
ORDER_COOKIE = "placed"
ORDER_SECONDS = 3600
CODE_SECONDS = 14 * 24 * 3600
CART_SECONDS = 60 * 24 * 3600
MAXIMUM_QUANTITY = 99
MOST_HINTS = 3
MOST_ADD_ONS = 6


def enter_code(request: HttpRequest, here: Where, token: str) -> str:
    """Enter a code or take one off, if the form asks for it; return why that did not work, or nothing."""
    code, gone = request.POST.get("code", "")[:100], request.POST.get("code_off", "")[:100]
    try:
        if gone:
            services.remove_code(token=token, code=gone)
        elif code.strip():
            if not may_try(request, "discount_code", "code"):
                return theme_texts(here.language)("gift_card.too_often")
            services.apply_code(token=token, code=code, device=referral.device_of(request))
    except DuliError as error:
        with override(here.language):
            return sentence(error)
    return ""


def enter_points(request: HttpRequest, here: Where, token: str) -> str:
    """Let points pay, or none any more, if the form asks for it; return why that did not work, or nothing."""
    asked = request.POST.get("points", "")[:20].strip()
    off = "points_off" in request.POST
    if not off and ("points_use" not in request.POST or not asked):
        return ""
    if not off and not (asked.isascii() and asked.isdigit()):
        return theme_texts(here.language)("points.invalid")
    try:
        services.use_points(token=token, points=0 if off else int(asked))
    except DuliError as error:
        with override(here.language):
            return sentence(error)
    return ""


def take_linked_code(code: str, token: str) -> None:
    """Let the code of a link that was followed before there was a cart count in it now, if it still can."""
    with suppress(DuliError):
        services.apply_code(token=token, code=code)


def waiting_codes(request: HttpRequest) -> list[str]:
    """Return the codes that were taken before there was a cart, as far as they can be any."""
    kept = request.COOKIES.get(CODE_COOKIE, "")[:300]
    return [code for text in kept.split(".") if (code := normalised(text))][:MOST_IN_CART]


def remember_code(request: HttpRequest, response: HttpResponseBase, code: str) -> None:
    """Keep the code of a link until there is a cart, beside those that wait already; the newest ones stay."""
    code = ".".join([*(known for known in waiting_codes(request) if known != code), code][-MOST_IN_CART:])
    secure = bool(settings.SESSION_COOKIE_SECURE)
    response.set_cookie(CODE_COOKIE, code, max_age=CODE_SECONDS, httponly=True, samesite="Lax", secure=secure)


def token_of(request: HttpRequest) -> str:
    """Return the cart's token out of the cookie, or "" if there is none that could be one."""
    token = request.COOKIES.get(CART_COOKIE, "")
    return token if is_token(token) else ""


def remember(response: HttpResponseBase, token: str, count: int) -> None:
    """Set the cookies: the cart's token, which no script may read, and the number beside the cart's icon."""
    secure = bool(settings.SESSION_COOKIE_SECURE)
    response.set_cookie(CART_COOKIE, token, max_age=CART_SECONDS, httponly=True, samesite="Lax", secure=secure)
    response.set_cookie(CART_COUNT_COOKIE, str(count), max_age=CART_SECONDS, samesite="Lax", secure=secure)


def forget(response: HttpResponseBase) -> None:
    """Delete the cookies of a cart that became an order."""
    response.delete_cookie(CART_COOKIE, samesite="Lax")
    response.delete_cookie(CART_COUNT_COOKIE, samesite="Lax")


def remember_order(response: HttpResponseBase, token: str) -> None:
    """Keep where the order is that the cart became: the way back from a provider's page leads there."""
    secure = bool(settings.SESSION_COOKIE_SECURE)
    response.set_cookie(ORDER_COOKIE, token, max_age=ORDER_SECONDS, httponly=True, samesite="Lax", secure=secure)


def order_of(request: HttpRequest) -> str:
    """Return the token of the order that this browser has just placed, "" if there is none that could be one."""
    token = request.COOKIES.get(ORDER_COOKIE, "")
    return token if is_token(token) else ""


def cart_here(request: HttpRequest, here: Where) -> CartView:
    """Return the cart in the language and market the shopper is in now."""
    token = token_of(request)
    view = selectors.cart_view(token, here.market, here.language)
    if view.token and (view.market_code, view.language) != (here.market.code, here.language):
        try:
            services.change_market(token=token, market=here.market, language=here.language)
        except (CartNotFound, CartClosed):
            return selectors.empty_cart(here.market, here.language)
        view = selectors.cart_view(token, here.market, here.language)
    return view


def follow(request: HttpRequest, here: Where) -> int:
    """Let the cart follow the shopper to this language and market; return how many units are in it."""
    facts = selectors.cart_facts(token_of(request))
    if facts is None:
        return 0
    if (facts.market_code, facts.language) != (here.market.code, here.language):
        try:
            services.change_market(token=token_of(request), market=here.market, language=here.language)
        except (CartNotFound, CartClosed):
            return 0
    return facts.item_count


def cart_drop(view: CartView, here: Where, code_error: str = "", points_error: str = "") -> CartDrop:
    texts = theme_texts(here.language)
    quote = view.quote
    missing, goal, value = "", 0, 0
    if view.lines and view.free_shipping_missing:
        missing = texts("cart.free_shipping_missing", amount=here.money(view.free_shipping_missing))
        goal = quote.subtotal.minor + view.free_shipping_missing.minor
        value = quote.subtotal.minor
    elif view.lines and quote.shipping_choice and not quote.shipping:
        missing, goal, value = texts("cart.free_shipping_reached"), 1, 1
    return CartDrop(
        lines=tuple(line_drop(line, here, restriction_words(view, here, line.id)) for line in view.lines),
        count=view.item_count,
        totals=tuple(total_drops(quote, here, estimate=view.shipping_is_estimate)) if view.lines else (),
        total=quote.total.format(here.language),
        tax_note=tax_note(quote, here),
        free_shipping=missing,
        free_shipping_value=value,
        free_shipping_goal=goal,
        blocked=view.has_problems,
        hints=hints(quote, here),
        arrival=arrival(view.estimate, here, is_pickup=bool(view.is_fetched)) if view.lines else "",
        hurry=hurry(view.estimate, here) if view.lines else None,
        codes=tuple(CodeDrop(code.text, code.why) for code in view.codes),
        code_error=code_error,
        add_ons=add_ons(view, here),
        points=points_drop(view.points, here, points_error),
    )


def hints(quote: Quote, here: Where) -> tuple[str, ...]:
    """Return what a little more in the cart would bring, the nearest first."""
    missed = [entry for entry in quote.outcomes if entry.missing and entry.reason in {"", "missing"}]
    # What may be added stands there to be chosen.
    missed = [entry for entry in missed if entry.missing and entry.missing.kind != "add_on"]
    missed.sort(key=lambda entry: (entry.missing.kind, entry.missing.short) if entry.missing else ("", 0))
    with override(here.language):
        return tuple(dict.fromkeys(near_miss(entry, here.language) for entry in missed[:MOST_HINTS]))


def add_ons(view: CartView, here: Where) -> tuple[AddOnsDrop, ...]:
    """Return what may be added at a price now, some of each promotion (one query, if there is any, besides cards)."""
    found = []
    for entry in view.quote.outcomes:
        benefit = entry.promotion.benefit
        if not isinstance(benefit, AddOn) or entry.missing is None or entry.missing.kind != "add_on":
            continue
        ids = products_with(benefit.scope.any_of, limit=MOST_ADD_ONS)
        price = Money(benefit.minor, view.currency)
        words = here.money(price) if price else theme_texts(here.language)("product.free")
        choices = tuple(
            AddOnDrop(
                card.variant_id, card.title, str(card.url), card.images[0] if card.images else None, words, card.price
            )
            for card in card_drops(ids, here)
            if not card.sold_out
        )
        if choices:
            found.append(AddOnsDrop(entry.promotion.title, choices))
    return tuple(found)


def destinations(view: CartView, here: Where) -> tuple[tuple[str, str, bool], ...]:
    """Return code, name and whether it is chosen of the countries a cart may go to; none where there is no choice."""
    if not any(line.requires_shipping for line in view.lines):
        return ()
    market = market_by_code(view.market_code) or here.market
    found = selectors.countries_for(market, here.language)
    return tuple((code, name, code == view.country) for code, name in found) if len(found) > 1 else ()


def restriction_words(view: CartView, here: Where, line_id: int | None = None) -> tuple[str, ...]:
    """Return why goods (those of one line) cannot be sent to where the cart goes, a sentence each."""
    texts = theme_texts(here.language)
    found = []
    for entry in view.restricted:
        if line_id is not None and entry.line_id != line_id:
            continue
        country = selectors.country_names(here.language).get(entry.country, entry.country)
        methods = texts("product.list_separator").join(entry.methods)
        key = "delivery.not_by" if entry.methods else "delivery.not_to"
        words = texts(key, title=entry.title, country=country, methods=methods)
        found.append(f"{words} ({entry.reason})" if entry.reason else words)
    return tuple(dict.fromkeys(found))


def line_drop(line: CartLineView, here: Where, restricted: tuple[str, ...] = ()) -> CartLineDrop:
    texts = theme_texts(here.language)
    problem = texts(f"cart.problem_{line.problem}", count=line.available or 0) if line.problem else ""
    notice = ""
    if line.former_price is not None and line.unit_price is not None:
        key = "cart.dearer" if line.unit_price > line.former_price else "cart.cheaper"
        notice = texts(key, before=here.money(line.former_price), after=here.money(line.unit_price))
    limit = MAXIMUM_QUANTITY if line.available is None else max(line.available, 1)
    return CartLineDrop(
        id=line.id,
        title=line.title,
        variant=line.variant_title,
        url=here.url(f"/products/{line.product_handle}?variant={line.variant_id}"),
        image=image_drop(line.image, line.title) if line.image else None,
        quantity=line.quantity,
        maximum=max(min(limit, 999), line.quantity if not line.problem else 1),
        unit_price=here.money(line.unit_price),
        compare_at=here.money(line.compare_at),
        subtotal=here.money(line.subtotal),
        problem=problem,
        notice=" · ".join(filter(None, [notice, *restricted])),
        removable_only=line.problem in {"gone", "no_price", "sold_out", "flash_had"},
        contents=tuple(part.label for part in line.parts),
        gift=gift_words(line.gift, here),
        later=line_later(line, here),
        unit_note=unit_note(line.unit_price, line.content, here),
    )


def total_drops(quote: Quote, here: Where, *, estimate: bool) -> list[TotalDrop]:
    """Return the rows that lead to the total, every one of them with its reason where it has one."""
    texts = theme_texts(here.language)
    goods = goods_only(quote.subtotal, [(line.key, line.subtotal) for line in quote.lines])
    relief = sum(-entry.amount.minor for entry in quote.adjustments if entry.code == RELIEF)
    reduced = Money(quote.discount.minor - relief, quote.currency)
    rows = [TotalDrop("subtotal", texts("totals.subtotal"), goods.format(here.language))]
    for entry in quote.outcomes:
        # What is in the prices already is not taken off again.
        if entry.amount and not entry.promotion.on_shelf:
            note = entry.code
            rows.append(TotalDrop("discount", entry.promotion.title, (-entry.amount).format(here.language), note))
            reduced -= entry.amount
    spent = points_worth(quote)
    if spent:
        label = texts("points.spent", count=points_in(quote))
        rows.append(TotalDrop("discount", label, (-spent).format(here.language)))
        reduced -= spent
    if reduced:
        rows.append(TotalDrop("discount", texts("totals.discount"), (-reduced).format(here.language)))
    if relief:
        label = texts("totals.tax_relief")
        rows.append(TotalDrop("tax_relief", label, Money(-relief, quote.currency).format(here.language)))
    duty = quote.treatment.duty if quote.treatment else None
    if duty is not None:
        why = texts("totals.duty_charged" if duty.is_charged else "totals.duty_later", count=duty.count)
        rows.append(TotalDrop("duty", texts("totals.duty"), duty.amount.format(here.language), why))
    if quote.shipping_choice is not None:
        reasons = [entry.why for entry in quote.adjustments if entry.kind == "shipping" and entry.applied and entry.why]
        amount = quote.shipping.format(here.language) if quote.shipping else texts("product.free")
        label = texts("totals.shipping_estimate" if estimate else "totals.shipping")
        note = " · ".join([quote.shipping_choice.name, *reasons])
        rows.append(TotalDrop("shipping", label, amount, note))
    if not quote.prices_include_tax and quote.tax:
        names = ", ".join(f"{tax.name} {(tax.rate * 100).normalize():f}%" for tax in quote.taxes if tax.tax)
        rows.append(TotalDrop("tax", texts("totals.tax"), quote.tax.format(here.language), names))
    return rows


def tax_note(quote: Quote, here: Where) -> str:
    """Say how much tax is in the total, where prices include it; or who asks for it, where the shop does not."""
    words = asked_elsewhere(quote.treatment.scheme if quote.treatment else "", here, quote.shipping_choice is not None)
    if words or not quote.prices_include_tax or not quote.tax:
        return words
    return theme_texts(here.language)("totals.tax_included", amount=quote.tax.format(here.language))


def asked_elsewhere(scheme: str, here: Where, is_sent: bool) -> str:
    """Say what a total leaves out by its scheme: a total that hides what customs take on delivery is none."""
    texts = theme_texts(here.language)
    if scheme == Scheme.REVERSE_CHARGE:
        return texts("totals.reverse_charge")
    return texts("totals.customs_later") if is_sent and scheme in {Scheme.EXPORT, Scheme.IMPORT} else ""
