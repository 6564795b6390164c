"""The demo's members: a program with tiers and points, and guests who made an account."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from duli.base.clock import frozen, now
from duli.cli.demo_shop import read
from duli.commerce.customers.models import Customer, Segment
from duli.commerce.customers.services import customer_for_user, merge_customers, save_birthday, save_segment
from duli.commerce.membership.models import Program, Tier
from duli.commerce.membership.rules import ProgramRules
from duli.commerce.membership.services import assess, restate, save_program, save_tier, welcome
from duli.commerce.membership.types import TierDraft
from duli.commerce.orders.models import Order
from duli.commerce.promotions.services import give_birthday_codes, save_promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.accounts.models import User
from duli.platform.store.changes import look_now
from duli.platform.store.days import day_of

MEMBERS = 8


def set_up_program() -> None:
    """Decide by which rules the demo gives points and tiers, once."""
    if Program.objects.exists():
        return
    told = read("members.json")
    save_program(rules=ProgramRules(**told["program"]), actor="system")
    for entry in told["tiers"]:
        save_tier(draft=TierDraft(**entry), actor="system")
    look_now()


@transaction.atomic
def load_presents(shopper: str) -> None:
    """Let the shop give presents for birthdays, one to the shopper soon, and welcome back who was away; once."""
    if Segment.objects.exists():
        return
    told = read("members.json")
    segment = save_segment(**told["segment"], actor="system")
    comeback = {**told["comeback"], "rules": {**told["comeback"]["rules"], "audience": {"tags": [segment.reference]}}}
    save_promotion(draft=PromotionDraft(**comeback), actor="system")
    present = dict(told["birthday"])
    day = day_of(now()) + timedelta(days=present.pop("days"))
    save_promotion(draft=PromotionDraft(**present, needs_code=True, birthday_before=7), actor="system")
    look_now()
    host = User.objects.get(email=shopper)
    customer = customer_for_user(user_id=host.pk, name=host.name, email=shopper, phone="", language=host.language)
    save_birthday(customer_id=customer.pk, month=day.month, day=day.day)
    give_birthday_codes()


def load_members() -> None:
    """Let those guests who bought the most have accounts, with what they bought counted from the beginning."""
    if not Tier.objects.exists():
        return
    guests = Customer.objects.filter(user=None, merged_into=None, orders_count__gt=0).exclude(email="")
    for guest in list(guests.order_by("-spent_minor", "pk")[:MEMBERS]):
        user = User.objects.create_user(email=guest.email, password=None, name=guest.name)
        account = customer_for_user(
            user_id=user.pk, name=guest.name, email=guest.email, phone=guest.phone, language=guest.language
        )
        merge_customers(first_id=account.pk, second_id=guest.pk, actor="system", checked=True)
    people = Customer.objects.filter(user__isnull=False, merged_into=None)
    for customer_id, user_id in people.order_by("pk").values_list("pk", "user_id"):
        first = Order.objects.filter(customer_id=customer_id).order_by("placed_at").values_list("placed_at", flat=True)
        with frozen(first[0] if first else now()):
            welcome(user_id=user_id)
        paid = Order.objects.filter(customer_id=customer_id, paid_at__isnull=False).order_by("paid_at")
        for order_id, paid_at in paid.values_list("pk", "paid_at"):
            assert paid_at is not None
            with frozen(paid_at):
                restate(order_id=order_id)
                assess(customer_id=customer_id)
        assess(customer_id=customer_id)
