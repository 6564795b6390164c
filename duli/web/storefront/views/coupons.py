"""The coupon centre: codes that shoppers may take, each with one tap."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from duli.base.text import cldr_locale
from duli.commerce.checkout.selectors import codes_of
from duli.commerce.customers.selectors import customer_of
from duli.commerce.pricing.promotion_words import offer_text
from duli.commerce.promotions.selectors import Listed, coupons_of, listed, spent
from duli.commerce.promotions.types import Coupon
from duli.platform.store.selectors import current_store
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import cart as carts
from duli.web.storefront import seo
from duli.web.storefront.drops import CouponDrop, CouponGroupDrop
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


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The coupons of an account: those that can be used, then what was used and what is over."""
    here = where(request)
    texts = theme_texts(here.language)
    customer = customer_of(request.user.pk or 0)
    found = coupons_of(customer.pk, here.currency, here.language) if customer is not None else []
    taken = {*codes_of(carts.token_of(request)), *carts.waiting_codes(request)}
    drops = [(entry.state, _mine(entry, here, taken=entry.code in taken)) for entry in found]
    groups = tuple(
        CouponGroupDrop(texts(f"offer.coupons_{name}"), tuple(drop for state, drop in drops if state in states))
        for name, states in (("ready", {"ready", "later"}), ("used", {"used"}), ("over", {"over"}))
    )
    context = {"groups": tuple(group for group in groups if group.coupons)}
    meta = seo.meta(here, "/account/coupons", title=texts("offer.my_coupons"), robots="noindex")
    return page(request, "account_coupons", meta, context)


def _mine(entry: Coupon, here: Where, *, taken: bool) -> CouponDrop:
    texts = theme_texts(here.language)
    with override(here.language):
        words = offer_text(entry.promotion, here.currency, here.language) if entry.promotion else entry.title
    back = quote(here.url("/account/coupons"), safe="/")
    return CouponDrop(
        title=entry.title if words != entry.title else "",
        code=entry.code,
        words=words,
        until=_until(entry.ends_at, here) if entry.state in {"ready", "later"} else "",
        url=here.url(f"/discount/{entry.code}?next={back.removeprefix(here.prefix)}"),
        taken=taken,
        over=entry.state in {"used", "over"},
        note=texts(f"offer.coupon_{entry.state}") if entry.state != "ready" else "",
        own=texts(f"offer.coupon_for_{entry.reason}" if entry.reason else "offer.coupon_own") if entry.is_own else "",
    )


def _until(moment: datetime | None, here: Where) -> str:
    if moment is None:
        return ""
    there, locale = moment.astimezone(ZoneInfo(current_store().time_zone)), cldr_locale(here.language)
    if there.time() == time.min:
        # What ends with a day is told by that day.
        when = format_date(there - timedelta(days=1), "long", locale=locale)
    else:
        when = format_datetime(there, "short", locale=locale)
    return theme_texts(here.language)("offer.coupon_until", when=when)


def _drop(entry: Listed, here: Where, *, taken: bool, over: bool) -> CouponDrop:
    with override(here.language):
        words = offer_text(entry.promotion, here.currency, here.language)
    back = quote(here.url("/coupons"), safe="/")
    return CouponDrop(
        title=entry.promotion.title,
        code=entry.code,
        words=words,
        until=_until(entry.promotion.ends_at, here),
        url=here.url(f"/discount/{entry.code}?next={back.removeprefix(here.prefix)}"),
        taken=taken,
        over=over,
    )
