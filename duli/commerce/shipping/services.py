from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from duli.commerce.shipping.models import Method, Zone
from duli.platform.audit.services import record_change, values_of
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold


@transaction.atomic
def save_zone(
    *, name: str, countries: Sequence[str], regions: Sequence[str] = (), position: int = 0, actor: str = ""
) -> Zone:
    """Create or change the zone called `name`."""
    before = Zone.objects.filter(name=name).first()
    known = values_of(before) if before else None
    zone, _ = Zone.objects.update_or_create(
        name=name,
        defaults={"countries": list(countries), "regions": list(regions), "position": position},
    )
    record_change(
        area="shipping", reference=f"zone:{zone.pk}", label=name, before=known, after=values_of(zone), actor=actor
    )
    mark("shipping")
    return zone


@transaction.atomic
def save_method(*, zone_id: int, code: str, actor: str = "", seen: Seen | None = None, **values: object) -> Method:
    """Create or change the method `code` of a zone; `values` are fields of `Method`."""
    hold(f"shipping:{zone_id}:{code}", seen)
    before = Method.objects.filter(zone_id=zone_id, code=code).first()
    known = values_of(before) if before else None
    method, _ = Method.objects.update_or_create(zone_id=zone_id, code=code, defaults=values)
    record_change(
        area="shipping",
        reference=f"method:{method.pk}",
        label=method.name,
        before=known,
        after=values_of(method),
        actor=actor,
    )
    mark("shipping")
    return method
