"""What a shopper saved for later: the cookies that say whose list it is and what is on it, and what templates see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from duli.base.ids import is_token
from duli.commerce.customers import services as customers
from duli.commerce.customers.selectors import customer_of
from duli.growth.wishes import selectors
from duli.growth.wishes.models import WishList
from duli.growth.wishes.services import lists
from duli.growth.wishes.types import WishView
from duli.platform.accounts.models import User
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.drops import ImageDrop
from duli.web.storefront.pictures import image_drop
from duli.web.storefront.where import Where, where

LIST_COOKIE = "saved_list"
IDS_COOKIE = "saved"
SECONDS = 400 * 24 * 3600
# Only these few light up a page's heart without asking; the list itself is longer.
SHOWN_IN_COOKIE = 60


@dataclass(frozen=True, slots=True)
class SavedDrop:
    """Something saved for later; `state` says in words why it cannot be bought, "" where it can."""

    variant_id: int
    title: str
    variant: str
    url: str
    image: ImageDrop | None
    price: str
    state: str


def token_of(request: HttpRequest) -> str:
    token = request.COOKIES.get(LIST_COOKIE, "")
    return token if is_token(token) else ""


def remember(response: HttpResponseBase, saved: WishList) -> None:
    """Set the cookies: the list's token, which no script may read, and which variants are on it, for the hearts."""
    secure = bool(settings.SESSION_COOKIE_SECURE)
    ids = ".".join(str(pk) for pk in selectors.saved_ids(saved.token)[:SHOWN_IN_COOKIE])
    response.set_cookie(LIST_COOKIE, saved.token, max_age=SECONDS, httponly=True, samesite="Lax", secure=secure)
    response.set_cookie(IDS_COOKIE, ids, max_age=SECONDS, samesite="Lax", secure=secure)


def forget(response: HttpResponseBase) -> None:
    response.delete_cookie(LIST_COOKIE, samesite="Lax")
    response.delete_cookie(IDS_COOKIE, samesite="Lax")


def drops(request: HttpRequest, here: Where) -> tuple[SavedDrop, ...]:
    """Return what is on this browser's list, the newest first; no query where there is none."""
    token = token_of(request)
    if not token:
        return ()
    found = selectors.wishes(token, currency=here.currency, language=here.language)
    return tuple(_drop(wish, here) for wish in found)


def _drop(wish: WishView, here: Where) -> SavedDrop:
    texts = theme_texts(here.language)
    state = ""
    if wish.price is None:
        state = texts("cart.problem_no_price")
    elif wish.available == 0:
        state = texts("product.sold_out")
    return SavedDrop(
        variant_id=wish.variant_id,
        title=wish.title,
        variant=wish.variant_title,
        url=here.url(f"/products/{wish.product_handle}?variant={wish.variant_id}"),
        image=image_drop(wish.image, wish.title) if wish.image else None,
        price=here.money(wish.price),
        state=state,
    )


def bring(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """On login, make the browser's list the account's, or take up the one that waits there."""
    if hasattr(request, "storefront_language"):
        request.saved_handed_over = own(where(request), user, token_of(request))  # type: ignore[attr-defined]


def own(here: Where, user: User, token: str) -> WishList | None:
    """Make the list of `token` the account's, together with what waits there; None if there is neither."""
    customer = customer_of(user.pk)
    if customer is None:
        if not selectors.saved_ids(token):
            return None
        customer = customers.customer_for_user(
            user_id=user.pk, name=user.name, email=user.email or "", phone=user.phone or "", language=here.language
        )
    return lists.merge(token=token, customer_id=customer.pk)


def leave(sender: object, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    """On logout, leave an account's list behind: nobody else at this browser sees it."""
    token = token_of(request)
    is_own = token and WishList.objects.filter(token=token, customer__isnull=False).exists()
    if is_own and hasattr(request, "storefront_language"):
        request.saved_left = True  # type: ignore[attr-defined]


def hand_over(request: HttpRequest, response: HttpResponseBase) -> None:
    """Set the cookies of the list that came or went with signing in or out."""
    saved: WishList | None = getattr(request, "saved_handed_over", None)
    if saved is not None:
        remember(response, saved)
    elif getattr(request, "saved_left", False):
        forget(response)
