"""The right of withdrawal: no login, no reason, two steps, a receipt with date and time."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.orders import locks
from duli.commerce.orders.models import OrderReturn
from duli.commerce.orders.return_terms import withdrawal_terms
from duli.commerce.orders.services.returns import write_return
from duli.commerce.orders.states import ReturnKind
from duli.commerce.orders.types import ReturnNotPossible, ReturnWish


@transaction.atomic
def withdraw(
    *,
    order_id: int,
    lines: Sequence[ReturnWish],
    declarant: str,
    receipt_to: str,
    idempotency_key: str,
    actor: str,
) -> OrderReturn:
    """Declare the withdrawal from an order or parts of it; its moment is kept, and a receipt goes out at once.

    No reason is asked for, whether the goods have left or not. The same key again returns the same declaration.
    Raises NotFound, ReturnNotPossible (the period is over), NothingToReturn, TooManyToReturn, InvalidInput.
    """
    name, address = one_line(declarant, 120), receipt_to.strip()
    if not name:
        raise InvalidInput(field="name")
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidInput(field="email") from None
    order = locks.lock_order(order_id)
    existing = OrderReturn.objects.filter(idempotency_key=f"{order.pk}:{idempotency_key}"[:120]).first()
    if existing is not None:
        return existing
    terms = withdrawal_terms(order)
    if not terms.is_possible:
        raise ReturnNotPossible()
    plain = [ReturnWish(line.order_line_id, line.quantity) for line in lines]
    return write_return(
        order,
        plain,
        terms.lines,
        key=idempotency_key,
        actor=actor,
        kind=ReturnKind.WITHDRAWAL,
        declarant=name,
        receipt_to=address,
    )
