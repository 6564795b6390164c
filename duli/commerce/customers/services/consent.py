from __future__ import annotations

import ipaddress

from django.db import transaction

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.text import one_line
from duli.commerce.customers.events import ConsentGiven
from duli.commerce.customers.locks import lock_customer
from duli.commerce.customers.models import Channel, ConsentRecord
from duli.commerce.customers.types import CustomerErased, Proof
from duli.platform.events.services import publish


@transaction.atomic
def record_consent(*, customer_id: int, channel: str, given: bool, proof: Proof, actor: str) -> ConsentRecord | None:
    """Write down that somebody agreed to be reached on `channel`, or took it back; the last record counts.

    None if it is no news: what was agreed to before is not agreed to again. Raises NotFound, CustomerErased,
    InvalidInput(field="channel").
    """
    if channel not in Channel.values:
        raise InvalidInput(field="channel")
    customer = lock_customer(customer_id)
    if customer.erased_at:
        raise CustomerErased()
    if getattr(customer, f"accepts_{channel}") == given:
        return None
    row = ConsentRecord.objects.create(
        customer_id=customer_id,
        channel=channel,
        given=given,
        source=one_line(proof.source, 40),
        wording=one_line(proof.wording, 500),
        wording_version=one_line(proof.wording_version, 20),
        language=proof.language[:12],
        network=shortened(proof.network),
        actor=actor,
        recorded_at=now(),
    )
    setattr(customer, f"accepts_{channel}", given)
    customer.save(update_fields=[f"accepts_{channel}"])
    publish(ConsentGiven(customer_id, row.pk, channel, given), reference=customer.reference, actor=actor)
    return row


def shortened(address: str) -> str:
    """Return the network of an internet address: enough to prove the place, too little to name the person."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    length = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{length}", strict=False))
