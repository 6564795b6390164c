"""A promotion is used: counted by the statement that checks its limit, in the transaction that places the order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.pricing.promotion_types import Outcome, Promotion
from duli.commerce.pricing.selectors import conversion
from duli.commerce.promotions import locks
from duli.commerce.promotions.models import Claim, Code, Counter, Use
from duli.commerce.promotions.selectors import BUDGET, counters_of
from duli.commerce.promotions.types import CodeExhausted
from duli.platform.store.prepared import insert_all
from duli.platform.store.selectors import current_store


def use(
    *,
    outcomes: Iterable[Outcome],
    reference: str,
    customer_id: int | None,
    buyer_keys: Sequence[str],
    total: Money,
) -> None:
    """Count what an order gets, in the caller's transaction; all counters in one order, so that nobody waits in a ring.

    `buyer_keys` name the buyer's account and contacts; a limit a customer is reached if any of them has reached it, and
    what is for the first order is for one order of any of them.
    Raises CodeExhausted, and the caller's transaction must not be kept then.
    """
    applied = [entry for entry in outcomes if entry.gives]
    if not applied:
        return
    numbers = {
        entry.promotion.audience.order_number: entry for entry in applied if entry.promotion.audience.order_number
    }
    for number, entry in sorted(numbers.items()):
        if not claim(number, buyer_keys, reference):
            raise CodeExhausted(title=entry.promotion.title)
    codes = codes_by_text(entry.code for entry in applied if entry.code)
    limits = {
        (entry.promotion.id, key): (limit, entry)
        for entry in applied
        for key, limit in limits_of(entry.promotion, buyer_keys).items()
    }
    given = {entry.promotion.id: in_own_currency(entry.total) for entry in applied if entry.promotion.budget}
    if limits:
        Counter.objects.bulk_create(
            [Counter(promotion_id=promotion_id, key=key) for promotion_id, key in sorted(limits)], ignore_conflicts=True
        )
    for (promotion_id, key), (limit, entry) in sorted(limits.items(), key=lambda found: found[0]):
        if not count_up(promotion_id, key, limit, given[promotion_id] if key == BUDGET else 1):
            raise CodeExhausted(title=entry.promotion.title)
    by_code = {entry.code: entry for entry in applied if entry.code}
    for code in sorted(codes.values(), key=lambda found: found.pk):
        if not count_code(code, customer_id):
            raise CodeExhausted(title=by_code[code.text].promotion.title)
    insert_all(
        [
            Use(
                promotion_id=entry.promotion.id,
                version=entry.promotion.version,
                code=codes.get(entry.code),
                reference=reference,
                customer_id=customer_id,
                currency=total.currency,
                amount_minor=entry.total.minor,
                shipping_minor=entry.shipping.minor,
                is_price=entry.promotion.on_shelf,
                total_minor=total.minor,
                counted=[
                    f"{key}={given[promotion_id]}" if key == BUDGET else key
                    for promotion_id, key in sorted(limits)
                    if promotion_id == entry.promotion.id
                ],
                used_at=now(),
            )
            for entry in applied
        ]
    )


def limits_of(promotion: Promotion, buyer_keys: Sequence[str]) -> Mapping[str, int]:
    """Return the counters of a promotion that this order would raise, with how far they go."""
    found: dict[str, int] = {}
    for key in counters_of(buyer_keys):
        limit = promotion.limit_of(key)
        if limit is not None:
            found[key] = limit
    return found


def codes_by_text(texts: Iterable[str]) -> dict[str, Code]:
    wanted = list(texts)
    return {code.text: code for code in Code.objects.filter(text__in=wanted)} if wanted else {}


def count_up(promotion_id: int, key: str, limit: int, units: int = 1) -> bool:
    """Raise a counter if it is still below its limit; by more than one unit the last order may go beyond it."""
    row = Counter.objects.filter(promotion_id=promotion_id, key=key, used__lt=limit)
    return bool(row.update(used=F("used") + units))


def claim(number: int, buyer_keys: Sequence[str], reference: str) -> bool:
    """Let this order be the buyer's first (or of another number), unless another one is: the unique row decides."""
    rows = [Claim(number=number, key=key, reference=reference) for key in sorted(set(buyer_keys))]
    try:
        with transaction.atomic():
            Claim.objects.bulk_create(rows)
    except IntegrityError:
        return False
    return True


def in_own_currency(amount: Money) -> int:
    """Return an amount in minor units of the store's own currency; as it is where no rate is known."""
    change = conversion(current_store().default_currency, now(), amount.currency)
    return change.money(amount).minor if change is not None else amount.minor


def count_code(code: Code, customer_id: int | None) -> bool:
    """Use a code once more if it is still good for it, and for who orders."""
    row = Code.objects.filter(
        Q(limit__isnull=True) | Q(used__lt=F("limit")),
        Q(customer__isnull=True) | Q(customer_id=customer_id),
        Q(expires_at__isnull=True) | Q(expires_at__gt=now()),
        pk=code.pk,
        is_active=True,
    )
    return bool(row.update(used=F("used") + 1))


@transaction.atomic
def give_back(*, reference: str, still_used: Callable[[], bool] = lambda: False) -> int:
    """Give back what an order used that was cancelled or ran out, once; return how many promotions that were.

    `still_used` is asked while nobody else can give it back: whether goods that the order bought are still sold.
    """
    mine = locks.lock_uses(reference)
    if not mine or still_used():
        return 0
    Use.objects.filter(pk__in=[row.pk for row in mine]).update(returned_at=now())
    Claim.objects.filter(reference=reference).delete()
    for promotion_id, key in sorted((row.promotion_id, key) for row in mine for key in row.counted):
        name, _equals, units = key.partition("=")
        counter = Counter.objects.filter(promotion_id=promotion_id, key=name, used__gt=0)
        counter.update(used=Greatest(F("used") - int(units or 1), 0))
    for code_id in sorted(row.code_id for row in mine if row.code_id):
        Code.objects.filter(pk=code_id, used__gt=0).update(used=F("used") - 1)
    return len(mine)
