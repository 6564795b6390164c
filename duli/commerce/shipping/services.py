from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from duli.commerce.shipping.models import Method, Zone
from duli.platform.store.changes import mark


@transaction.atomic
def save_zone(*, name: str, countries: Sequence[str], regions: Sequence[str] = (), position: int = 0) -> Zone:
    """Create or change the zone called `name`."""
    zone, _ = Zone.objects.update_or_create(
        name=name,
        defaults={"countries": list(countries), "regions": list(regions), "position": position},
    )
    mark("shipping")
    return zone


@transaction.atomic
def save_method(*, zone_id: int, code: str, **values: object) -> Method:
    """Create or change the method `code` of a zone; `values` are fields of `Method`."""
    method, _ = Method.objects.update_or_create(zone_id=zone_id, code=code, defaults=values)
    mark("shipping")
    return method
