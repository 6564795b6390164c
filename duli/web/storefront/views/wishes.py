"""Saved for later, and asking to be told when something is back."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from duli.base.errors import DuliError, NotFound, sentence
from duli.commerce.customers.selectors import customer_of
from duli.growth.wishes import selectors
from duli.growth.wishes.services import lists, requests
from duli.growth.wishes.types import InvalidEmail, RequestView
from duli.platform.accounts.throttle import may_try
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import cart as carts
from duli.web.storefront import saved as saving
from duli.web.storefront import seo
from duli.web.storefront.guard import same_site_only
from duli.web.storefront.render import page
from duli.web.storefront.views.cart import done, failed, wanted_variant
from duli.web.storefront.where import Where, where


@never_cache
@require_safe
def saved(request: HttpRequest) -> HttpResponse:
    return _list(request, where(request))


def _list(request: HttpRequest, here: Where, *, error: DuliError | None = None, said: str = "") -> HttpResponse:
    texts = theme_texts(here.language)
    meta = seo.meta(here, "/saved", title=texts("saved.title"), robots="noindex")
    context = {
        "saved": saving.drops(request, here),
        "message": sentence(error) if error else "",
        "said": texts(said) if said else "",
        "signed_in": bool(request.COOKIES.get("sessionid")) and request.user.is_authenticated,
    }
    return page(request, "saved", meta, context, status=error.status if error else 200)


@same_site_only
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Save a variant, named as for the cart; ``remove=1`` takes it off the list. Scripts get the sentence alone."""
    here = where(request)
    asked_by_script = request.headers.get("X-Fragment") == "saved"
    removing = request.POST.get("remove") == "1"
    try:
        variant_id = wanted_variant(request)
        if removing:
            list_ = lists.remove(token=saving.token_of(request), variant_id=variant_id)
        else:
            list_ = lists.save(token=saving.token_of(request), variant_id=variant_id)
            list_ = _owned(request, list_)
    except DuliError as error:
        if asked_by_script:
            return HttpResponse(sentence(error), status=error.status, content_type="text/plain; charset=utf-8")
        return _list(request, here, error=error)
    if asked_by_script:
        said = theme_texts(here.language)("saved.removed" if removing else "saved.added")
        response = HttpResponse(said, content_type="text/plain; charset=utf-8")
    else:
        response = HttpResponseRedirect(here.url("/saved"), status=303)
    saving.remember(response, list_)
    return response


@same_site_only
@require_POST
def take(request: HttpRequest, variant_id: int) -> HttpResponse:
    """Put a saved variant into the cart."""
    here = where(request)
    try:
        list_, cart = lists.take(
            token=saving.token_of(request),
            cart_token=carts.token_of(request),
            variant_id=variant_id,
            market=here.market,
            language=here.language,
        )
    except DuliError as error:
        return failed(request, here, error)
    response = done(request, here, cart, said="cart.added")
    saving.remember(response, list_)
    return response


@same_site_only
@require_POST
def set_aside(request: HttpRequest, line_id: int) -> HttpResponse:
    """Take a line out of the cart and save it for later."""
    here = where(request)
    try:
        list_, cart = lists.set_aside(
            token=saving.token_of(request), cart_token=carts.token_of(request), line_id=line_id
        )
        list_ = _owned(request, list_)
    except DuliError as error:
        return failed(request, here, error)
    request.COOKIES[saving.LIST_COOKIE] = list_.token
    response = done(request, here, cart, said="saved.added")
    saving.remember(response, list_)
    return response


def _owned(request: HttpRequest, list_: saving.WishList) -> saving.WishList:
    """Give a new list to whoever is signed in."""
    if list_.customer_id is None and request.COOKIES.get("sessionid") and request.user.is_authenticated:
        return saving.own(where(request), request.user, list_.token) or list_
    return list_


@same_site_only
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask to be told when a variant is back; the answer is a page of its own, the same for everybody."""
    here = where(request)
    email = request.POST.get("email", "")[:254]
    user = request.user if request.COOKIES.get("sessionid") and request.user.is_authenticated else None
    customer = customer_of(user.pk) if user else None
    try:
        if not may_try(request, "stock_request", email):
            return _notice(request, here, error=theme_texts(here.language)("returns.too_often"), status=429)
        row = requests.ask(
            variant_id=wanted_variant(request),
            email=email,
            language=here.language,
            customer_id=customer.pk if customer else None,
            user_id=user.pk if user else None,
        )
    except InvalidEmail as error:
        return _notice(request, here, error=sentence(error), email=email, status=error.status)
    except DuliError as error:
        return _notice(request, here, error=sentence(error), status=error.status)
    key = "notify.waiting" if row.confirmed_at else "notify.sent"
    return _notice(request, here, text=theme_texts(here.language)(key, email=row.email))


def _notice(
    request: HttpRequest, here: Where, *, text: str = "", error: str = "", email: str | None = None, status: int = 200
) -> HttpResponse:
    texts = theme_texts(here.language)
    variant = request.POST.get("variant", "")
    context = {
        "wanted": None,
        "text": text,
        "error": error,
        "again": email,
        "variant": variant if variant.isascii() and variant.isdigit() else "",
    }
    meta = seo.meta(here, "/notify", title=texts("notify.title"), robots="noindex")
    response = page(request, "notify", meta, context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def request_page(request: HttpRequest, token: str) -> HttpResponse:
    """What a mail's link opens: confirm, look, delete. Only a press changes anything: programs open links, too."""
    here = where(request)
    found = selectors.request_view(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            if "stop" in request.POST:
                requests.withdraw(token=token)
                return _told(request, here, None)
            requests.confirm(token=token)
        except NotFound:
            raise Http404 from None
        return HttpResponseRedirect(here.url(f"/notify/{token}"), status=303)
    return _told(request, here, found)


def _told(request: HttpRequest, here: Where, found: RequestView | None) -> HttpResponse:
    texts = theme_texts(here.language)
    text = texts(f"notify.state_{found.state}", email=found.email) if found else texts("notify.deleted")
    context = {
        "wanted": found,
        "text": text,
        "error": "",
        "product_url": here.url(f"/products/{found.product_handle}?variant={found.variant_id}") if found else "",
        "csrf": get_token(request),
    }
    meta = seo.meta(here, "/notify", title=texts("notify.title"), robots="noindex")
    response = page(request, "notify", meta, context)
    response.headers["Referrer-Policy"] = "same-origin"
    return response
