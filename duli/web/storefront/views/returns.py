"""What a buyer does with an order afterwards: send back, withdraw, cancel, correct the address. No login, no script."""

from __future__ import annotations

from collections.abc import Callable

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import FileResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from duli.base.errors import DuliError, InvalidInput, NotFound, sentence
from duli.base.ids import new_token
from duli.commerce.customers.addresses import form_for
from duli.commerce.customers.types import Address, InvalidAddress
from duli.commerce.orders.models import Order
from duli.commerce.orders.return_terms import return_terms, withdrawal_terms
from duli.commerce.orders.selectors import order_detail, order_for_guest, returns_of
from duli.commerce.orders.services import cancel_by_shopper, change_address, request_return, withdraw
from duli.commerce.orders.services.address import may_change, sent_to
from duli.commerce.orders.services.labels import return_reference
from duli.commerce.orders.types import NothingToReturn
from duli.commerce.shipping.labels import labels_of
from duli.commerce.shipping.services import fetch_document
from duli.commerce.shipping.services.labels import file_reference
from duli.platform.accounts.throttle import may_try
from duli.platform.media.private import open_private, private_file
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.buying_drops import ProblemDrop
from duli.web.storefront.checkout import ADDRESS_FIELDS, address_fields, error_text
from duli.web.storefront.render import page
from duli.web.storefront.return_drops import BackDrop
from duli.web.storefront.returns import back_drop, wishes
from duli.web.storefront.views.orders import find_order, private
from duli.web.storefront.when import written
from duli.web.storefront.where import Where, where

SALT = "storefront.withdraw"
TICKET_SECONDS = 3600


def _show(
    request: HttpRequest, here: Where, template: str, title: str, context: dict[str, object], status: int
) -> HttpResponse:
    meta = seo.meta(here, request.path_info, title=title, robots="noindex")
    return private(page(request, template, meta, context, status=status))


def _actor(request: HttpRequest) -> str:
    return f"user:{request.user.pk}" if request.user.is_authenticated else "guest"


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def send_back(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a return: which items, why, with pictures."""
    order, here = find_order(request, token)
    with override(here.language):
        url = here.url(f"/orders/{token}")
        key = request.POST.get("key", "")[:60] or new_token()
        error, status = "", 200
        terms = return_terms(order)
        if request.method == "POST":
            try:
                request_return(
                    order_id=order.pk,
                    lines=wishes(terms, request.POST.dict()),
                    note=request.POST.get("note", "")[:2000],
                    photos=[upload.read() for upload in request.FILES.getlist("photos")[:6]],
                    idempotency_key=key,
                    actor=_actor(request),
                    by_shopper=True,
                )
                return HttpResponseRedirect(f"{url}#returns", status=303)
            except DuliError as problem:
                error, status = _said(problem, here), problem.status
        drop = back_drop(
            order, here, terms, kind="return", stage="form", url=f"{url}/return", back=url,
            csrf=get_token(request), key=key, posted=request.POST.dict(), error=error,
        )  # fmt: skip
        title = theme_texts(here.language)("returns.return_title")
        return _show(request, here, "order_return", title, {"form": drop}, status)


def _said(error: DuliError, here: Where) -> str:
    if type(error) is InvalidInput:
        texts = theme_texts(here.language)
        own = texts(f"returns.invalid_{error.params.get('field', '')}")
        return texts("returns.invalid") if own.startswith("returns.") else own
    return sentence(error)


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Withdraw from the order that the link's token opens."""
    order, here = find_order(request, token)
    url = here.url(f"/orders/{token}")
    return _withdraw(request, order, here, url=f"{url}/withdraw", back=url)


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_by_ticket(request: HttpRequest, ticket: str) -> HttpResponse:
    """Withdraw as a guest who named the order and its e-mail address; nothing else of the order is shown."""
    here = where(request)
    try:
        order = order_detail(int(signing.loads(ticket, salt=SALT, max_age=TICKET_SECONDS)))
    except (signing.BadSignature, ValueError, TypeError, NotFound):
        return HttpResponseRedirect(here.url("/withdraw"), status=303)
    return _withdraw(request, order, here, url=here.url(f"/withdraw/{ticket}"), back=here.url("/withdraw"))


def _withdraw(request: HttpRequest, order: Order, here: Where, *, url: str, back: str) -> HttpResponse:
    """Two steps: the declaration, then the button that confirms it; after that the receipt."""
    with override(here.language):
        texts = theme_texts(here.language)
        terms = withdrawal_terms(order)
        posted = request.POST.dict()
        key = posted.get("key", "")[:60] or new_token()
        stage, error, status = "form", "", 200
        done = None
        if request.method == "POST" and "change" not in posted:
            chosen = wishes(terms, posted)
            try:
                if "confirm" in posted:
                    done = withdraw(
                        order_id=order.pk,
                        lines=chosen,
                        declarant=posted.get("name", "")[:200],
                        receipt_to=posted.get("email", "")[:254],
                        idempotency_key=key,
                        actor=_actor(request),
                    )
                    stage = "done"
                else:
                    _check(chosen_units=sum(line.quantity for line in chosen), posted=posted)
                    stage = "confirm"
            except DuliError as problem:
                error, status = _said(problem, here), problem.status
        elif request.method != "POST":
            posted = {f"units-{line.line_id}": str(line.units) for line in terms.lines}
        drop = back_drop(
            order, here, terms, kind="withdrawal", stage=stage, url=url, back=back, csrf=get_token(request), key=key,
            posted=posted, error=error, name=order.customer_name if "/orders/" in url else "",
            email=order.email,
        )  # fmt: skip
        if done is not None:
            drop = _receipt(drop, done.number or "", written(done.requested_at, here))
        elif not terms.is_possible and not error:
            error = texts("returns.withdrawal_over")
        context: dict[str, object] = {"form": drop, "over": not terms.is_possible and done is None}
        return _show(request, here, "order_return", texts("returns.withdraw_title"), context, status)


def _receipt(drop: BackDrop, number: str, received: str) -> BackDrop:
    from dataclasses import replace

    return replace(drop, number=number, received=received)


def _check(*, chosen_units: int, posted: dict[str, str]) -> None:
    if not chosen_units:
        raise NothingToReturn()
    if not posted.get("name", "").strip():
        raise InvalidInput(field="name")
    if "@" not in posted.get("email", ""):
        raise InvalidInput(field="email")


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_start(request: HttpRequest) -> HttpResponse:
    """The link in the footer: name the order and its e-mail address; wrong ones all get the same answer."""
    here = where(request)
    texts = theme_texts(here.language)
    number, email = request.POST.get("number", "")[:24].strip(), request.POST.get("email", "")[:254].strip()
    error, status = "", 200
    if request.method == "POST":
        if not may_try(request, "withdrawal", number):
            error, status = texts("returns.too_often"), 429
        else:
            order_id = order_for_guest(number=number, email=email)
            if order_id is not None:
                ticket = signing.dumps(order_id, salt=SALT)
                return HttpResponseRedirect(here.url(f"/withdraw/{ticket}"), status=303)
            error, status = texts("returns.not_found"), 422
    context: dict[str, object] = {"csrf": get_token(request), "number": number, "email": email, "error": error}
    return _show(request, here, "withdraw", texts("returns.withdraw_title"), context, status)


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Cancel before anything is packed: what happens is said first."""
    order, here = find_order(request, token)

    def act() -> None:
        cancel_by_shopper(order_id=order.pk, actor=_actor(request))

    with override(here.language):
        texts = theme_texts(here.language)
        url = here.url(f"/orders/{token}")
        error, status = _try(request, act, here)
        if request.method == "POST" and not error:
            return HttpResponseRedirect(url, status=303)
        context: dict[str, object] = {
            "csrf": get_token(request),
            "url": url,
            "number": order.number or "",
            "error": error,
            "possible": may_change(order),
            "paid": bool(order.paid_at),
        }
        return _show(request, here, "order_cancel", texts("returns.cancel_title"), context, status)


def _try(request: HttpRequest, act: Callable[[], None], here: Where) -> tuple[str, int]:
    if request.method != "POST":
        return "", 200
    try:
        act()
    except DuliError as problem:
        return _said(problem, here), problem.status
    return "", 200


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: HttpRequest, token: str) -> HttpResponse:
    """Correct the delivery address, within the country, before anything is packed."""
    order, here = find_order(request, token)
    before = sent_to(order)
    if before is None:
        raise Http404
    value = Address.from_json(before)
    errors: dict[str, str] = {}
    error, status = "", 200
    with override(here.language):
        texts = theme_texts(here.language)
        url = here.url(f"/orders/{token}")
        if request.method == "POST":
            posted = {name: request.POST.get(name, "")[:300] for name in ADDRESS_FIELDS}
            value = Address(country=value.country, **posted)
            if "save" in request.POST:
                try:
                    change_address(order_id=order.pk, address=value, actor=_actor(request), by_shopper=True)
                    return HttpResponseRedirect(url, status=303)
                except InvalidAddress as problem:
                    errors, status = dict(problem.fields), 422
                except DuliError as problem:
                    error, status = sentence(problem), problem.status
        form = form_for(value.country)
        context: dict[str, object] = {
            "csrf": get_token(request),
            "url": url,
            "fields": tuple(address_fields(form, value, errors, here)),
            "problems_found": tuple(
                ProblemDrop(error_text(here, name, kind, form), f"f-{name}") for name, kind in errors.items()
            ),
            "error": error,
        }
        return _show(request, here, "order_address", texts("returns.address_title"), context, status)


@never_cache
@require_safe
def label(request: HttpRequest, token: str, return_id: int) -> HttpResponseBase:
    """The label with which the goods of a return come back, to be printed."""
    order, _here = find_order(request, token)
    mine = {row.pk for row in returns_of(order.pk)}
    bought = labels_of([return_reference(return_id)]) if return_id in mine else []
    entry = next((one for one in reversed(bought) if one.may_be_printed), None)
    if entry is None:
        raise Http404
    try:
        row = private_file(
            file_id=entry.file_id or fetch_document(label_id=entry.id), reference=file_reference(entry.id)
        )
        opened = open_private(row)
    except DuliError:
        raise Http404 from None
    response = FileResponse(opened.stream, filename=row.name, content_type=row.mime)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
