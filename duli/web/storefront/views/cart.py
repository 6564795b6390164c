"""Cart: page, drawer, adding and changing lines."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST, require_safe

from duli.base.errors import DuliError, sentence
from duli.commerce.assortment import selectors as assortment
from duli.commerce.checkout import services
from duli.commerce.checkout.models import Cart
from duli.commerce.checkout.types import MAXIMUM_QUANTITY, InvalidQuantity, NotForSale
from duli.commerce.customers.selectors import customer_of
from duli.commerce.promotions import services as promotions
from duli.commerce.promotions.codes import normalised
from duli.commerce.promotions.selectors import code_for
from duli.platform.accounts.throttle import may_try
from duli.platform.store.selectors import market_by_code
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import cart as carts
from duli.web.storefront import referral, seo
from duli.web.storefront import saved as saving
from duli.web.storefront.flash import tickets_of
from duli.web.storefront.gifts import gift_of
from duli.web.storefront.guard import same_site_only
from duli.web.storefront.render import fragment, page
from duli.web.storefront.shell import CART_COUNT_COOKIE
from duli.web.storefront.signing_in import claim, take_notice
from duli.web.storefront.where import MARKET_COOKIE, Where, where

_OPTION = re.compile(r"^o[0-9]{1,18}$")
# A path of this shop: never another host ("//x"), never a page of another face.
_PATH = re.compile(r"/(?:(?!admin|api)[A-Za-z0-9_-][\w./-]{0,300})?", re.ASCII)
MARKET_SECONDS = 365 * 24 * 3600


def inside(wanted: str) -> str:
    """Return a path of this shop as it is; for anything else its first page."""
    return wanted if _PATH.fullmatch(wanted) else "/"


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    return _answer(request, where(request))


@same_site_only
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add a variant, named by its id or by the product and the chosen values (the form without JavaScript)."""
    here = where(request)
    try:
        cart = services.add_line(
            token=carts.token_of(request),
            variant_id=wanted_variant(request),
            quantity=_quantity(request.POST.get("quantity") or "1"),
            market=here.market,
            language=here.language,
            gift=gift_of(request),
            tickets=tickets_of(request),
        )
    except DuliError as error:
        return failed(request, here, error)
    if cart.customer_id is None and request.COOKIES.get("sessionid") and request.user.is_authenticated:
        cart = claim(here, request.user, cart.token) or cart
    # After that: a code may be good for its owner's cart only.
    waiting = carts.waiting_codes(request)
    for text in waiting:
        carts.take_linked_code(text, cart.token)
    referral.take_along(request, cart.token)
    response = done(request, here, cart, said="cart.added")
    if waiting:
        response.delete_cookie(carts.CODE_COOKIE, samesite="Lax")
    return response


@same_site_only
@require_POST
def market(request: HttpRequest) -> HttpResponse:
    """Shop in another market from now on, on this device; the cart follows on the next page."""
    here = where(request)
    chosen = market_by_code(request.POST.get("market", "")[:20])
    response = HttpResponseRedirect(here.url(inside(request.POST.get("next", ""))))
    if chosen is not None:
        secure = bool(settings.SESSION_COOKIE_SECURE)
        response.set_cookie(
            MARKET_COOKIE, chosen.code, max_age=MARKET_SECONDS, httponly=True, samesite="Lax", secure=secure
        )
    return response


@same_site_only
@require_POST
def destination(request: HttpRequest) -> HttpResponse:
    """Say which country it goes to, for the estimate of shipping."""
    here = where(request)
    try:
        cart = services.set_destination(token=carts.token_of(request), country=request.POST.get("country", "")[:2])
    except DuliError as error:
        return failed(request, here, error)
    return done(request, here, cart, said="")


@same_site_only
@require_POST
def code(request: HttpRequest) -> HttpResponse:
    """Enter a discount code, or take one off."""
    here = where(request)
    token = carts.token_of(request)
    problem = carts.enter_code(request, here, token)
    if problem:
        return _answer(request, here, code_error=problem, status=422)
    shown = request.headers.get("X-Fragment") in {"cart", "page"}
    response = _answer(request, here) if shown else HttpResponseRedirect(here.url("/cart"), status=303)
    referral.forget_taken_off(request, response)
    return response


@same_site_only
@require_POST
def points(request: HttpRequest) -> HttpResponse:
    """Let points pay part of the goods, or none any more."""
    here = where(request)
    problem = carts.enter_points(request, here, carts.token_of(request))
    if problem:
        return _answer(request, here, points_error=problem, status=422)
    if request.headers.get("X-Fragment") in {"cart", "page"}:
        return _answer(request, here)
    return HttpResponseRedirect(here.url("/cart"), status=303)


@require_safe
def discount(request: HttpRequest, code: str) -> HttpResponse:
    """A link that brings a code along: it counts in the cart at once, or as soon as there is one.

    Who is signed in finds it among the coupons of the account as well.
    """
    here = where(request)
    response = HttpResponseRedirect(here.url(inside(request.GET.get("next", ""))))
    if not may_try(request, "discount_code", "code"):
        return response
    text = normalised(code)
    customer = None
    if request.COOKIES.get("sessionid") and request.user.is_authenticated and request.user.pk:
        customer = customer_of(request.user.pk)
    try:
        code_for(text, customer.pk if customer else None)
        if customer is not None:
            promotions.take_code(text=text, customer_id=customer.pk)
    except DuliError as error:
        return _answer(request, here, error=error)
    try:
        services.apply_code(token=carts.token_of(request), code=text)
    except DuliError:
        carts.remember_code(request, response, text)
    return response


@same_site_only
@require_POST
def change(request: HttpRequest, line_id: int) -> HttpResponse:
    """Set a line's quantity; 0 removes it."""
    here = where(request)
    try:
        quantity = _quantity(request.POST.get("remove") or request.POST.get("quantity") or "")
        cart = services.set_quantity(token=carts.token_of(request), line_id=line_id, quantity=quantity)
    except DuliError as error:
        return failed(request, here, error)
    return done(request, here, cart, said="cart.removed" if quantity == 0 else "cart.changed")


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _quantity(text: str) -> int:
    number = _number(text)
    if number is None:
        raise InvalidQuantity(maximum=MAXIMUM_QUANTITY)
    return number


def _id(text: str) -> int:
    number = _number(text)
    if number is None:
        raise NotForSale()
    return number


def wanted_variant(request: HttpRequest) -> int:
    """Return the variant a form names: by its id, or by the product and the chosen values."""
    given = request.POST.get("variant", "")
    if given:
        return _id(given)
    product_id = _id(request.POST.get("product", ""))
    chosen = []
    for name in request.POST:
        value = request.POST.get(name, "")
        if _OPTION.match(name) and _OPTION.match(f"o{value}"):
            chosen.append(int(value))
    found = assortment.variant_of(product_id=product_id, value_ids=chosen)
    if found is None:
        raise NotForSale()
    return found


def failed(request: HttpRequest, here: Where, error: DuliError) -> HttpResponse:
    """Show the cart as it still is, with what went wrong."""
    return _answer(request, here, error=error)


def filled(request: HttpRequest, here: Where, cart: Cart | None, *, said: str, message: str) -> HttpResponse:
    """Show the cart after much was put into it: what went in, and in `message` what did not."""
    if cart is not None:
        request.COOKIES[carts.CART_COOKIE] = cart.token
    response = _answer(request, here, said=said if cart is not None else "", message=message)
    if cart is not None:
        carts.remember(response, cart.token, int(response.headers["X-Cart-Count"]))
    return response


def _wants_drawer(request: HttpRequest) -> bool:
    return request.headers.get("X-Fragment") == "cart"


def done(request: HttpRequest, here: Where, cart: Cart, *, said: str) -> HttpResponse:
    """Show the cart after a change: its drawer or page at once to a script, else by a redirect."""
    request.COOKIES[carts.CART_COOKIE] = cart.token
    if request.headers.get("X-Fragment") in {"cart", "page"}:
        response = _answer(request, here, said=said)
        count = int(response.headers["X-Cart-Count"])
    else:
        response = HttpResponseRedirect(here.url("/cart"), status=303)
        count = carts.selectors.item_count(cart.token) if cart.item_count is None else cart.item_count
    carts.remember(response, cart.token, count)
    return response


def _answer(
    request: HttpRequest,
    here: Where,
    *,
    error: DuliError | None = None,
    said: str = "",
    message: str = "",
    code_error: str = "",
    points_error: str = "",
    status: int = 200,
) -> HttpResponse:
    view = carts.cart_here(request, here)
    stale = bool(carts.token_of(request)) and request.COOKIES.get(CART_COUNT_COOKIE) != str(view.item_count)
    request.COOKIES[CART_COUNT_COOKIE] = str(view.item_count)
    texts = theme_texts(here.language)
    context: dict[str, object] = {
        "cart": carts.cart_drop(view, here, code_error, points_error),
        "message": sentence(error) if error else message,
        "said": texts(said) if said else "",
        "notice": take_notice(request, here),
    }
    status = error.status if error else status
    if _wants_drawer(request):
        response = fragment(request, "drawer", context, status=status)
    else:
        context["saved"] = saving.drops(request, here)
        context["destinations"] = carts.destinations(view, here)
        meta = seo.meta(here, "/cart", title=texts("cart.title"), robots="noindex")
        response = page(request, "cart", meta, context, status=status)
        response.headers["Cache-Control"] = "no-store"
    response.headers["X-Cart-Count"] = str(view.item_count)
    if stale:
        if view.token:
            carts.remember(response, view.token, view.item_count)
        else:
            carts.forget(response)
    return response
