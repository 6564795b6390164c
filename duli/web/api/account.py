"""Customers of a storefront of one's own: signing in, their coupons and store credit, and the cart that is theirs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status
from ninja.security import HttpBearer

from duli.base.errors import NotFound
from duli.commerce.checkout import selectors as carts
from duli.commerce.checkout import services as checkout
from duli.commerce.customers import selectors as customers
from duli.commerce.customers.credit import credit_balances
from duli.commerce.customers.models import Customer
from duli.commerce.customers.services import customer_for_user
from duli.commerce.membership.selectors import standing_of
from duli.commerce.promotions.selectors import coupons_of
from duli.platform.accounts.models import User
from duli.platform.accounts.services import sign_in_app, sign_out_app, user_of_app
from duli.web.api import present
from duli.web.api.api import ERRORS, NotSignedIn, reader, show_cart
from duli.web.api.schemas import (
    AccountOut,
    CartOut,
    CheckoutOut,
    CouponOut,
    ErrorOut,
    SessionOut,
    SignInIn,
    UseCreditIn,
)
from duli.web.api.throttle import VisitorThrottle

ANSWERS = {**ERRORS, 401: ErrorOut}
Json = dict[str, Any]


class AppSession(HttpBearer):
    """``Authorization: Bearer …`` with the token of /account/session."""

    def authenticate(self, request: HttpRequest, token: str) -> User:
        user = user_of_app(token)
        if user is None:
            raise NotSignedIn()
        return user

    def __call__(self, request: HttpRequest) -> User:
        # Who sends nothing is told the same as who sends what is over.
        found: User | None = super().__call__(request)
        if found is None:
            raise NotSignedIn()
        return found


router = Router(throttle=[VisitorThrottle()], tags=["account"])
signed_in = AppSession()


def _user(request: HttpRequest) -> User:
    found: User = request.auth  # type: ignore[attr-defined]
    return found


def _customer(user: User, language: str) -> Customer:
    return customer_for_user(
        user_id=user.pk, name=user.name, email=user.email or "", phone=user.phone or "", language=language
    )


@router.post("/account/session", response={201: SessionOut, **ANSWERS, 403: ErrorOut})
def sign_in(request: HttpRequest, body: SignInIn) -> Status[Json]:
    """Sign in with the password of the shop's pages. Staff, and whoever has a second step, sign in there."""
    token, ends = sign_in_app(request=request, login=body.login, password=body.password)
    return Status(201, {"token": token, "expires_at": ends})


@router.delete("/account/session", response={204: None, **ANSWERS}, auth=signed_in)
def sign_out(request: HttpRequest) -> Status[None]:
    """End the session: its token is worth nothing from now on."""
    sign_out_app(key=request.headers["Authorization"].partition(" ")[2])
    return Status(204, None)


@router.get("/account", response={200: AccountOut, **ANSWERS}, auth=signed_in)
def account(request: HttpRequest) -> Json:
    """Who is signed in, with store credit, points and tier."""
    user, language = _user(request), reader(request)[0]
    customer = customers.customer_of(user.pk)
    standing = standing_of(customer.pk, language) if customer else None
    has_points = standing is not None and standing.program.has_points
    return {
        "name": user.name,
        "email": user.email or "",
        "phone": user.phone or "",
        "store_credit": [present.money(amount, language) for amount in credit_balances(customer.pk)]
        if customer
        else [],
        "points": standing.available if standing is not None and has_points else None,
        "tier": standing.tier.name if standing is not None and standing.tier else "",
    }


@router.get("/account/coupons", response={200: list[CouponOut], **ANSWERS}, auth=signed_in)
def coupons(request: HttpRequest) -> list[Json]:
    """The codes of this customer: given for a birthday or a friend, or taken; what can be used comes first."""
    language, market = reader(request)
    customer = customers.customer_of(_user(request).pk)
    found = coupons_of(customer.pk, market.currency, language) if customer else []
    return [present.coupon(entry, market.currency, language) for entry in found]


@router.put("/carts/{token}/owner", response={200: CartOut, **ANSWERS}, auth=signed_in, tags=["cart"])
def own_cart(request: HttpRequest, token: str) -> Json:
    """Make the cart this customer's, together with what waits in their account. The answer may have another token."""
    if carts.open_cart(token) is None:
        raise NotFound()
    language, market = reader(request)
    customer = _customer(_user(request), language)
    found = checkout.merge(token=token, customer_id=customer.pk, market=market, language=language)
    if found is None:
        raise NotFound()
    return show_cart(found.token, request)


@router.put("/carts/{token}/credit", response={200: CheckoutOut, **ANSWERS}, auth=signed_in, tags=["checkout"])
def use_credit(request: HttpRequest, token: str, body: UseCreditIn) -> Json:
    """Let the store credit of the cart's owner pay as far as it reaches, or not; it is spent by placing the order."""
    customer, cart = customers.customer_of(_user(request).pk), carts.open_cart(token)
    if cart is None or customer is None or cart.customer_id != customer.pk:
        raise NotFound()
    checkout.use_credit(token=token, wanted=body.use)
    return present.checkout(carts.checkout_view(token), is_owner=True)
