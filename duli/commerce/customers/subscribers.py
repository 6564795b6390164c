from __future__ import annotations

from duli.commerce.customers.services import claim_for_user
from duli.platform.accounts.events import AddressProved
from duli.platform.events.registry import EventContext, subscribes


@subscribes(AddressProved, name="customers.claim")
def claim_guest_orders(event: AddressProved, context: EventContext) -> None:
    claim_for_user(user_id=event.user_id)
