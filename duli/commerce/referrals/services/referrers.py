"""Who refers, their links, and who follows one."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.ids import short_code
from duli.base.text import one_line
from duli.commerce.referrals import locks
from duli.commerce.referrals.events import PartnerAccepted
from duli.commerce.referrals.models import Clicks, Referrer, Visit
from duli.commerce.referrals.selectors import program, referrer_of, referrer_of_code
from duli.commerce.referrals.states import Kind, ReferrerState
from duli.commerce.referrals.types import NoReferrals
from duli.platform.audit.services import record_change
from duli.platform.events.services import publish

DEVICES_KEPT = timedelta(days=60)
CODE_LENGTH = 7


@transaction.atomic
def invite(*, customer_id: int, device: str = "") -> Referrer:
    """Return the customer's own link for friends, made on first use. NoReferrals where friends are not invited."""
    if not program().friends_on:
        raise NoReferrals()
    row = _one(customer_id, Kind.FRIEND, ReferrerState.ACTIVE)
    if row.state != ReferrerState.ACTIVE:
        raise NoReferrals()
    if device and row.device != device:
        row.device = device
        row.save(update_fields=["device"])
    return row


@transaction.atomic
def apply_as_partner(*, customer_id: int, about: str, pay_to: str) -> Referrer:
    """Ask to become a partner; staff decide. Asked twice it is once. NoReferrals, InvalidInput."""
    rules = program()
    if not rules.partners_on or not rules.takes_applications:
        raise NoReferrals()
    words = one_line(about, 500).strip()
    if not words:
        raise InvalidInput(field="about")
    row = _one(customer_id, Kind.PARTNER, ReferrerState.APPLIED)
    if row.state == ReferrerState.APPLIED:
        row.about, row.pay_to = words, one_line(pay_to, 300).strip()
        row.save(update_fields=["about", "pay_to"])
    return row


@transaction.atomic
def save_referrer(*, customer_id: int, kind: str, state: str, points: int | None, actor: str) -> Referrer:
    """Let a customer take part, pause or decline one; `points`: a partner's own commission. NotFound, InvalidInput."""
    if kind not in Kind.values or state not in ReferrerState.values:
        raise InvalidInput(field="state")
    if points is not None and not 0 <= points <= 10_000:
        raise InvalidInput(field="commission_points")
    existed = referrer_of(customer_id, kind) is not None
    row = locks.lock_referrer(_one(customer_id, kind, state).pk)
    if row.state == ReferrerState.APPLIED and state == ReferrerState.ACTIVE:
        publish(PartnerAccepted(row.pk), reference=f"customer:{customer_id}", actor=actor)
    before = {"state": row.state, "commission_points": row.points} if existed else None
    row.state, row.points = state, points if kind == Kind.PARTNER else None
    row.save(update_fields=["state", "points"])
    record_change(
        area="referrals",
        reference=f"referrer:{row.pk}",
        label=row.code,
        before=before,
        after={"state": row.state, "commission_points": row.points},
        actor=actor,
    )
    return row


@transaction.atomic
def save_pay_to(*, customer_id: int, pay_to: str) -> Referrer:
    """Let a partner say where commissions are paid. NoReferrals."""
    row = referrer_of(customer_id, Kind.PARTNER)
    if row is None:
        raise NoReferrals()
    row.pay_to = one_line(pay_to, 300).strip()
    row.save(update_fields=["pay_to"])
    return row


def _one(customer_id: int, kind: str, state: str) -> Referrer:
    """Return the customer's row of a kind, made with a code nobody has; asked for at once by two it is one."""
    found = referrer_of(customer_id, kind)
    while found is None:
        try:
            with transaction.atomic():
                found = Referrer.objects.create(
                    customer_id=customer_id, kind=kind, code=short_code(CODE_LENGTH), state=state, created_at=now()
                )
        except IntegrityError:
            found = referrer_of(customer_id, kind)
    return found


@transaction.atomic
def count_click(*, code: str) -> Referrer:
    """Count that a link was opened, today; nothing of who did is kept. NoReferrals."""
    row = referrer_of_code(code)
    clicks, _made = Clicks.objects.get_or_create(referrer=row, day=now().date())
    Clicks.objects.filter(pk=clicks.pk).update(count=F("count") + 1)
    return row


@transaction.atomic
def follow(*, code: str, device: str = "") -> Visit:
    """Somebody follows a link and wants it to count, for as many days as the rules say. NoReferrals."""
    return Visit.objects.create(referrer=referrer_of_code(code), device=device, visited_at=now())


@transaction.atomic
def forget_devices() -> int:
    """Forget by which browsers links were asked for and followed, after some weeks, and visits that led to nothing."""
    old = Visit.objects.filter(visited_at__lt=now() - timedelta(days=max(program().window_days, 1)) - DEVICES_KEPT)
    gone, _by_table = old.delete()
    visits = Visit.objects.filter(visited_at__lt=now() - DEVICES_KEPT).exclude(device="").update(device="")
    return gone + visits
