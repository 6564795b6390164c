"""The demo's recommendations: a customer who invites friends, two partners, and what came of their links."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from duli.base.clock import frozen
from duli.cli.demo_shop import OTHER, OWN, read
from duli.commerce.customers.models import Customer
from duli.commerce.customers.services import customer_for_user
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import OrderStatus
from duli.commerce.promotions.services import save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.commerce.referrals.checks import device_key, ordered_before
from duli.commerce.referrals.models import Program, Referral, Referrer
from duli.commerce.referrals.services import (
    apply_as_partner,
    attribute,
    count_click,
    decide,
    follow,
    invite,
    pay_out,
    restate,
    save_program,
    save_referrer,
    settle_due,
)
from duli.commerce.referrals.services.settle import settle
from duli.commerce.referrals.states import Kind, ReferralState, ReferrerState
from duli.commerce.referrals.types import ProgramDraft
from duli.platform.accounts.models import User
from duli.platform.store.changes import look_now

DAYS = 150
FRIENDS, BY_PARTNERS = 5, 26
PAID_UNTIL = timedelta(days=30)
_SEED = 20260202


@transaction.atomic
def load_referrals(today: datetime, shopper: str, staff: str = "system") -> None:
    """Let some orders of the last months have come by links, each at its own time; once.

    In the end commissions wait, are to be looked at, declined, approved, and paid out.
    """
    if Program.objects.exists():
        return
    told = read("referrals.json")
    begin = today - timedelta(days=DAYS)
    with frozen(begin):
        save_program(draft=ProgramDraft(**told["program"]), actor="system")
        offer = told["offer"]
        save_promotion(
            draft=PromotionDraft(name=offer[OWN], titles={OTHER: offer[OTHER]}, rules=offer["rules"]), actor="system"
        )
        look_now()
        people = list(_accounts(shopper)[: len(told["partners"])])
        partners = [_partner(customer, entry, staff) for customer, entry in zip(people, told["partners"], strict=False)]
        host = User.objects.get(email=shopper)
        customer = customer_for_user(user_id=host.pk, name=host.name, email=shopper, phone="", language=host.language)
        friend = invite(customer_id=customer.pk, device=_device("host"))
    working = [row for row in partners if row.state == ReferrerState.ACTIVE]
    chance = random.Random(_SEED)
    _clicks([*working, friend], begin, chance)
    for order, row, device in _who_came(begin, today, working, friend, chance):
        with frozen(order.placed_at):
            attribute(order=order, visit_id=follow(code=row.code, device=device).pk)
        if order.paid_at:
            with frozen(order.paid_at):
                restate(order_id=order.pk)
    due = Referral.objects.filter(referrer__kind=Kind.FRIEND, state=ReferralState.PENDING, due_at__lte=today)
    for pk, due_at in due.order_by("due_at").values_list("pk", "due_at"):
        # Each reward comes on its own day, as the shop's jobs would have given it.
        assert due_at is not None
        with frozen(due_at):
            settle(referral_id=pk)
    with frozen(today - PAID_UNTIL):
        _settle(staff)
        for currency in sorted(set(_approved().values_list("currency", flat=True))):
            pay_out(currency=currency, actor=staff)
    _settle(staff, leave=2)


def _partner(customer: Customer, told: dict[str, str], staff: str) -> Referrer:
    row = apply_as_partner(customer_id=customer.pk, about=told["about"], pay_to=told["pay_to"])
    if told["state"] == ReferrerState.APPLIED:
        return row
    points = int(told["points"]) if told.get("points") else None
    return save_referrer(customer_id=customer.pk, kind=Kind.PARTNER, state=told["state"], points=points, actor=staff)


def _accounts(shopper: str) -> Sequence[Customer]:
    rows = Customer.objects.filter(user__isnull=False, user__is_staff=False, merged_into=None)
    return list(rows.exclude(user__email=shopper).order_by("pk"))


def _device(name: str) -> str:
    return device_key(user_agent=name, network="demo")


def _clicks(rows: Iterable[Referrer], begin: datetime, chance: random.Random) -> None:
    for row in rows:
        for _ in range(chance.randint(20, 40)):
            with frozen(begin + timedelta(days=chance.randint(0, DAYS))):
                count_click(code=row.code)


def _who_came(
    begin: datetime, today: datetime, partners: Sequence[Referrer], friend: Referrer, chance: random.Random
) -> Iterable[tuple[Order, Referrer, str]]:
    """Return which orders came by whom, oldest first, and by which browser; the last one by the friend's own."""
    own = {row.customer_id for row in (*partners, friend)}
    rows = Order.objects.filter(placed_at__gt=begin, placed_at__lte=today).exclude(status=OrderStatus.CANCELLED)
    orders = list(rows.exclude(customer_id__in=own).order_by("placed_at"))
    firsts = [order for order in orders if not ordered_before(order) and order.paid_at]
    chosen: dict[int, tuple[Order, Referrer, str]] = {}
    if firsts:
        invited = sorted(chance.sample(firsts, min(FRIENDS, len(firsts))), key=lambda order: order.placed_at)
        for order in invited:
            device = friend.device if order is invited[-1] else _device(f"friend {order.pk}")
            chosen[order.pk] = order, friend, device
    if partners:
        others = [order for order in orders if order.pk not in chosen]
        for number, order in enumerate(chance.sample(others, min(BY_PARTNERS, len(others)))):
            chosen[order.pk] = order, partners[number % len(partners)], _device(f"reader {order.pk}")
    return sorted(chosen.values(), key=lambda entry: entry[0].placed_at)


def _approved() -> QuerySet[Referral]:
    return Referral.objects.filter(state=ReferralState.APPROVED, referrer__kind=Kind.PARTNER, earned_minor__gt=0)


def _settle(staff: str, leave: int = 0) -> None:
    """Do what the shop's people would have done by now; `leave` that many for whoever tries the demo."""
    settle_due()
    due = [
        row
        for row in Referral.objects.filter(referrer__kind=Kind.PARTNER, state=ReferralState.PENDING).order_by("pk")
        if row.is_due
    ]
    for number, row in enumerate(due[: len(due) - leave] if leave else due):
        decide(referral_id=row.pk, approve=number != 1, actor=staff)
