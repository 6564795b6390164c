"""The only row lock of this room: the collection. Everything that changes its sums holds it."""

from __future__ import annotations

from django.db import connection

from duli.base.errors import NotFound
from duli.commerce.payments.models import PaymentCollection


def lock_collection(collection_id: int) -> PaymentCollection:
    """Lock and return a collection, or raise NotFound."""
    collection = PaymentCollection.objects.select_for_update().filter(pk=collection_id).first()
    if collection is None:
        raise NotFound()
    return collection


def require_no_transaction() -> None:
    """Stop a verb that calls a provider inside a transaction (RuntimeError): it would hold locks meanwhile.

    The transaction that a test case wraps around everything does not count.
    """
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("a payment provider is never called inside a transaction")
