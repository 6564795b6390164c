"""Rates of tax as data: which class of goods is taxed how much in which place, from which day to which."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.text import one_line
from duli.commerce.pricing.models import TaxRate
from duli.commerce.pricing.tax_rates import EVERYWHERE
from duli.commerce.pricing.types import TaxRateTwice
from duli.platform.audit.services import record_change, values_of
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold

_COUNTRY = re.compile(r"[A-Z]{2}")
_CLASS = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_POSTCODE = re.compile(r"[0-9A-Z][0-9A-Z -]{0,11}(\*|\.\.\.[0-9A-Z][0-9A-Z -]{0,11})?")
MOST_POSTCODES = 500
TOPIC = "taxes"


@transaction.atomic
def put_tax_rate(
    *,
    country: str,
    name: str,
    rate: Decimal,
    valid_from: date,
    valid_to: date | None = None,
    tax_class: str = "standard",
    region: str = "",
    postcodes: str = "",
    city: str = "",
    priority: int = 1,
    compound: bool = False,
    included: bool | None = None,
    rate_id: int | None = None,
    actor: str,
    seen: Seen | None = None,
) -> TaxRate:
    """Add a rate (0.13 for 13 %), or change one; of several for one place and class the latest that began counts.

    Orders keep the rates they were placed with. A `region` (a code such as "NY") beats its whole country, a `city` its
    region, `postcodes` ("902*;35000...38999") all of them; the country "*" is for those without a rate. Rates of
    another `priority` are levied beside, `compound` ones on the price with the taxes before. `valid_to` is the last day
    (None: until another one begins). Raises InvalidInput (naming the field), TaxRateTwice and NotFound.
    """
    values: dict[str, Any] = {
        "country": country.strip().upper(),
        "region": one_line(region, 20).upper(),
        "postcodes": postcode_list(postcodes),
        "city": one_line(city, 80),
        "tax_class": tax_class.strip().lower(),
        "name": one_line(name, 60),
        "rate": rate,
        "priority": priority,
        "compound": compound,
        "included": included,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    if values["country"] != EVERYWHERE and not _COUNTRY.fullmatch(values["country"]):
        raise InvalidInput(field="country")
    if not _CLASS.fullmatch(values["tax_class"]):
        raise InvalidInput(field="tax_class")
    if not values["name"]:
        raise InvalidInput(field="name")
    if not rate.is_finite() or not 0 <= rate <= 1 or rate != round(rate, 5):
        raise InvalidInput(field="rate")
    if not 1 <= priority <= 99:
        raise InvalidInput(field="priority")
    if valid_to is not None and valid_to < valid_from:
        raise InvalidInput(field="valid_to")
    hold("taxes", seen)
    row = TaxRate.objects.filter(pk=rate_id).first() if rate_id else TaxRate()
    if row is None:
        raise NotFound()
    place = {
        key: values[key] for key in ("country", "region", "postcodes", "city", "tax_class", "priority", "valid_from")
    }
    if TaxRate.objects.filter(**place).exclude(pk=row.pk).exists():
        raise TaxRateTwice(field="valid_from")
    before = values_of(row) if row.pk else None
    for key, value in values.items():
        setattr(row, key, value)
    row.save()
    _note(row, before, values_of(row), actor)
    return row


def postcode_list(text: str) -> str:
    """Return a list of postal codes as it is kept: each once, by ";". InvalidInput: no code, or more than fit."""
    found = list(dict.fromkeys(one.strip().upper() for one in re.split(r"[;\n]", text) if one.strip()))
    if any(not _POSTCODE.fullmatch(one) for one in found) or len(kept := ";".join(found)) > MOST_POSTCODES:
        raise InvalidInput(field="postcodes")
    return kept


@transaction.atomic
def delete_tax_rate(*, rate_id: int, actor: str) -> None:
    """Take a rate away: where no other counts, nothing is taxed from now on. NotFound."""
    hold("taxes")
    row = TaxRate.objects.filter(pk=rate_id).first()
    if row is None:
        raise NotFound()
    _note(row, values_of(row), None, actor)
    row.delete()


def _note(row: TaxRate, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, actor: str) -> None:
    record_change(
        area="taxes",
        reference=f"tax_rate:{row.pk}",
        label=" · ".join(filter(None, [row.country, row.region, row.tax_class])),
        before=before,
        after=after,
        actor=actor,
    )
    mark(TOPIC)
