from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.text import one_line
from duli.commerce.catalogue.models import Category, Product, Tag
from duli.commerce.shipping.models import Method, Restriction
from duli.commerce.shipping.types import RestrictionNameTaken
from duli.platform.audit.services import record_change, values_of
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold

MOST_GOODS = 500


@transaction.atomic
def save_restriction(
    *,
    name: str,
    reason: str = "",
    tag_ids: Sequence[int] = (),
    category_ids: Sequence[int] = (),
    product_ids: Sequence[int] = (),
    countries: Sequence[str] = (),
    is_elsewhere: bool = False,
    method_codes: Sequence[str] = (),
    is_active: bool = True,
    restriction_id: int | None = None,
    actor: str = "",
    seen: Seen | None = None,
) -> Restriction:
    """Say that goods cannot be sent to countries (none: anywhere), or not by methods (none: not at all).

    InvalidInput (no goods, or some that are not there; a method that is not there; "all but" without a country),
    RestrictionNameTaken, NotFound.
    """
    hold("shipping:restrictions", seen)
    before = Restriction.objects.filter(pk=restriction_id).first() if restriction_id else None
    if restriction_id and before is None:
        raise NotFound()
    name = one_line(name, 120)
    if not name:
        raise InvalidInput(field="name")
    if Restriction.objects.filter(name=name).exclude(pk=restriction_id or 0).exists():
        raise RestrictionNameTaken(field="name")
    wanted: dict[type, set[int]] = {Tag: set(tag_ids), Category: set(category_ids), Product: set(product_ids)}
    if not any(wanted.values()) or sum(map(len, wanted.values())) > MOST_GOODS:
        raise InvalidInput(field="goods")
    known_goods = (
        Tag.objects.filter(pk__in=wanted[Tag]).count()
        + Category.objects.filter(pk__in=wanted[Category]).count()
        + Product.objects.filter(pk__in=wanted[Product]).count()
    )
    if known_goods != sum(map(len, wanted.values())):
        raise InvalidInput(field="goods")
    if set(method_codes) - set(Method.objects.filter(is_pickup=False).values_list("code", flat=True)):
        raise InvalidInput(field="methods")
    if is_elsewhere and not countries:
        raise InvalidInput(field="countries")
    known = values_of(before) if before else None
    row = before or Restriction()
    row.name, row.reason, row.is_active = name, one_line(reason, 255), is_active
    row.tag_ids, row.category_ids, row.product_ids = (
        sorted(wanted[Tag]),
        sorted(wanted[Category]),
        sorted(wanted[Product]),
    )
    row.countries, row.is_elsewhere, row.method_codes = list(countries), is_elsewhere, sorted(set(method_codes))
    row.save()
    record_change(
        area="shipping", reference=f"restriction:{row.pk}", label=name, before=known, after=values_of(row), actor=actor
    )
    mark("shipping")
    return row


@transaction.atomic
def delete_restriction(*, restriction_id: int, actor: str) -> None:
    """Let its goods go everywhere again. NotFound."""
    row = Restriction.objects.filter(pk=restriction_id).first()
    if row is None:
        raise NotFound()
    record_change(
        area="shipping",
        reference=f"restriction:{row.pk}",
        label=row.name,
        before=values_of(row),
        after=None,
        actor=actor,
    )
    row.delete()
    mark("shipping")
