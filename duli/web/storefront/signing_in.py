"""The cart of somebody who signs in or out: it waits in the account, and nobody else at this browser sees it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from duli.commerce.checkout import selectors, services
from duli.commerce.checkout.models import Cart
from duli.commerce.customers import services as customers
from duli.commerce.customers.selectors import customer_of
from duli.platform.accounts.models import User
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import cart as carts
from duli.web.storefront.where import Where, where

NOTICE = "cart_notice"


def claim(here: Where, user: User, token: str) -> Cart | None:
    """Make the cart of `token` the account's, together with what waits there; None if both are empty."""
    customer = customer_of(user.pk)
    if customer is None:
        if selectors.cart_facts(token) is None:
            return None
        customer = customers.customer_for_user(
            user_id=user.pk, name=user.name, email=user.email or "", phone=user.phone or "", language=here.language
        )
    return services.merge(token=token, customer_id=customer.pk, market=here.market, language=here.language)


def bring_cart(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    if not hasattr(request, "storefront_language"):
        # Somebody signs in to the back office.
        return
    here = where(request)
    before = selectors.cart_facts(carts.token_of(request))
    cart = claim(here, user, carts.token_of(request))
    if cart is None:
        _hand_over(request, "", 0)
        return
    count = selectors.item_count(cart.token)
    _hand_over(request, cart.token, count)
    if count and cart.token != carts.token_of(request):
        request.session[NOTICE] = "merged" if before and before.item_count else "restored"


def leave_cart(sender: object, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    token = carts.token_of(request)
    cart = selectors.open_cart(token)
    if hasattr(request, "storefront_language") and cart is not None and cart.customer_id is not None:
        _hand_over(request, "", 0)


def _hand_over(request: HttpRequest, token: str, count: int) -> None:
    request.cart_handed_over = (token, count)  # type: ignore[attr-defined]


def remember_cart(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set the cookies of the cart that came or went with signing in or out."""
    handed_over: tuple[str, int] | None = getattr(request, "cart_handed_over", None)
    if handed_over is None:
        return
    token, count = handed_over
    if token:
        carts.remember(response, token, count)
    elif carts.token_of(request):
        carts.forget(response)


def take_notice(request: HttpRequest, here: Where) -> str:
    """Return once what signing in did to the cart, as a sentence; "" if nothing."""
    if not request.COOKIES.get("sessionid"):
        return ""
    kind = request.session.pop(NOTICE, "")
    return theme_texts(here.language)(f"cart.{kind}") if kind in {"merged", "restored"} else ""
