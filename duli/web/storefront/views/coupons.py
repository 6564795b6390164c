"""The coupon centre: codes that shoppers may take, each with one tap."""

from __future__ import annotations

from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from django.views.decorators.http import require_safe

from duli.base.text import cldr_locale
from duli.commerce.checkout.selectors import codes_of
from duli.commerce.customers.selectors import customer_of
from duli.commerce.pricing.promotion_words import offer_text
from duli.commerce.promotions.selectors import Listed, listed, spent
from duli.platform.store.selectors import current_store
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import cart as carts
from duli.web.storefront import seo
from duli.web.storefront.drops import CouponDrop
from duli.web.storefront.render import page
from duli.web.storefront.where import Where, where


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    here = where(request)
    texts = theme_texts(here.language)
    found = listed(here.currency, here.language)
    taken = {*codes_of(carts.token_of(request)), *carts.waiting_codes(request)}
    keys = []
    if request.COOKIES.get("sessionid") and request.user.is_authenticated and request.user.pk:
        customer = customer_of(request.user.pk)
        keys = [f"customer:{customer.pk}"] if customer else []
    over = spent([entry.promotion for entry in found], keys)
    coupons = tuple(
        _drop(entry, here, taken=entry.code in taken, over=entry.promotion.id in over or entry.is_used)
        for entry in found
    )
    meta = seo.meta(here, "/coupons", title=texts("offer.coupons"))
    return page(request, "coupons", meta, {"coupons": coupons})


def _drop(entry: Listed, here: Where, *, taken: bool, over: bool) -> CouponDrop:
    texts = theme_texts(here.language)
    until = ""
    if entry.promotion.ends_at is not None:
        there = entry.promotion.ends_at.astimezone(ZoneInfo(current_store().time_zone))
        until = texts("offer.coupon_until", when=format_datetime(there, "short", locale=cldr_locale(here.language)))
    with override(here.language):
        words = offer_text(entry.promotion, here.currency, here.language)
    back = quote(here.url("/coupons"), safe="/")
    return CouponDrop(
        title=entry.promotion.title,
        code=entry.code,
        words=words,
        until=until,
        url=here.url(f"/discount/{entry.code}?next={back.removeprefix(here.prefix)}"),
        taken=taken,
        over=over,
    )
