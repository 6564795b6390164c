"""Telling providers of the parcels that went out for what was paid through them."""

from __future__ import annotations

from django.db import transaction

from duli.base.errors import NotFound
from duli.commerce.payments.configuration import known_for
from duli.commerce.payments.gateway import GatewayRefused, ParcelNotice, TellsOfParcels, gateways
from duli.commerce.payments.models import PaymentAttempt
from duli.commerce.payments.selectors import charge_of
from duli.commerce.payments.services.collections import reference_of
from duli.commerce.payments.states import AttemptState
from duli.platform.store.outside import require_no_transaction


@transaction.atomic
def plan_parcel_notice(*, collection_id: int, carrier: str, carrier_name: str, tracking_number: str) -> int:
    """Have every provider that wants to know told of a parcel, by a job each; return how many there are.

    `carrier` is our code of the courier, `carrier_name` its name in English.
    """
    from duli.commerce.payments.jobs import tell_of_parcel as tell_job

    if not tracking_number:
        return 0
    attempts = PaymentAttempt.objects.filter(collection_id=collection_id, state=AttemptState.CAPTURED)
    asked = [row for row in attempts if row.gateway in gateways and _wants(row.gateway)]
    for attempt in asked:
        tell_job.enqueue(
            attempt_id=attempt.pk, carrier=carrier, carrier_name=carrier_name, tracking_number=tracking_number
        )
    return len(asked)


def tell_of_parcel(*, attempt_id: int, carrier: str, carrier_name: str, tracking_number: str) -> bool:
    """Tell one provider of a parcel; again changes nothing there. Return whether it took note.

    Calls the provider, so never inside a transaction. NotFound, GatewayUnavailable (then try again).
    """
    require_no_transaction()
    attempt = PaymentAttempt.objects.select_related("collection").filter(pk=attempt_id).first()
    if attempt is None:
        raise NotFound()
    gateway, config = known_for(attempt)
    charge = charge_of(attempt.pk)
    if not isinstance(gateway, TellsOfParcels) or not charge:
        return False
    notice = ParcelNotice(
        attempt=reference_of(attempt, attempt.collection.currency),
        transaction_id=charge,
        carrier=carrier,
        carrier_name=carrier_name,
        tracking_number=tracking_number,
    )
    try:
        gateway.tell_of_parcel(notice, config)
    except GatewayRefused:
        # A number that the provider does not take stays untold: the parcel is on its way all the same.
        return False
    return True


def _wants(code: str) -> bool:
    return isinstance(gateways.get(code), TellsOfParcels)
