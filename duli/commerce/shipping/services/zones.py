"""What a merchant sets about shipping: zones, their methods, and what each costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.commerce.shipping.models import Method, Zone
from duli.commerce.shipping.types import CountryServed, RestServed
from duli.platform.audit.services import record_change, values_of
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold

EVERYWHERE = "*"


@transaction.atomic
def save_zone(
    *,
    name: str,
    countries: Sequence[str],
    regions: Sequence[str] = (),
    position: int | None = None,
    zone_id: int | None = None,
    actor: str = "",
    seen: Seen | None = None,
) -> Zone:
    """Create or change a zone: `zone_id`, else the one called `name`. `position` None leaves it where it is.

    InvalidInput (no country), NotFound; CountryServed, RestServed: another zone serves the whole of one of them.
    """
    hold("shipping:zones", seen)
    if not countries:
        raise InvalidInput(field="countries")
    rows = Zone.objects.filter(name=name) if zone_id is None else Zone.objects.filter(pk=zone_id)
    before = rows.first()
    if before is None and zone_id is not None:
        raise NotFound()
    if not regions:
        for other in Zone.objects.exclude(pk=before.pk if before else 0):
            if not other.regions and (twice := set(countries) & set(other.countries)):
                if EVERYWHERE in twice:
                    raise RestServed(field="where", zone=other.name)
                raise CountryServed(field="countries", country=min(twice), zone=other.name)
    known = values_of(before) if before else None
    zone = before or Zone()
    zone.name, zone.countries, zone.regions = name[:120], list(countries), list(regions)
    if position is not None:
        zone.position = position
    zone.save()
    record_change(
        area="shipping", reference=f"zone:{zone.pk}", label=name, before=known, after=values_of(zone), actor=actor
    )
    mark("shipping")
    return zone


@transaction.atomic
def delete_zone(*, zone_id: int, actor: str) -> None:
    """Stop sending to a zone, with its methods; orders keep what they were. NotFound."""
    hold("shipping:zones")
    zone = Zone.objects.filter(pk=zone_id).first()
    if zone is None:
        raise NotFound()
    record_change(
        area="shipping", reference=f"zone:{zone.pk}", label=zone.name, before=values_of(zone), after=None, actor=actor
    )
    zone.delete()
    mark("shipping")


@transaction.atomic
def save_method(*, zone_id: int, code: str, actor: str = "", seen: Seen | None = None, **values: object) -> Method:
    """Create or change the method `code` of a zone; `values` are fields of `Method`."""
    hold(f"shipping:{zone_id}:{code}", seen)
    before = Method.objects.filter(zone_id=zone_id, code=code).first()
    known = _told(before) if before else None
    method, _ = Method.objects.update_or_create(zone_id=zone_id, code=code, defaults=values)
    record_change(
        area="shipping",
        reference=f"method:{method.pk}",
        label=method.name,
        before=known,
        after=_told(method),
        actor=actor,
    )
    mark("shipping")
    return method


def _told(method: Method) -> dict[str, Any]:
    """Return a method as the audit log keeps it: its zone by name, and with each step what it is counted in."""
    found = values_of(method, leave_out=["zone_id"])
    rates = {
        currency: [{**step, "of": method.basis} for step in steps] if isinstance(steps, list) else steps
        for currency, steps in method.rates.items()
    }
    return {"zone": method.zone.name, **found, "rates": rates}


@transaction.atomic
def delete_method(*, method_id: int, actor: str) -> None:
    """Offer a method no more; orders keep what they were. NotFound."""
    method = Method.objects.filter(pk=method_id).first()
    if method is None:
        raise NotFound()
    record_change(
        area="shipping",
        reference=f"method:{method.pk}",
        label=method.name,
        before=_told(method),
        after=None,
        actor=actor,
    )
    method.delete()
    mark("shipping")


@transaction.atomic
def restate_rates(*, currency: str, to_currency: str, actor: str) -> None:
    """Let what methods cost in one currency be their cost in another, number by number; one that has it keeps it.

    Both have coins of the same size.
    """

    def moved(values: dict[str, Any]) -> dict[str, Any]:
        if to_currency in values:
            return values
        return {to_currency if code == currency else code: value for code, value in values.items()}

    for method in Method.objects.all():
        if currency in method.rates or currency in method.free_over:
            save_method(
                zone_id=method.zone_id,
                code=method.code,
                rates=moved(method.rates),
                free_over=moved(method.free_over),
                actor=actor,
            )
