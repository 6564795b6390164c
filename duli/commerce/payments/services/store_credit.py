"""Store credit pays, and comes back: both are entries of the customer's ledger, written with the payment itself."""

from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.ids import new_token
from duli.base.money import Money
from duli.commerce.customers.credit import CreditTooSmall
from duli.commerce.customers.models import StoreCreditEntry
from duli.commerce.customers.selectors import customer_by_id
from duli.commerce.customers.services import change_credit
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection, PaymentEvent
from duli.commerce.payments.services.record import restate
from duli.commerce.payments.states import AttemptState, EventKind
from duli.commerce.payments.store_credit import STORE_CREDIT, CreditSpent

_CUSTOMER = "customer:"


@transaction.atomic(savepoint=False)
def pay_with_credit(*, collection: PaymentCollection, customer_id: int, amount: Money, actor: str) -> None:
    """Let a customer's store credit pay `amount` of a collection, in the caller's transaction, or nothing at all.

    The customer is locked, so that credit is spent once, however many orders want it. What it pays is an attempt and
    an event of the collection like any other payment, so that refunds find their way back. Raises CreditSpent (then
    the caller's transaction must be rolled back).
    """
    instant = now()
    attempt = PaymentAttempt.objects.create(
        collection=collection,
        gateway=STORE_CREDIT,
        token=new_token(),
        idempotency_key=f"{collection.pk}:{STORE_CREDIT}",
        state=AttemptState.CAPTURED,
        amount_minor=amount.minor,
        external_id=f"{_CUSTOMER}{customer_id}",
        created_at=instant,
    )
    key = f"spent:{attempt.token}"
    PaymentEvent.objects.create(
        provider=STORE_CREDIT,
        external_id=key,
        collection=collection,
        attempt=attempt,
        kind=EventKind.CAPTURED,
        attempt_token=attempt.token,
        transaction_id=key,
        amount_minor=amount.minor,
        currency=collection.currency,
        actor=actor,
        received_at=instant,
        processed_at=instant,
    )
    try:
        change_credit(
            customer_id=customer_id,
            amount=-amount,
            reason=StoreCreditEntry.Reason.SPENT,
            reference=collection.reference,
            actor=actor,
            idempotency_key=key,
        )
    except CreditTooSmall:
        raise CreditSpent() from None
    restate(collection, actor=actor)


def give_credit_back(*, attempt: PaymentAttempt, amount: Money, key: str, reference: str, actor: str) -> None:
    """Put what store credit paid back, in the caller's transaction; the same key again puts nothing.

    Whoever was merged into another customer meanwhile is that one.
    """
    customer = customer_by_id(int(attempt.external_id.removeprefix(_CUSTOMER)))
    change_credit(
        customer_id=customer.pk,
        amount=amount,
        reason=StoreCreditEntry.Reason.REFUND,
        reference=reference,
        actor=actor,
        idempotency_key=f"returned:{key}",
    )
