"""Checkout: one page, one form; placing the order; starting its payment."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from duli.base.errors import DuliError, NotFound, sentence
from duli.base.money import Money
from duli.commerce.checkout import selectors, services
from duli.commerce.checkout.types import (
    CartClosed,
    CartEmpty,
    CartNotFound,
    Details,
    InvalidDetails,
    LineUnavailable,
    PlaceOrder,
)
from duli.commerce.customers.models import CustomerAddress
from duli.commerce.customers.selectors import addresses_of, customer_of
from duli.commerce.fapiao.selectors import request_of
from duli.commerce.fapiao.services import ask
from duli.commerce.inventory.types import InsufficientStock
from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import order_by_token
from duli.commerce.payments import services as payments
from duli.commerce.payments.devices import shopper_of
from duli.commerce.payments.gateway import Redirect
from duli.commerce.payments.types import ChallengeNeeded, TooManyTries
from duli.platform.accounts.throttle import may_try
from duli.platform.accounts.visitors import client_address
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import cart as carts
from duli.web.storefront import referral, seo
from duli.web.storefront.checkout import checkout_drop, read_details
from duli.web.storefront.fapiao import choice_at_checkout, problems_of, wish_at_checkout
from duli.web.storefront.render import fragment, page
from duli.web.storefront.texts import choose_texts
from duli.web.storefront.views.privacy import agree
from duli.web.storefront.where import Where, where


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Show the page; a POST refreshes what depends on a choice, or places the order."""
    here = where(request)
    token = carts.token_of(request)
    if request.method != "POST":
        if not carts.follow(request, here):
            return HttpResponseRedirect(here.url(_instead(request)), status=303)
        return _form(request, here, token)
    # A code that was typed but not entered yet is entered first: its total was not shown.
    placing = "place" in request.POST and not request.POST.get("code", "").strip()
    facts = selectors.cart_facts(token)
    if facts is None:
        return _already(request, here, token)
    details = read_details(request.POST.dict(), needs_shipping=facts.needs_shipping)
    saved = _saved_address(request)
    if saved is not None:
        details = _with_address(details, saved)
    services.ask_register(details=details)
    services.ask_carriers(token=token, details=details)
    if not placing:
        services.save_details(token=token, details=details, draft=True)
        code_error = carts.enter_code(request, here, token)
        points_error = carts.enter_points(request, here, token)
        card_error = _gift_card(request, here, token)
        _credit(request, token)
        response = _form(
            request,
            here,
            token,
            typed=details,
            card_error=card_error,
            code_error=code_error,
            points_error=points_error,
        )
        referral.forget_taken_off(request, response)
        return response
    if wrong := problems_of(wish_at_checkout(request.POST)):
        return _form(request, here, token, typed=details, error=_other_problems(token, details), fapiao_errors=wrong)
    try:
        order = services.place_order(
            request=PlaceOrder(
                cart_token=token,
                details=details,
                shown_total=_shown(request, here, "shown_total"),
                shown_due=_shown(request, here, "shown_due") if "shown_due" in request.POST else None,
                actor=_actor(request),
                user_id=request.user.pk if request.user.is_authenticated else None,
            )
        )
    except InvalidDetails as error:
        services.save_details(token=token, details=details, draft=True)
        return _form(request, here, token, typed=details, error=error)
    except (CartEmpty, InsufficientStock, LineUnavailable):
        _keep(token, details)
        # The cart's page says which line it is and what can be done.
        return HttpResponseRedirect(here.url("/cart"), status=303)
    except (CartNotFound, CartClosed):
        return _already(request, here, token)
    except DuliError as error:
        _keep(token, details)
        return _form(request, here, token, typed=details, error=error)
    _ask_fapiao(request, order)
    if request.POST.get("newsletter") == "1" and order.customer_id:
        agree(request, here, order.customer_id, email=order.email)
    if request.POST.get("sms") == "1":
        choose_texts([order], here, wanted=True, source="checkout")
    return go_to_payment(request, here, order, first=True)


def _instead(request: HttpRequest) -> str:
    """Return what is shown where there is nothing to buy: the order, to whom the back button brings here after it."""
    token = carts.order_of(request)
    with suppress(NotFound):
        return f"/orders/{order_by_token(token).token}" if token else "/cart"
    return "/cart"


def _keep(token: str, details: Details) -> None:
    """No order came of it, but what was typed stays with the cart, unless another request closed that meanwhile."""
    with suppress(DuliError):
        services.save_details(token=token, details=details)


def _other_problems(token: str, details: Details) -> DuliError | None:
    """Keep what was typed, and return what is wrong with it beside the fapiao: all is named at once."""
    try:
        services.save_details(token=token, details=details)
    except InvalidDetails as error:
        services.save_details(token=token, details=details, draft=True)
        return error
    except DuliError as error:
        return error
    return None


def _ask_fapiao(request: HttpRequest, order: Order) -> None:
    """Ask for the fapiao that was wanted with the order; one that cannot be had stops no order."""
    wish = wish_at_checkout(request.POST)
    # A second click finds the first one's request, which may have been changed on the order's page since.
    if wish is not None and request_of(order.pk) is None:
        with suppress(DuliError):
            ask(order_id=order.pk, wish=wish, actor=_actor(request))


def go_to_payment(
    request: HttpRequest,
    here: Where,
    order: Order,
    *,
    first: bool = False,
    key: str = "first",
    is_person: bool = False,
) -> HttpResponse:
    """Start the payment and send the shopper where it continues; the cart's cookies go."""
    address: str = here.url(f"/orders/{order.token}")
    # Where no provider is asked, placing the order has begun its payment.
    if order.payment_collection_id and not (first and payments.starts_by_hand(order.payment_method_code)):
        try:
            step = payments.start(
                collection_id=order.payment_collection_id,
                idempotency_key=key,
                shopper=shopper_of(
                    user_agent=request.headers.get("User-Agent", ""),
                    address=client_address(request),
                    email=order.email or order.phone,
                    is_person=is_person,
                ),
                until=order.expires_at,
            )
        except (ChallengeNeeded, TooManyTries):
            step, address = None, f"{address}/check"
        except DuliError:
            step = None
        if isinstance(step, Redirect):
            address = step.url
    response = HttpResponseRedirect(address, status=303)
    if first:
        carts.forget(response)
        carts.remember_order(response, order.token)
    return response


def _already(request: HttpRequest, here: Where, token: str) -> HttpResponse:
    """A second click, or the back button after the order: the same order, once more."""
    try:
        order = services.place_order(request=PlaceOrder(cart_token=token, shown_total=None, actor=_actor(request)))
    except DuliError:
        return HttpResponseRedirect(here.url("/cart"), status=303)
    _ask_fapiao(request, order)
    return go_to_payment(request, here, order, first=True)


def _actor(request: HttpRequest) -> str:
    return f"user:{request.user.pk}" if request.user.is_authenticated else "guest"


def _gift_card(request: HttpRequest, here: Where, token: str) -> str:
    """Enter a gift card or take one off, if the form asks for it; return why that did not work, or nothing."""
    code, gone = request.POST.get("gift_card", "")[:100], request.POST.get("gift_card_off", "")
    try:
        if gone.isascii() and gone.isdigit() and len(gone) < 19:
            services.remove_gift_card(token=token, card_id=int(gone))
        elif code.strip() and "gift_card_add" in request.POST:
            if not may_try(request, "gift_card", "code"):
                return theme_texts(here.language)("gift_card.too_often")
            services.apply_gift_card(token=token, code=code)
    except DuliError as error:
        with override(here.language):
            return sentence(error)
    return ""


def _credit(request: HttpRequest, token: str) -> None:
    """Let store credit pay, or not, if the form asks for it."""
    if "credit_use" in request.POST or "credit_off" in request.POST:
        with suppress(DuliError):
            services.use_credit(token=token, wanted="credit_use" in request.POST)


def _shown(request: HttpRequest, here: Where, name: str) -> Money:
    """Return the sum that the form says it showed; one that says nothing has shown nothing."""
    shown = request.POST.get(name, "")
    return Money(int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 16 else 0, here.currency)


def _addresses(request: HttpRequest) -> list[CustomerAddress]:
    # Asking for the user reads the session; guests have none, so nothing is read for them.
    if not request.COOKIES.get("sessionid") or not request.user.is_authenticated:
        return []
    customer = customer_of(request.user.pk)
    return addresses_of(customer.pk) if customer else []


def _as_account(request: HttpRequest, details: Details) -> Details | None:
    """Return what is stored, with the address that somebody signs in with: nobody types it again. None: nothing new."""
    if details.email or details.phone:
        return None
    if not request.COOKIES.get("sessionid") or not request.user.is_authenticated:
        return None
    email, phone = request.user.email or "", request.user.phone or ""
    return replace(details, email=email, phone="" if email else phone) if email or phone else None


def _saved_address(request: HttpRequest) -> CustomerAddress | None:
    wanted = request.POST.get("use_address", "")
    return next((row for row in _addresses(request) if str(row.pk) == wanted), None) if wanted else None


def _with_address(details: Details, row: CustomerAddress) -> Details:
    from duli.commerce.customers.types import Address

    return replace(details, shipping_address=Address.from_json(row.data))


def _form(
    request: HttpRequest,
    here: Where,
    token: str,
    *,
    typed: Details | None = None,
    error: DuliError | None = None,
    card_error: str = "",
    code_error: str = "",
    points_error: str = "",
    fapiao_errors: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Render the page with what is stored, what was typed and what is wrong with it."""
    country = typed.shipping_address.country if typed and typed.shipping_address else ""
    view = selectors.checkout_view(token, country)
    typed = typed or _as_account(request, view.details)
    texts = theme_texts(here.language)
    context = {
        "checkout": checkout_drop(
            view,
            here,
            typed=typed,
            errors=error.fields if isinstance(error, InvalidDetails) else None,
            failure=error,
            csrf=get_token(request),
            saved=_addresses(request),
            newsletter=request.POST.get("newsletter") == "1",
            sms=request.POST.get("sms") == "1",
            card_error=card_error,
            fapiao=choice_at_checkout(
                request, here, view.cart.currency, typed.email if typed else "", fapiao_errors or {}
            ),
        ),
        "cart": carts.cart_drop(view.cart, here, code_error, points_error),
    }
    status = error.status if error else 422 if fapiao_errors else 200
    if request.headers.get("X-Fragment") == "checkout":
        return fragment(request, "checkout_form", context, status=status)
    meta = seo.meta(here, "/checkout", title=texts("checkout.title"), robots="noindex")
    return page(request, "checkout", meta, context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD"])
def draft(request: HttpRequest, token: str) -> HttpResponse:
    """Open an order that staff put together: it becomes the cart of this browser, and the checkout shows it."""
    here = where(request)
    try:
        view = selectors.draft_by_token(token)
    except NotFound:
        raise Http404 from None
    if view.order_id is not None:
        order = Order.objects.get(pk=view.order_id)
        return HttpResponseRedirect(here.url(f"/orders/{order.token}"), status=303)
    response = HttpResponseRedirect(here.url("/checkout"), status=303)
    carts.remember(response, token, view.cart.item_count)
    response.headers["Referrer-Policy"] = "same-origin"
    return response
