from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q

from duli.base.errors import NotFound
from duli.growth.webhooks.models import Delivery, Endpoint
from duli.platform.store.changes import ChangeCache

TOPIC: Final = "webhooks"


@dataclass(frozen=True, slots=True)
class ActiveEndpoint:
    """An endpoint that is told; empty `kinds` means of everything."""

    id: int
    kinds: frozenset[str]


_active: ChangeCache[tuple[ActiveEndpoint, ...]] = ChangeCache(size=1)


def _read() -> tuple[ActiveEndpoint, ...]:
    rows = Endpoint.objects.filter(is_active=True).order_by("pk").values_list("pk", "kinds")
    return tuple(ActiveEndpoint(pk, frozenset(kinds)) for pk, kinds in rows)


def active_endpoints() -> tuple[ActiveEndpoint, ...]:
    """Return who is told; from memory, right within one second of a change."""
    return _active.get_or_make("all", _read, [TOPIC])


def is_anybody_told() -> bool:
    """Whether any event needs to become a webhook at all."""
    return bool(active_endpoints())


def endpoints() -> list[Endpoint]:
    """Return every endpoint, with `waiting` and `failed` counts of its deliveries."""
    return list(
        Endpoint.objects.annotate(
            waiting=Count("deliveries", filter=Q(deliveries__state=Delivery.State.WAITING)),
            failed=Count("deliveries", filter=Q(deliveries__state=Delivery.State.FAILED)),
        ).order_by("pk")
    )


def endpoint(endpoint_id: int) -> Endpoint:
    """Return one endpoint. NotFound."""
    found = Endpoint.objects.filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound()
    return found


def delivery(delivery_id: int) -> Delivery:
    """Return one delivery with its endpoint and attempts. NotFound."""
    found = Delivery.objects.select_related("endpoint").prefetch_related("attempts").filter(pk=delivery_id).first()
    if found is None:
        raise NotFound()
    return found
