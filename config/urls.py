from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.urls.resolvers import RoutePattern


def later(route: str, module: str, namespace: str | None = None) -> URLResolver:
    """As `path(route, include(module))`, but the module is loaded when somebody first asks for one of its pages.

    Half of a start went into the back office, the API and the ways to sign in, which the first visitor does not need.
    """
    return URLResolver(RoutePattern(route, is_endpoint=False), module, app_name=namespace, namespace=namespace)


urlpatterns: list[URLPattern | URLResolver] = [
    later("api/v1/", "duli.web.api.urls"),
    later("admin/", "duli.web.backoffice.urls", "backoffice"),
    path("media/", include("duli.platform.media.urls")),
    later("account/", "duli.platform.accounts.urls"),
    path("", include("duli.web.storefront.payment_hooks")),
    path("", include("duli.web.storefront.parcel_hooks")),
    path("", include("duli.web.storefront.sms_hooks")),
    path("", include("duli.web.storefront.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

if settings.DEMO:
    from config import demo_card_page, demo_stand_ins

    urlpatterns += demo_card_page.urlpatterns
    urlpatterns += demo_stand_ins.urlpatterns
    urlpatterns.append(path("", include("duli.web.storefront.mailbox")))
