"""Whoever tries to pay very often shows here that they are a person, or reads why nothing goes on."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from duli.base.errors import sentence
from duli.base.ids import new_token
from duli.commerce.orders.models import Order
from duli.commerce.payments.selectors import may_start
from duli.commerce.payments.types import TooManyTries
from duli.platform.accounts.visitors import client_address
from duli.platform.store.sealing import keys
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.render import page
from duli.web.storefront.views.checkout import go_to_payment
from duli.web.storefront.views.orders import find_order, private
from duli.web.storefront.where import Where

SALT = "payment check"
LASTS_SECONDS = 600


@dataclass(frozen=True, slots=True)
class CheckDrop:
    """A small sum to be answered; without `question` there is only `text`, why nothing goes on."""

    question: str
    ticket: str
    text: str
    problem: str
    url: str
    back: str
    csrf: str


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Ask a small sum; its right answer, once, starts the payment. Who is over the limit is told so, with 429."""
    order, here = find_order(request, token)
    if order.payment_collection_id is None:
        return HttpResponseRedirect(here.url(f"/orders/{token}"), status=303)
    found = may_start(order.payment_collection_id, email=order.email or order.phone, address=client_address(request))
    texts = theme_texts(here.language)
    if found.level == "refused":
        with override(here.language):
            words = sentence(TooManyTries(kind=found.kind, count=found.count))
        return _show(request, here, order, text=words, status=429)
    if request.method == "POST":
        if _is_right(request, order):
            return go_to_payment(request, here, order, key=new_token(), is_person=True)
        return _ask(request, here, order, problem=texts("order.check_wrong"), status=422)
    if found.level == "open":
        return HttpResponseRedirect(here.url(f"/orders/{token}"), status=303)
    return _ask(request, here, order)


def _ask(request: HttpRequest, here: Where, order: Order, *, problem: str = "", status: int = 200) -> HttpResponse:
    first, second = secrets.randbelow(8) + 2, secrets.randbelow(8) + 2
    # The ticket carries what the answer must give, unreadable, so that nothing is kept for those who never answer.
    once = new_token()
    sealed = signing.dumps(
        {"order": order.pk, "once": once, "answer": _hashed(once, str(first + second), keys()[0])}, salt=SALT
    )
    texts = theme_texts(here.language)
    question = texts("order.check_question", first=first, second=second)
    return _show(request, here, order, question=question, ticket=sealed, problem=problem, status=status)


def _is_right(request: HttpRequest, order: Order) -> bool:
    """Whether the answer is right; each question lets through once, whatever the answer."""
    try:
        asked = signing.loads(request.POST.get("ticket", "")[:500], salt=SALT, max_age=LASTS_SECONDS)
    except signing.BadSignature:
        return False
    if asked["order"] != order.pk or not cache.add(f"payment-check:{asked['once']}", 1, LASTS_SECONDS + 60):
        return False
    given = request.POST.get("answer", "").strip()[:10]
    return any(constant_time_compare(_hashed(asked["once"], given, key), asked["answer"]) for key in keys())


def _hashed(once: str, answer: str, key: str) -> str:
    return salted_hmac(f"{SALT}:{once}", answer, secret=key).hexdigest()


def _show(
    request: HttpRequest,
    here: Where,
    order: Order,
    *,
    question: str = "",
    ticket: str = "",
    text: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    address = here.url(f"/orders/{order.token}")
    drop = CheckDrop(question, ticket, text, problem, f"{address}/check", address, get_token(request))
    with override(here.language):
        title = theme_texts(here.language)("order.check_title")
        meta = seo.meta(here, f"/orders/{order.token}/check", title=title, robots="noindex")
        return private(page(request, "order_check", meta, {"check": drop}, status=status))
