"""Links by which people recommend the shop, and the page of whoever owns one."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from duli.base.clock import now
from duli.base.errors import DuliError, sentence
from duli.base.money import Money
from duli.commerce.pricing.promotion_words import offer_text
from duli.commerce.promotions.selectors import snapshot
from duli.commerce.referrals import selectors, services
from duli.commerce.referrals.models import Program, Referrer
from duli.commerce.referrals.states import Kind, ReferralState, ReferrerState
from duli.platform.accounts.throttle import may_try
from duli.platform.store.selectors import current_store
from duli.platform.themes.engine import theme_texts
from duli.web.storefront import cart as carts
from duli.web.storefront import referral, seo
from duli.web.storefront.guard import same_site_only
from duli.web.storefront.orders import qr_code
from duli.web.storefront.referral import EarnedDrop, InviteDrop, ReferredDrop
from duli.web.storefront.render import page
from duli.web.storefront.views.account import current_customer, show_page
from duli.web.storefront.views.cart import inside
from duli.web.storefront.when import written
from duli.web.storefront.where import Where, where

_TONES = {
    ReferralState.APPROVED: "success",
    ReferralState.DECLINED: "muted",
    ReferralState.HELD: "attention",
    ReferralState.PENDING: "info",
}


@never_cache
@same_site_only
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, code: str) -> HttpResponse:
    """Say who recommends the shop and ask whether that may be remembered; nothing is kept before a yes."""
    here = where(request)
    wanted = inside(request.POST.get("to") or request.GET.get("to", ""))
    try:
        owner = selectors.referrer_of_code(code)
    except DuliError:
        return HttpResponseRedirect(here.url(wanted))
    if request.method == "GET" and may_try(request, "referral_link", code):
        services.count_click(code=code)
    if request.method == "POST" or (request.method == "GET" and not selectors.program().asks_first):
        return _followed(request, here, code, wanted)
    texts = theme_texts(here.language)
    context = {
        "name": selectors.name_of(owner),
        "friend": owner.kind == Kind.FRIEND,
        "offers": _offers(here, owner.kind),
        "to": wanted,
        "days": selectors.program().window_days,
        "without": here.url(wanted),
    }
    meta = seo.meta(here, f"/r/{code}", title=texts("referral.welcome"), robots="noindex")
    return page(request, "referral", meta, context)


def _followed(request: HttpRequest, here: Where, code: str, wanted: str) -> HttpResponse:
    response = HttpResponseRedirect(here.url(wanted), status=303)
    if not may_try(request, "referral_link", code):
        return response
    try:
        visit = services.follow(code=code, device=referral.device_of(request))
    except DuliError:
        return response
    referral.remember(response, visit.pk)
    request.COOKIES[referral.COOKIE] = response.cookies[referral.COOKIE].value
    referral.take_along(request, carts.token_of(request))
    return response


def _offers(here: Where, kind: str) -> tuple[str, ...]:
    """Return what those who came by such a link are given, in words."""
    found = [entry for entry in snapshot(here.currency, here.language).promotions if kind in entry.audience.referrals]
    with override(here.language):
        return tuple(offer_text(entry, here.currency, here.language) for entry in found if entry.is_on(now()))


@never_cache
@login_required
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own links, what came by them, and how to become a partner."""
    here, rules = where(request), selectors.program()
    if not rules.friends_on and not rules.partners_on:
        raise Http404
    customer = current_customer(request, here)
    message, status = "", 200
    if request.method == "POST":
        try:
            if request.POST.get("verb") == "apply":
                services.apply_as_partner(
                    customer_id=customer.pk,
                    about=request.POST.get("about", "")[:2000],
                    pay_to=request.POST.get("pay_to", "")[:1000],
                )
            else:
                services.save_pay_to(customer_id=customer.pk, pay_to=request.POST.get("pay_to", "")[:1000])
            return HttpResponseRedirect(here.url("/account/invite"), status=303)
        except DuliError as error:
            with override(here.language):
                message, status = sentence(error), error.status
    friend = None
    if rules.friends_on:
        try:
            friend = services.invite(customer_id=customer.pk, device=referral.device_of(request))
        except DuliError:
            friend = None
    partner = selectors.referrer_of(customer.pk, Kind.PARTNER) if rules.partners_on else None
    active = partner is not None and partner.state == ReferrerState.ACTIVE
    context = {
        "invite": _link(friend, here) if friend else None,
        "reward": _reward(rules, here),
        "offers": _offers(here, Kind.FRIEND),
        "friends": _rows(friend, here) if friend else (),
        "partner": _link(partner, here) if partner and active else None,
        "partner_state": partner.state if partner else "",
        "clicks": selectors.clicks_of([partner.pk]).get(partner.pk, 0) if partner and active else 0,
        "orders": selectors.orders_of([partner.pk]).get(partner.pk, 0) if partner and active else 0,
        "earned": _earned(partner, here) if partner else (),
        "referred": _rows(partner, here) if partner else (),
        "pay_to": partner.pay_to if partner else "",
        "may_apply": rules.partners_on and rules.takes_applications and partner is None,
        "about": request.POST.get("about", "")[:500] if message else "",
        "message": message,
        "wait": rules.wait_days,
    }
    return show_page(request, "account_invite", theme_texts(here.language)("referral.title"), context, status=status)


def _link(row: Referrer, here: Where) -> InviteDrop:
    url = f"{settings.PUBLIC_URL}{here.url(f'/r/{row.code}')}"
    return InviteDrop(url=url, code=row.code, typed=row.code.upper(), qr=qr_code(url))


def _reward(rules: Program, here: Where) -> str:
    texts = theme_texts(here.language)
    if not rules.friends_on:
        return ""
    if rules.reward == Program.Reward.CREDIT:
        amount = Money(rules.reward_minor, current_store().default_currency).format(here.language)
        return texts("referral.reward_credit", amount=amount)
    return texts("referral.reward_coupon")


def _rows(row: Referrer, here: Where) -> tuple[ReferredDrop, ...]:
    texts = theme_texts(here.language)
    return tuple(
        ReferredDrop(
            day=written(entry.placed_at, here, with_time=False),
            # That staff look at an order is no news for whoever recommended the shop.
            state=texts("referral.pending" if entry.state == ReferralState.HELD else f"referral.{entry.state}"),
            tone=_TONES[ReferralState.PENDING if entry.state == ReferralState.HELD else ReferralState(entry.state)],
            amount=entry.amount.format(here.language) if entry.amount else "",
            code=entry.reward_code,
        )
        for entry in selectors.rows_of(row)
    )


def _earned(row: Referrer, here: Where) -> tuple[EarnedDrop, ...]:
    return tuple(
        EarnedDrop(*(amount.format(here.language) for amount in (entry.waiting, entry.approved, entry.paid)))
        for entry in selectors.earned_by(row)
    )
