"""Who the seller is for the tax office, where it is registered, and the limits of the law as the merchant has them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.db import transaction

from duli.base.errors import InvalidInput, NotFound
from duli.base.money import exponent
from duli.base.text import one_line
from duli.commerce.taxes.models import DutyMode, Registration, TaxProfile, Threshold
from duli.commerce.taxes.types import RegistrationTwice
from duli.platform.audit.services import record_change, values_of
from duli.platform.store.changes import mark
from duli.platform.store.seen import Seen, hold

TOPIC = "taxes"
_COUNTRY = re.compile(r"[A-Z]{2}")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")


@transaction.atomic
def save_profile(
    *,
    country: str,
    region: str = "",
    drops_tax: bool = True,
    duty: str = DutyMode.OFF,
    taxes_duty: bool = True,
    actor: str,
    seen: Seen | None = None,
) -> TaxProfile:
    """Say where the seller is established (an empty country: goods are taxed where they go) and what it reckons.

    `drops_tax`: prices with tax become cheaper by it where none is charged. `duty` is a DutyMode. InvalidInput.
    """
    hold("taxes:profile", seen)
    code = country.strip().upper()
    if code and not _COUNTRY.fullmatch(code):
        raise InvalidInput(field="country")
    if duty not in DutyMode.values:
        raise InvalidInput(field="duty")
    row = TaxProfile.objects.filter(pk=1).first()
    before = values_of(row) if row else None
    row = row or TaxProfile(pk=1)
    row.country, row.region = code, one_line(region, 20).upper()
    row.drops_tax, row.duty, row.taxes_duty = drops_tax, duty, taxes_duty
    row.save()
    _note("tax_profile", row.pk, code, before, values_of(row), actor)
    return row


@transaction.atomic
def put_registration(
    *,
    kind: str,
    country: str,
    region: str = "",
    number: str = "",
    valid_from: date,
    valid_to: date | None = None,
    registration_id: int | None = None,
    actor: str,
    seen: Seen | None = None,
) -> Registration:
    """Add a registration, or change one; orders that were placed stay what they were.

    InvalidInput (kind, country, a state without a region, days that run backwards), RegistrationTwice, NotFound.
    """
    hold("taxes", seen)
    code = country.strip().upper()
    if kind not in Registration.Kind.values:
        raise InvalidInput(field="kind")
    if kind == Registration.Kind.US_STATE:
        code = "US"
    elif kind == Registration.Kind.UK:
        code = "GB"
    if not _COUNTRY.fullmatch(code):
        raise InvalidInput(field="country")
    place = one_line(region, 20).upper()
    if kind == Registration.Kind.US_STATE and not place:
        raise InvalidInput(field="region")
    if valid_to is not None and valid_to < valid_from:
        raise InvalidInput(field="valid_to")
    row = Registration.objects.filter(pk=registration_id).first() if registration_id else Registration()
    if row is None:
        raise NotFound()
    others = Registration.objects.filter(kind=kind, country=code, region=place, valid_from=valid_from)
    if others.exclude(pk=row.pk).exists():
        raise RegistrationTwice(field="valid_from")
    before = values_of(row) if row.pk else None
    row.kind, row.country, row.region, row.number = kind, code, place, one_line(number, 40)
    row.valid_from, row.valid_to = valid_from, valid_to
    row.save()
    _note("registration", row.pk, str(row), before, values_of(row), actor)
    return row


@transaction.atomic
def delete_registration(*, registration_id: int, actor: str) -> None:
    """Take a registration away; end it by its last day instead, where it counted once. NotFound."""
    hold("taxes")
    row = Registration.objects.filter(pk=registration_id).first()
    if row is None:
        raise NotFound()
    _note("registration", row.pk, str(row), values_of(row), None, actor)
    row.delete()


@transaction.atomic
def put_threshold(
    *,
    code: str,
    region: str = "",
    currency: str,
    minor: int,
    valid_from: date,
    valid_to: date | None = None,
    actor: str,
) -> Threshold:
    """Write a limit of the law from a day on, in minor units; the same code, region and day again changes it.

    InvalidInput: no such currency, below zero, a code that is none, days that run backwards.
    """
    hold("taxes")
    if not _CODE.fullmatch(code):
        raise InvalidInput(field="code")
    try:
        exponent(currency)
    except ValueError:
        raise InvalidInput(field="currency") from None
    if not 0 <= minor <= 10**15:
        raise InvalidInput(field="minor")
    if valid_to is not None and valid_to < valid_from:
        raise InvalidInput(field="valid_to")
    key: dict[str, Any] = {"code": code, "region": one_line(region, 20).upper(), "valid_from": valid_from}
    known = Threshold.objects.filter(**key).first()
    before = values_of(known) if known else None
    row, _made = Threshold.objects.update_or_create(
        **key, defaults={"currency": currency, "minor": minor, "valid_to": valid_to}
    )
    _note("threshold", row.pk, str(row), before, values_of(row), actor)
    return row


@transaction.atomic
def delete_threshold(*, threshold_id: int, actor: str) -> None:
    """Go back to the limit the shop comes with. NotFound."""
    hold("taxes")
    row = Threshold.objects.filter(pk=threshold_id).first()
    if row is None:
        raise NotFound()
    _note("threshold", row.pk, str(row), values_of(row), None, actor)
    row.delete()


def _note(
    kind: str, pk: int, label: str, before: dict[str, Any] | None, after: dict[str, Any] | None, actor: str
) -> None:
    record_change(area="taxes", reference=f"{kind}:{pk}", label=label, before=before, after=after, actor=actor)
    mark(TOPIC)
