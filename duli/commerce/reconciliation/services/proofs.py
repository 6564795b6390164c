"""What shoppers show of their transfers."""

from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.commerce.orders.locks import lock_order
from duli.commerce.orders.states import OrderStatus, PaymentState
from duli.commerce.payments.gateway import gateways
from duli.commerce.payments.selectors import collection_view
from duli.commerce.reconciliation.events import ProofReceived
from duli.commerce.reconciliation.models import PaymentProof
from duli.commerce.reconciliation.types import NoTransferDue, TooManyProofs
from duli.platform.events.services import publish
from duli.platform.media.private import store_private

MOST_PROOFS = 5
_OWED = {PaymentState.UNPAID, PaymentState.PARTIALLY_PAID}


@transaction.atomic
def add_proof(*, order_id: int, content: bytes, name: str, actor: str) -> PaymentProof:
    """Keep a picture or a PDF that shows a transfer; staff see it beside the order and at the bank desk.

    At most five for an order, of 10 MB each. NoTransferDue, TooManyProofs, NotFound, and what the media room says of a
    file (FileTooLarge, UnsupportedFile).
    """
    order = lock_order(order_id)
    collection_id = order.payment_collection_id
    if collection_id is None or not takes_proofs(
        order.status, order.payment_state, collection_view(collection_id).method_code
    ):
        raise NoTransferDue()
    if PaymentProof.objects.filter(order=order).count() >= MOST_PROOFS:
        raise TooManyProofs(most=MOST_PROOFS)
    kept = store_private(
        content=content,
        name=name,
        reference=order.reference,
        actor=actor,
        only_pictures=not content.startswith(b"%PDF-"),
    )
    row = PaymentProof.objects.create(order=order, file=kept, actor=actor, created_at=now())
    publish(ProofReceived(order.pk, row.pk, order.number or ""), reference=order.reference, actor=actor)
    return row


def takes_proofs(status: str, payment_state: str, method_code: str) -> bool:
    """Whether an order waits for a transfer that somebody might want to show."""
    if status != OrderStatus.OPEN or payment_state not in _OWED:
        return False
    return method_code in gateways and gateways.get(method_code).description.kind == "offline"
