from __future__ import annotations

from duli.base.errors import NotFound
from duli.growth.webhooks.models import Delivery, Endpoint


def lock_endpoint(endpoint_id: int) -> Endpoint:
    """Return the row, held until the transaction ends. NotFound."""
    endpoint = Endpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None:
        raise NotFound()
    return endpoint


def lock_delivery(delivery_id: int) -> Delivery:
    """Return the row with its endpoint, held until the transaction ends. NotFound."""
    delivery = (
        Delivery.objects.select_for_update(of=("self",)).select_related("endpoint").filter(pk=delivery_id).first()
    )
    if delivery is None:
        raise NotFound()
    return delivery
