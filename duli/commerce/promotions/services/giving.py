"""Codes that customers are given, or take: for a birthday, for a friend, and from the coupon centre."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from duli.base.clock import now
from duli.base.ids import short_code
from duli.commerce.customers.birthdays import AGAIN, LATE
from duli.commerce.customers.locks import lock_customer
from duli.commerce.customers.selectors import born_between
from duli.commerce.promotions.events import BirthdayCodeGiven
from duli.commerce.promotions.models import Code, Promotion, Taken
from duli.commerce.promotions.selectors import code_for, promotion_by_id
from duli.commerce.promotions.types import BIRTHDAY
from duli.platform.audit.services import record
from duli.platform.events.services import publish
from duli.platform.store.days import day_ends, day_of

CODE_LENGTH = 12
A_TIME = 500


def give_birthday_codes() -> int:
    """Give everybody whose birthday is near what the promotions that run promise for it; return how many codes.

    Days are those of the store. Started twice, or by two workers at once, it gives nobody two: neither for the same
    birthday nor within eleven months.
    """
    today, given = day_of(now()), 0
    running = Q(starts_at__isnull=True) | Q(starts_at__lte=now())
    rows = Promotion.objects.filter(running, birthday_before__isnull=False, is_active=True, needs_code=True)
    for row in rows.exclude(ends_at__lte=now()).order_by("pk"):
        first, last = today - timedelta(days=LATE), today + timedelta(days=row.birthday_before or 0)
        after = 0
        while born := born_between(first, last, after=after, limit=A_TIME):
            after = max(born)
            had = set(
                Code.objects.filter(
                    promotion=row,
                    customer_id__in=born,
                    given_for__startswith=BIRTHDAY,
                    created_at__gt=now() - AGAIN,
                ).values_list("customer_id", flat=True)
            )
            given += sum(give_birthday_code(row, pk, day) for pk, day in born.items() if pk not in had)
    return given


def give_birthday_code(row: Promotion, customer_id: int, day: date) -> bool:
    """Give a customer the code of a birthday that is kept on `day`, once; False where they have it already."""
    try:
        with transaction.atomic():
            if lock_customer(customer_id).erased_at:
                return False
            ends = day_ends(day + timedelta(days=row.birthday_after))
            code = _own_code(row, customer_id, given_for(row.pk, customer_id, day), ends)
            publish(
                BirthdayCodeGiven(customer_id, row.pk, code.pk), reference=f"customer:{customer_id}", actor="system"
            )
    except IntegrityError:
        return False
    return True


def given_for(promotion_id: int, customer_id: int, day: date) -> str:
    """Return what a birthday's code is given for: the unique column holds it once."""
    return f"{BIRTHDAY}{day.year}:{promotion_id}:{customer_id}"


@transaction.atomic
def give_code(*, promotion_id: int, customer_id: int, given_for: str, actor: str) -> Code | None:
    """Give a customer a code that is good for one order of theirs, as long as the promotion runs.

    For the same thing (`given_for`, "referral:7") it is the same code again; None where the customer was erased.
    NotFound.
    """
    promotion = promotion_by_id(promotion_id)
    if lock_customer(customer_id).erased_at:
        return None
    found = Code.objects.filter(given_for=given_for).first()
    if found is not None:
        return found
    code = _own_code(promotion, customer_id, given_for, None)
    record(
        area="promotions",
        action="code_added",
        reference=f"promotion:{promotion.pk}",
        label=promotion.name,
        changes={"code": ("", code.text)},
        actor=actor,
    )
    return code


def _own_code(row: Promotion, customer_id: int, given_for: str, expires_at: datetime | None) -> Code:
    return Code.objects.create(
        promotion=row,
        text=short_code(CODE_LENGTH).upper(),
        limit=1,
        customer_id=customer_id,
        given_for=given_for,
        expires_at=expires_at,
        created_at=now(),
    )


@transaction.atomic
def take_code(*, text: str, customer_id: int) -> Taken:
    """Keep a code with a customer's coupons; taken twice it is there once. CodeUnknown, CodeNotNow, CodeOfSomebody,
    CodeUsed."""
    code = code_for(text, customer_id)
    row, _is_new = Taken.objects.get_or_create(customer_id=customer_id, code=code, defaults={"taken_at": now()})
    return row
