from __future__ import annotations

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import without_control
from duli.commerce.customers.events import CustomerNoted
from duli.commerce.customers.locks import lock_customer
from duli.commerce.customers.models import CustomerNote
from duli.commerce.customers.types import CustomerErased
from duli.platform.events.services import publish

MAXIMUM = 5000


@transaction.atomic
def add_note(*, customer_id: int, text: str, actor: str) -> CustomerNote:
    """Write something down about a customer, for good. NotFound, InvalidInput, CustomerErased."""
    written = without_control(text).strip()
    if not written or len(written) > MAXIMUM:
        raise InvalidInput(field="text")
    customer = lock_customer(customer_id)
    if customer.erased_at:
        raise CustomerErased()
    note = CustomerNote.objects.create(customer_id=customer_id, text=written, actor=actor, created_at=now())
    publish(CustomerNoted(customer_id, note.pk), reference=customer.reference, actor=actor)
    return note
