"""Taking what a shopper has authorised."""

from __future__ import annotations

from django.db import transaction

from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.payments import locks
from duli.commerce.payments.configuration import known_for
from duli.commerce.payments.gateway import CaptureRequest
from duli.commerce.payments.models import PaymentAttempt, PaymentCollection
from duli.commerce.payments.services.collections import reference_of
from duli.commerce.payments.services.record import record_event
from duli.commerce.payments.states import AttemptState
from duli.commerce.payments.types import CaptureTooLarge, IdempotencyConflict, NothingAuthorised, WrongCurrency
from duli.platform.store.outside import require_no_transaction


def capture(*, collection_id: int, amount: Money | None = None) -> PaymentCollection:
    """Take what is authorised, or `amount` of it, once; what is left is released. Again changes nothing.

    The amount is stored before the provider is called: if its answer is lost, only the same can be asked again.
    Calls gateways, so never inside a transaction. NotFound, NothingAuthorised, WrongCurrency, CaptureTooLarge,
    InvalidInput, IdempotencyConflict, GatewayUnavailable, GatewayRefused.
    """
    require_no_transaction()
    with transaction.atomic():
        collection = locks.lock_collection(collection_id)
        attempts = list(collection.attempts.filter(state=AttemptState.AUTHORISED))
        _plan(collection, attempts, amount)
    for attempt in attempts:
        gateway, config = known_for(attempt)
        request = CaptureRequest(
            attempt=reference_of(attempt, collection.currency),
            token=f"{attempt.token}-capture",
            amount=Money(attempt.capture_minor or attempt.amount_minor, collection.currency),
        )
        for event in gateway.capture(request, config):
            record_event(provider=attempt.gateway, event=event)
    collection.refresh_from_db()
    return collection


def _plan(collection: PaymentCollection, attempts: list[PaymentAttempt], amount: Money | None) -> None:
    if amount is not None and amount.currency != collection.currency:
        raise WrongCurrency(field="amount", expected=collection.currency, given=amount.currency)
    if amount is not None and amount.minor <= 0:
        raise InvalidInput(field="amount")
    if not attempts:
        if amount is None and collection.captured_minor >= collection.amount_minor:
            return
        raise NothingAuthorised()
    left = amount.minor if amount is not None else sum(attempt.amount_minor for attempt in attempts)
    if left > sum(attempt.amount_minor for attempt in attempts):
        raise CaptureTooLarge(field="amount")
    for attempt in attempts:
        wanted = min(left, attempt.amount_minor)
        left -= wanted
        if attempt.capture_minor is not None and attempt.capture_minor != wanted:
            raise IdempotencyConflict()
        attempt.capture_minor = wanted
        attempt.save(update_fields=["capture_minor"])
