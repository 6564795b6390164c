"""Codes: one that all may use, one of its own for everybody, or a hundred thousand by a job."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput, NotFound
from duli.base.ids import short_code
from duli.commerce.promotions import locks
from duli.commerce.promotions.codes import normalised
from duli.commerce.promotions.models import Batch, Code, Promotion
from duli.commerce.promotions.services.save import save_promotion
from duli.commerce.promotions.types import MAXIMUM_CODES, CodeTaken, PromotionDraft
from duli.platform.audit.services import record

CHUNK = 5_000
SHORTEST = 6


@transaction.atomic
def add_code(*, promotion_id: int, text: str, limit: int | None = None, actor: str) -> Code:
    """Let shoppers enter a code; `limit` is how many orders it is good for. NotFound, InvalidInput, CodeTaken."""
    promotion = locks.lock_promotion(promotion_id)
    plain = normalised(text)
    if not plain:
        raise InvalidInput(field="code")
    if limit is not None and not 1 <= limit <= 10**9:
        raise InvalidInput(field="most")
    try:
        with transaction.atomic():
            code = Code.objects.create(promotion=promotion, text=plain, limit=limit, created_at=now())
    except IntegrityError:
        raise CodeTaken() from None
    record(
        area="promotions",
        action="code_added",
        reference=f"promotion:{promotion.pk}",
        label=promotion.name,
        changes={"code": ("", plain)},
        actor=actor,
    )
    return code


@transaction.atomic
def save_with_code(*, draft: PromotionDraft, code: str, actor: str) -> Promotion:
    """Declare a promotion together with its first code, if one is given: both or neither. As the two verbs."""
    row = save_promotion(draft=draft, actor=actor)
    if code:
        add_code(promotion_id=row.pk, text=code, actor=actor)
    return row


@transaction.atomic
def set_code_active(*, code_id: int, active: bool, actor: str) -> Code:
    """Let a code be entered, or no more. NotFound."""
    code = Code.objects.filter(pk=code_id).select_related("promotion").first()
    if code is None:
        raise NotFound()
    code.is_active = active
    code.save(update_fields=["is_active"])
    record(
        area="promotions",
        action="code_switched",
        reference=f"promotion:{code.promotion_id}",
        label=code.text,
        changes={"active": (not active, active)},
        actor=actor,
    )
    return code


@transaction.atomic
def generate_codes(
    *, promotion_id: int, wanted: int, beginning: str = "", length: int = 10, limit: int = 1, actor: str
) -> Batch:
    """Have a job make so many codes that nobody can guess, each good for `limit` orders. NotFound, InvalidInput."""
    from duli.commerce.promotions.jobs import make_codes

    promotion = locks.lock_promotion(promotion_id)
    if not 1 <= wanted <= MAXIMUM_CODES:
        raise InvalidInput(field="quantity")
    if not SHORTEST <= length <= 20:
        raise InvalidInput(field="length")
    if not 1 <= limit <= 10**9:
        raise InvalidInput(field="most")
    start = normalised(beginning) if beginning.strip() else ""
    if (beginning.strip() and not start) or len(start) > 16:
        raise InvalidInput(field="beginning")
    batch = Batch.objects.create(
        promotion=promotion, prefix=start, wanted=wanted, length=length, limit=limit, actor=actor, created_at=now()
    )
    record(
        area="promotions",
        action="codes_generated",
        reference=f"promotion:{promotion.pk}",
        label=promotion.name,
        changes={"codes": (0, wanted)},
        actor=actor,
    )
    make_codes.enqueue(batch_id=batch.pk)
    return batch


def make_codes(*, batch_id: int) -> int:
    """Make the codes of a batch, some thousands a transaction; started again, it goes on. Return how many there are."""
    while True:
        with transaction.atomic():
            batch = locks.lock_batch(batch_id)
            if batch is None:
                return 0
            if batch.made >= batch.wanted:
                return batch.made
            moment = now()
            count = min(CHUNK, batch.wanted - batch.made)
            texts = {f"{batch.prefix}{short_code(batch.length).upper()}" for _ in range(count)}
            Code.objects.bulk_create(
                [
                    Code(promotion_id=batch.promotion_id, text=text, limit=batch.limit, batch=batch, created_at=moment)
                    for text in sorted(texts)
                ],
                ignore_conflicts=True,
                batch_size=1000,
            )
            # What another code has already was not written; it is made up for by the next round.
            batch.made = Code.objects.filter(batch=batch).count()
            batch.save(update_fields=["made"])
