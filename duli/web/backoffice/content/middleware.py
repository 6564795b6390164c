"""Takes requests for the editor to its own addresses, so that nobody else pays for loading them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

PREFIX = "/admin/content/"
ADDRESSES = "duli.web.backoffice.content.urls"


class ContentMiddleware:
    """Names the editor's URLconf for its requests alone: Wagtail's admin is imported by the first of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(PREFIX):
            request.urlconf = ADDRESSES
        return self.get_response(request)
