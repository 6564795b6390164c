"""The order's own page, opened by its token: status, parcels, payment, invoice."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from duli.base.errors import DuliError, InvalidInput, NotFound, sentence
from duli.base.ids import new_token
from duli.base.text import one_line
from duli.commerce.checkout.services import add_order
from duli.commerce.orders.models import Order
from duli.commerce.orders.selectors import kept_token, order_by_token
from duli.commerce.orders.services import choose_method, write_message
from duli.commerce.orders.types import TooManyMessages
from duli.commerce.payments.types import UnknownMethod
from duli.commerce.reconciliation.services import add_proof
from duli.platform.accounts.throttle import may_try
from duli.platform.media.private import MAXIMUM_MEGABYTES
from duli.platform.media.types import FileTooLarge, UnsupportedFile
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.buying_drops import PaymentDrop
from duli.web.storefront.cart import token_of
from duli.web.storefront.orders import order_drop
from duli.web.storefront.render import page
from duli.web.storefront.texts import choose_texts
from duli.web.storefront.views.cart import filled
from duli.web.storefront.views.checkout import go_to_payment
from duli.web.storefront.where import Where, where, where_in


def find_order(request: HttpRequest, token: str) -> tuple[Order, Where]:
    """Return the order and its own language: whoever opens a link from a mail reads what they bought in."""
    try:
        order = order_by_token(token)
    except NotFound:
        raise Http404 from None
    here = where(request)
    if here.language != order.language:
        here = where_in(order.language)
        request.where = here  # type: ignore[attr-defined]
    return order, here


def private(response: HttpResponse) -> HttpResponse:
    """The address is the key to the order: no other site and no index may learn it."""
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def allowing(response: HttpResponse, payment: PaymentDrop) -> HttpResponse:
    """Let the page run a provider's script where its form is shown; on no other page and from no other address."""
    if payment.state == "form" and payment.script_url:
        parts = urlsplit(payment.script_url)
        script = f"{parts.scheme}://{parts.netloc}"
        frames = [script, *payment.script_origins]
        response._csp_update = {  # type: ignore[attr-defined]
            "script-src": ["'self'", script],
            "connect-src": ["'self'", *frames],
            "frame-src": frames,
        }
    return response


@never_cache
@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    order, here = find_order(request, token)
    if kept := kept_token(order):
        return private(HttpResponseRedirect(here.url(f"/orders/{kept}")))
    with override(here.language):
        drop = order_drop(order, here, csrf=get_token(request))
        title = theme_texts(here.language)("order.title", number=drop.number)
        meta = seo.meta(here, f"/orders/{token}", title=title, robots="noindex")
        return private(allowing(page(request, "order", meta, {"order": drop}), drop.payment))


@never_cache
@require_safe
def state(request: HttpRequest, token: str) -> HttpResponse:
    """Say whether the order is paid, for a page that waits beside a QR code."""
    order, _here = find_order(request, token)
    return private(JsonResponse({"payment": order.payment_state, "status": order.status}))


@never_cache
@csrf_protect
@require_POST
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Pay (again), perhaps another way; always the same order."""
    order, here = find_order(request, token)
    if order.payment_collection_id is None:
        return HttpResponseRedirect(here.url(f"/orders/{token}"), status=303)
    wanted = request.POST.get("payment_method", "")
    try:
        if wanted:
            choose_method(order=order, method_code=wanted)
    except UnknownMethod as error:
        with override(here.language):
            drop = order_drop(order, here, csrf=get_token(request))
            drop = replace(drop, payment=replace(drop.payment, state="failed", error=sentence(error)))
            title = theme_texts(here.language)("order.title", number=drop.number)
            meta = seo.meta(here, f"/orders/{token}", title=title, robots="noindex")
            return private(page(request, "order", meta, {"order": drop}, status=error.status))
    except DuliError:
        return HttpResponseRedirect(here.url(f"/orders/{token}"), status=303)
    return go_to_payment(request, here, order, key=request.POST.get("attempt", "")[:60] or new_token())


@never_cache
@csrf_protect
@require_POST
def again(request: HttpRequest, token: str) -> HttpResponse:
    """Put what the order had into the cart once more, and say what can no longer be had."""
    order, here = find_order(request, token)
    cart, missing, fewer = add_order(
        token=token_of(request), order_id=order.pk, market=here.market, language=here.language
    )
    texts = theme_texts(here.language)
    comma = texts("product.list_separator")
    sentences = [
        texts(key, titles=comma.join(titles))
        for key, titles in (("order.again_missing", missing), ("order.again_fewer", fewer))
        if titles
    ]
    return private(filled(request, here, cart, said="cart.added", message=" ".join(sentences)))


@never_cache
@csrf_protect
@require_POST
def message(request: HttpRequest, token: str) -> HttpResponse:
    """Write to the shop about the order; what is refused keeps its words."""
    order, here = find_order(request, token)
    with override(here.language):
        actor = f"user:{request.user.pk}" if request.user.is_authenticated else "guest"
        text = request.POST.get("message", "")
        try:
            if not may_try(request, "order_message", token):
                raise TooManyMessages()
            write_message(order_id=order.pk, text=text, actor=actor)
        except DuliError as error:
            is_empty = isinstance(error, InvalidInput)
            words = theme_texts(here.language)("order.message_empty") if is_empty else sentence(error)
            drop = replace(
                order_drop(order, here, csrf=get_token(request)), message_problem=words, message_text=text[:2000]
            )
            title = theme_texts(here.language)("order.title", number=drop.number)
            meta = seo.meta(here, f"/orders/{token}", title=title, robots="noindex")
            return private(page(request, "order", meta, {"order": drop}, status=error.status))
    return private(HttpResponseRedirect(f"{here.url(f'/orders/{token}')}#messages", status=303))


@never_cache
@csrf_protect
@require_POST
def texts(request: HttpRequest, token: str) -> HttpResponse:
    """Want news of the parcels as text messages, or want them no more."""
    order, here = find_order(request, token)
    choose_texts([order], here, wanted=request.POST.get("sms") == "1", source="order")
    return private(HttpResponseRedirect(f"{here.url(f'/orders/{token}')}#texts", status=303))


@never_cache
@csrf_protect
@require_POST
def proof(request: HttpRequest, token: str) -> HttpResponse:
    """Show a picture or a PDF of the transfer; only staff see it."""
    order, here = find_order(request, token)
    with override(here.language):
        actor = f"user:{request.user.pk}" if request.user.is_authenticated else "guest"
        try:
            if not may_try(request, "order_message", f"proof:{token}"):
                raise TooManyMessages()
            add_proof(order_id=order.pk, content=_upload(request), name=_name(request), actor=actor)
        except DuliError as error:
            drop = order_drop(order, here, csrf=get_token(request))
            drop = replace(drop, payment=replace(drop.payment, proof_problem=_proof_words(error, here)))
            title = theme_texts(here.language)("order.title", number=drop.number)
            meta = seo.meta(here, f"/orders/{token}", title=title, robots="noindex")
            return private(page(request, "order", meta, {"order": drop}, status=error.status))
    return private(HttpResponseRedirect(f"{here.url(f'/orders/{token}')}#pay", status=303))


def _proof_words(error: DuliError, here: Where) -> str:
    """Return what is wrong with a proof: other places of the shop take videos, this one takes PDF."""
    texts = theme_texts(here.language)
    if isinstance(error, UnsupportedFile):
        return texts("order.proof_kind")
    return texts("order.proof_empty") if type(error) is InvalidInput else sentence(error)


def _upload(request: HttpRequest) -> bytes:
    """Return the file that was sent. InvalidInput for none, FileTooLarge before a large one is read."""
    file = request.FILES.get("proof")
    if file is None or not file.size:
        raise InvalidInput(field="file")
    if file.size > MAXIMUM_MEGABYTES * 1024 * 1024:
        raise FileTooLarge(name=_name(request), megabytes=MAXIMUM_MEGABYTES)
    return file.read()


def _name(request: HttpRequest) -> str:
    file = request.FILES.get("proof")
    return one_line(file.name or "", 120) if file else ""


@never_cache
@require_safe
def invoice(request: HttpRequest, token: str) -> HttpResponse:
    """The order as a sheet of paper."""
    order, here = find_order(request, token)
    with override(here.language):
        drop = order_drop(order, here)
        title = theme_texts(here.language)("order.invoice_title", number=drop.number)
        meta = seo.meta(here, f"/orders/{token}/invoice", title=title, robots="noindex")
        return private(page(request, "invoice", meta, {"order": drop}, layout="paper"))
