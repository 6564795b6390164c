"""Protection of forms on pages that are the same for everybody and therefore carry no token of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def from_this_site(request: HttpRequest) -> bool:
    """Whether the browser says the form stood on a page of this shop.

    ``Sec-Fetch-Site`` is set by every present browser and cannot be forged by a page; older ones send Origin.
    A request with neither is no browser's cross-site form, and the cart's cookie is not sent with those.
    """
    site = request.headers.get("Sec-Fetch-Site", "")
    if site:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin", "")
    if not origin:
        return True
    return origin == settings.PUBLIC_URL or urlsplit(origin).netloc == request.get_host()


def same_site_only(view: View[P]) -> View[P]:
    """Let only forms of this shop through; they need no CSRF token, so pages with them can be cached."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not from_this_site(request):
            from duli.web.storefront.views.errors import refused

            return refused(request, 403)
        return view(request, *args, **kwargs)

    return guarded
