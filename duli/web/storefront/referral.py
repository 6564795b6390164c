"""The cookie that remembers by whose link somebody came, and what templates see of referring."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from duli.base.errors import DuliError
from duli.commerce.checkout import services
from duli.commerce.promotions.codes import normalised
from duli.commerce.referrals.checks import device_key
from duli.commerce.referrals.selectors import carried, program

COOKIE = "referral"
_SALT = "duli.referral"
DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class InviteDrop:
    """A link of one's own; `qr` is a picture of it, `typed` is its code as people pass it on."""

    url: str
    code: str
    typed: str
    qr: str


@dataclass(frozen=True, slots=True)
class ReferredDrop:
    """An order that came by one's link; of the buyer nothing is told."""

    day: str
    state: str
    tone: str
    amount: str
    code: str


@dataclass(frozen=True, slots=True)
class EarnedDrop:
    """What a partner's orders brought in one currency."""

    waiting: str
    approved: str
    paid: str


def remember(response: HttpResponseBase, visit_id: int) -> None:
    """Keep for as long as the link counts by whose link somebody came; no script may read it."""
    value = signing.dumps(visit_id, salt=_SALT)
    secure = bool(settings.SESSION_COOKIE_SECURE)
    seconds = program().window_days * DAY
    response.set_cookie(COOKIE, value, max_age=seconds, httponly=True, samesite="Lax", secure=secure)


def remembered(request: HttpRequest) -> int:
    """Return the visit that the browser remembers, 0 if there is none that could be one."""
    kept = request.COOKIES.get(COOKIE, "")
    if not kept or len(kept) > 200:
        return 0
    try:
        visit_id = signing.loads(kept, salt=_SALT, max_age=program().window_days * DAY)
    except signing.BadSignature:
        return 0
    return visit_id if isinstance(visit_id, int) else 0


def forget_taken_off(request: HttpRequest, response: HttpResponseBase) -> None:
    """Forget by whose link somebody came who takes its code off the cart: that is as easy as saying yes was."""
    gone = normalised(request.POST.get("code_off", "")[:100])
    visit_id = remembered(request) if gone else 0
    if visit_id and ((visit := carried(visit_id)) is None or visit.referrer.code.upper() == gone):
        response.delete_cookie(COOKIE, samesite="Lax")


def take_along(request: HttpRequest, token: str) -> None:
    """Let the cart know by whose link its buyer came, if the browser remembers one."""
    visit_id = remembered(request)
    if visit_id and token:
        with suppress(DuliError):
            services.note_visit(token=token, visit_id=visit_id)


def device_of(request: HttpRequest) -> str:
    """Return a keyed hash of the browser, to see whether somebody follows their own link."""
    return device_key(
        user_agent=request.headers.get("User-Agent", ""), network=str(request.META.get("REMOTE_ADDR") or "")
    )
