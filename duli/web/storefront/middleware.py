"""Language out of the address, and anonymous pages out of the cache. Stands first of all middleware."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation

from duli.web.storefront import page_cache, saved
from duli.web.storefront.signing_in import remember_cart
from duli.web.storefront.where import language_in

# These have their own ways to find a language, and none of our pages.
OTHER_FACES = ("/admin", "/api/", "/static/", "/media/", "/assets/", "/healthz", "/readyz", "/payments/", "/sandbox/")


_LINE = re.compile(
    r"(?P<language>/[a-z-]{2,12})?/flash-sales/(?P<sale>[0-9]{1,18})/(?P<what>line/join|line/turn|state)"
)


class StorefrontMiddleware:
    """Reads ``/en/…``: the rest of the address is routed as usual, `reverse` puts the language back.

    Nobody is ever sent to another language than the one in the address. A GET of a page that is kept is
    answered here, before sessions, users or views are touched.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if path.startswith(OTHER_FACES):
            return self.get_response(request)
        if "/flash-sales/" in path and (told := self._told_in_passing(request, path)) is not None:
            return told
        may_keep = request.method == "GET" and page_cache.enabled() and page_cache.is_anonymous(request)
        if may_keep:
            kept = page_cache.lookup(request)
            if kept is not None:
                return kept
        rendered_at = page_cache.generation() if may_keep else 0
        response = self._in_language(request, path)
        remember_cart(request, response)
        saved.hand_over(request, response)
        topics = getattr(response, "page_topics", None)
        if not isinstance(response, HttpResponse):
            return response
        if may_keep and topics is not None and response.status_code == 200 and not response.cookies:
            return page_cache.keep(request, response, topics, rendered_at)
        if topics is None:
            return response
        if topics.fill is not None:
            response.content = topics.fill(response.content)
        return page_cache.compress(request, response)

    def _told_in_passing(self, request: HttpRequest, path: str) -> HttpResponseBase | None:
        """Answer what a crowd in a line asks again and again: past sessions, users and the search for the view."""
        found = _LINE.fullmatch(path)
        if found is None or request.method == "HEAD":
            return None
        language = language_in(path)
        if bool(language) != bool(found["language"]):
            return None
        from duli.web.storefront.views import flash

        request.storefront_language = language  # type: ignore[attr-defined]
        request.path_info = path[len(language) + 1 :] if language else path
        with translation.override(language or _own_language()):
            response = flash.IN_PASSING[found["what"]](request, int(found["sale"]))
        if response is None:
            request.path_info = path
            return None
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _in_language(self, request: HttpRequest, path: str) -> HttpResponseBase:
        language = language_in(path)
        before = get_script_prefix()
        if language:
            request.path_info = path[len(language) + 1 :] or "/"
            set_script_prefix(f"{before}{language}/")
        request.storefront_language = language  # type: ignore[attr-defined]
        active = language or _own_language()
        request.LANGUAGE_CODE = active  # type: ignore[attr-defined]
        try:
            with translation.override(active):
                response = self.get_response(request)
                if not response.has_header("Content-Language"):
                    response.headers["Content-Language"] = active
                return response
        finally:
            if language:
                set_script_prefix(before)


def _own_language() -> str:
    from duli.platform.store.selectors import current_store

    return current_store().default_language
