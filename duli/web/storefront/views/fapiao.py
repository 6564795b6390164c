"""Asking for a Chinese tax invoice of an order, and taking its file."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import FileResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from duli.base.errors import DuliError, NotFound, sentence
from duli.commerce.customers.selectors import customer_of
from duli.commerce.fapiao.selectors import may_ask, request_of, terms
from duli.commerce.fapiao.services import ask
from duli.commerce.fapiao.states import FapiaoKind, TitleKind
from duli.commerce.fapiao.types import InvalidFapiao
from duli.platform.media.private import open_private, private_file
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import seo
from duli.web.storefront.buying_drops import ProblemDrop
from duli.web.storefront.fapiao import error_text, read_wish, wish_fields, wish_of
from duli.web.storefront.render import page
from duli.web.storefront.views.orders import find_order, private


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, token: str) -> HttpResponse:
    """The form; a POST saves it, or draws it anew for the other kind of title."""
    order, here = find_order(request, token)
    row = request_of(order.pk)
    if not may_ask(order) or (row is not None and row.papers.all()):
        return private(HttpResponseRedirect(f"{here.url(f'/orders/{token}')}#fapiao", status=303))
    customer = customer_of(request.user.pk) if request.user.is_authenticated else None
    wish, errors, error, status = wish_of(row, order, customer.pk if customer else None), {}, "", 200
    with override(here.language):
        texts = theme_texts(here.language)
        if request.method == "POST":
            wish = read_wish(request.POST)
            if "save" in request.POST:
                actor = f"user:{request.user.pk}" if request.user.is_authenticated else "guest"
                try:
                    ask(order_id=order.pk, wish=wish, actor=actor)
                    return private(HttpResponseRedirect(f"{here.url(f'/orders/{token}')}#fapiao", status=303))
                except InvalidFapiao as problem:
                    errors, status = problem.problems, problem.status
                except DuliError as problem:
                    error, status = sentence(problem), problem.status
        if wish.title_kind not in TitleKind.values:
            wish = replace(wish, title_kind=TitleKind.PERSON)
        if request.method != "POST" and request.GET.get("for") in TitleKind.values:
            wish = replace(wish, title_kind=request.GET["for"])
        title = texts("fapiao.ask_title")
        context: dict[str, object] = {
            "csrf": get_token(request),
            "url": here.url(f"/orders/{token}"),
            "number": order.number,
            "title_kind": str(wish.title_kind),
            "special": wish.kind == FapiaoKind.SPECIAL,
            "offers_special": terms().offers_special,
            "note": texts("fapiao.note", days=terms().days),
            "fields": wish_fields(wish, errors, here),
            "problems_found": tuple(
                ProblemDrop(error_text(here, name, kind, wish), f"f-{name}") for name, kind in errors.items()
            ),
            "error": error,
        }
        meta = seo.meta(here, f"/orders/{token}/fapiao", title=title, robots="noindex")
        return private(page(request, "order_fapiao", meta, context, status=status))


@never_cache
@require_safe
def file(request: HttpRequest, token: str, fapiao_id: int) -> HttpResponseBase:
    """The PDF or OFD of a fapiao of this order."""
    order, _here = find_order(request, token)
    asked = request_of(order.pk)
    paper = next((one for one in asked.papers.all() if one.pk == fapiao_id), None) if asked else None
    if paper is None or paper.file_id is None:
        raise Http404
    try:
        row = private_file(file_id=paper.file_id, reference=paper.reference)
        opened = open_private(row)
    except NotFound:
        raise Http404 from None
    response = FileResponse(opened.stream, as_attachment=True, filename=row.name, content_type=row.mime)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
