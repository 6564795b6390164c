from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("duli.web.api.urls")),
    path("admin/", include("duli.web.backoffice.urls")),
    path("media/", include("duli.platform.media.urls")),
    path("account/", include("duli.platform.accounts.urls")),
    path("", include("duli.web.storefront.payment_hooks")),
    path("", include("duli.web.storefront.urls")),
]

handler404 = "duli.web.storefront.views.errors.not_found"

if settings.DEMO:
    from config import demo_card_page

    urlpatterns += demo_card_page.urlpatterns
    urlpatterns.append(path("", include("duli.web.storefront.mailbox")))
