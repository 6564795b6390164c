"""The shopper's own data: what they agreed to, a copy of everything, and the way out."""

from __future__ import annotations

import hashlib

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from duli.base.errors import DuliError, sentence
from duli.commerce.customers import services
from duli.commerce.customers.models import Channel, Customer, DataRequest
from duli.commerce.customers.selectors import customer_of, data_requests
from duli.commerce.customers.services.privacy import open_file
from duli.commerce.customers.types import Proof
from duli.commerce.orders.models import Order
from duli.platform.sms.selectors import wanting
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.render import page
from duli.web.storefront.texts import choose_texts, may_be_texted
from duli.web.storefront.views.account import current_customer, show_page
from duli.web.storefront.when import written
from duli.web.storefront.where import Where, where


def proof(request: HttpRequest, here: Where, source: str) -> Proof:
    """Return what proves that somebody ticked the sentence that stood beside the box."""
    wording = theme_texts(here.language)("checkout.newsletter")
    return Proof(
        source=source,
        wording=wording,
        wording_version=hashlib.sha256(wording.encode()).hexdigest()[:8],
        language=here.language,
        network=str(request.META.get("REMOTE_ADDR") or ""),
    )


def agree(request: HttpRequest, here: Where, customer_id: int, *, email: str) -> None:
    """Record that the box under the form was ticked, for the address the person gave."""
    services.record_consent(
        customer_id=customer_id,
        channel=Channel.EMAIL if email else Channel.SMS,
        given=True,
        proof=proof(request, here, "checkout"),
        actor=f"user:{request.user.pk}" if request.user.is_authenticated else "guest",
    )


@never_cache
@login_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Consent, a copy of one's data, deletion: one page, one form for each."""
    here = where(request)
    customer = current_customer(request, here)
    message, status, asked = "", 200, False
    if request.method == "POST":
        try:
            asked = _act(request, here, customer)
            if not asked:
                return HttpResponseRedirect(here.url("/account/privacy"), status=303)
        except DuliError as error:
            message, status = sentence(error), error.status
    customer.refresh_from_db()
    exports = [
        (
            row.pk,
            written(row.created_at, here),
            here.url(f"/account/privacy/data/{row.pk}") if row.state == DataRequest.State.DONE and row.path else "",
        )
        for row in data_requests(customer_id=customer.pk).filter(kind=DataRequest.Kind.EXPORT)[:3]
    ]
    under_way = _under_way(customer)
    context = {
        "texts": bool(under_way),
        "texted": len(wanting([order.reference for order in under_way])) if under_way else 0,
        "consents": tuple(
            (channel.value, str(channel.label), bool(getattr(customer, f"accepts_{channel}"))) for channel in Channel
        ),
        "exports": tuple(exports),
        "message": message,
        "asked": asked,
    }
    return show_page(request, "account_privacy", theme_texts(here.language)("privacy.title"), context, status=status)


def _under_way(customer: Customer) -> list[Order]:
    """Return the newest orders about which text messages could still be sent."""
    rows = Order.objects.filter(customer_id=customer.pk).order_by("-pk")[:50]
    return [order for order in rows if may_be_texted(order)]


def _act(request: HttpRequest, here: Where, customer: Customer) -> bool:
    """Do what was posted; True if the person is now asked by mail whether they mean it."""
    actor = f"user:{request.user.pk}"
    verb = request.POST.get("verb")
    if verb == "consent":
        wanted = set(request.POST.getlist("channel"))
        for channel in Channel.values:
            services.record_consent(
                customer_id=customer.pk,
                channel=channel,
                given=channel in wanted,
                proof=proof(request, here, "account"),
                actor=actor,
            )
    elif verb == "texts":
        choose_texts(_under_way(customer), here, wanted=request.POST.get("sms") == "1", source="account")
    elif verb in {"export", "erase"}:
        services.request_data(
            customer_id=customer.pk,
            kind=verb,
            actor=actor,
            language=here.language,
            must_confirm=verb == "erase",
        )
        return verb == "erase"
    return False


@never_cache
@login_required
@require_safe
def data(request: HttpRequest, request_id: int) -> HttpResponseBase:
    """One's own file, while it is kept."""
    customer = customer_of(request.user.pk or 0)
    try:
        path = open_file(request_id=request_id, customer_id=customer.pk if customer else 0)
    except DuliError:
        return HttpResponseRedirect(where(request).url("/account/privacy"), status=303)
    return FileResponse(path.open("rb"), as_attachment=True, filename="my-data.zip")


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail: a button, because mail programs follow links by themselves."""
    here = where(request)
    texts = theme_texts(here.language)
    done, message, status = False, "", 200
    if request.method == "POST":
        try:
            services.confirm_erasure(token=token)
            logout(request)
            done = True
        except DuliError as error:
            message, status = sentence(error), error.status
    meta = seo.meta(here, "/account/privacy", title=texts("privacy.erase_title"), robots="noindex")
    context = {"csrf": get_token(request), "done": done, "message": message}
    return page(request, "account_erase", meta, context, status=status)
