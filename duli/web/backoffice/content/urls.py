"""The addresses below /admin/content/: those of the whole shop, and behind them Wagtail's with our door in front.

Imported by the first request for the editor, never at start.
"""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from wagtail.utils.urlpatterns import decorate_urlpatterns

from duli.web.backoffice.content import editor

shop = import_module(settings.ROOT_URLCONF)
urlpatterns: list[URLPattern | URLResolver] = [
    *shop.urlpatterns,
    path("admin/content/", include(decorate_urlpatterns(editor.addresses(), editor.door))),
]
handler400, handler403 = shop.handler400, shop.handler403
handler404, handler500 = shop.handler404, shop.handler500
