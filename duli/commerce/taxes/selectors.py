"""What the tax room knows: the seller, limits, VAT ids; and how an order would be treated."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.pricing.selectors import exchange_rate
from duli.commerce.pricing.types import Duty, Place, Treatment
from duli.commerce.taxes.models import DutyMode, Registration, TaxProfile, Threshold, VatCheck
from duli.commerce.taxes.supply import in_union, treat
from duli.commerce.taxes.types import (
    EUROPEAN_UNION,
    NORTHERN_IRELAND,
    Goods,
    Limit,
    Registered,
    Scheme,
    Seller,
    Supply,
    VatStanding,
)
from duli.commerce.taxes.vat_ids import country_of
from duli.platform.store.changes import ChangeCache

DISTANCE = "eu_distance"
FRESH = timedelta(days=1)
"""How long an answer of a register may stand without asking again."""
IMPORT_LIMITS = {"GB": "uk_import", "AU": "au_import", "NO": "no_import"}

_profile: ChangeCache[TaxProfile] = ChangeCache(1)
_registrations: ChangeCache[list[Registration]] = ChangeCache(1)
_thresholds: ChangeCache[list[Threshold]] = ChangeCache(1)


def profile() -> TaxProfile:
    """Return who the seller is for the tax office; a copy nobody may save."""

    def read() -> TaxProfile:
        return TaxProfile.objects.filter(pk=1).first() or TaxProfile(pk=1)

    return _profile.get_or_make("profile", read, ["taxes"])


def registrations() -> QuerySet[Registration]:
    return Registration.objects.all()


def _in_force(day: date) -> tuple[Registered, ...]:
    rows = _registrations.get_or_make("all", lambda: list(Registration.objects.all()), ["taxes"])
    return tuple(
        Registered(row.kind, row.country, row.region, row.number)
        for row in rows
        if row.valid_from <= day and (row.valid_to is None or row.valid_to >= day)
    )


def seller(day: date) -> Seller:
    """Return who sells, as of a day."""
    row = profile()
    return Seller(row.country, row.region, _in_force(day) if row.country else ())


@cache
def _shipped_limits() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        (Path(__file__).parent / "data" / "thresholds.json").read_text(encoding="utf-8")
    )
    return found


def limits(day: date) -> dict[tuple[str, str], Limit]:
    """Return the limits in force on a day by code and region: the merchant's, else those the shop comes with."""

    def rows() -> list[Threshold]:
        shipped = [
            Threshold(
                code=entry["code"],
                region=entry["region"],
                currency=entry["currency"],
                minor=entry["minor"],
                valid_from=date.fromisoformat(str(entry["valid_from"])),
                valid_to=date.fromisoformat(str(entry["valid_to"])) if entry["valid_to"] else None,
            )
            for entry in _shipped_limits()
        ]
        own = list(Threshold.objects.order_by("valid_from"))
        # What the merchant wrote of a limit from the same day on is the truth about it.
        said = {(row.code, row.region, row.valid_from) for row in own}
        return [row for row in shipped if (row.code, row.region, row.valid_from) not in said] + own

    found: dict[tuple[str, str], Limit] = {}
    for row in sorted(_thresholds.get_or_make("all", rows, ["taxes"]), key=lambda row: row.valid_from):
        if row.valid_from <= day and (row.valid_to is None or row.valid_to >= day):
            found[row.code, row.region] = Limit(row.code, row.region, Money(row.minor, row.currency))
    return found


def limit(code: str, day: date, region: str = "") -> Money | None:
    """Return one limit in force on a day, of a region or else of all of them."""
    found = limits(day)
    row = found.get((code, region)) or found.get((code, ""))
    return row.amount if row else None


def converted(amount: Money, currency: str, at: datetime) -> Money | None:
    """Return an amount in another currency at the shop's own rate; None if the shop has none."""
    rate = exchange_rate(amount.currency, currency, at)
    return None if rate is None else Money.of(amount.amount * rate, currency)


def is_within(amount: Money, code: str, at: datetime) -> bool | None:
    """Say whether an amount is not above a limit; None: there is no such limit, or no rate of exchange."""
    most = limit(code, at.date())
    if most is None:
        return None
    found = converted(amount, most.currency, at)
    return None if found is None else found <= most


def incomparable(currencies: Iterable[str], at: datetime) -> list[Limit]:
    """Return the limits that decide about what this seller sells, and that amounts in one of these currencies cannot
    be compared with, for want of a rate of exchange: there, parcels are taken for larger ones.
    """
    who, row = seller(at.date()), profile()
    codes: set[str] = set()
    if in_union(who.country):
        codes |= set() if who.has("oss") else {DISTANCE}
    elif who.country:
        codes |= {"ioss"} if who.has("ioss") else set()
        codes |= {"eu_duty", "eu_duty_value"} if row.duty != DutyMode.OFF else set()
    if who.country and who.country != "GB":
        codes |= {IMPORT_LIMITS["GB"]}
    wanted = sorted(set(currencies))
    return [
        one
        for one in limits(at.date()).values()
        if one.code in codes and any(exchange_rate(each, one.amount.currency, at) is None for each in wanted)
    ]


def vat_standing(number: str, at: datetime | None = None) -> VatStanding | None:
    """Return what is known of a VAT id (one query), None if nobody asked.

    A register that did not answer takes nothing away from what it said within the last day.
    """
    if not number:
        return None
    rows = list(VatCheck.objects.filter(number=number)[:2])
    if not rows:
        return None
    row = rows[0]
    if row.state == VatCheck.State.UNAVAILABLE and len(rows) > 1 and rows[1].state != VatCheck.State.UNAVAILABLE:
        row = rows[1] if rows[1].checked_at > (at or now()) - FRESH else row
    return VatStanding(row.number, row.state, row.name, row.address, row.request_identifier, row.checked_at)


def union_place(place: Place) -> str:
    """Return the country of a place as the EU's tax law sees it: goods in Northern Ireland are as good as inside."""
    is_northern = place.country == "GB" and place.postal_code.strip().upper().startswith("BT")
    return NORTHERN_IRELAND if is_northern else place.country


def treatment_of(
    *,
    place: Place,
    value: Money,
    at: datetime,
    vat_id: str = "",
    goods: Goods = Goods.PHYSICAL,
    distance_sales: Callable[[Iterable[str], date], int] | None = None,
) -> Treatment:
    """Say who charges which tax on goods of a `value` (net of tax, without shipping) that go to a place.

    `distance_sales` tells what was sold into countries since a day, in minor units of euros, for the limit below which
    a seller in the EU may stay with its own country's rates; it is asked only where that matters.
    """
    day = at.date()
    who = seller(day)
    if not who.country:
        return Treatment(Scheme.DESTINATION, place)
    there = union_place(place)
    standing = vat_standing(vat_id, at)
    is_business = standing is not None and standing.state == VatCheck.State.VALID
    code = "ioss" if in_union(there) else IMPORT_LIMITS.get(there, "")
    supply = Supply(
        country=there,
        day=day,
        region=place.region,
        goods=goods,
        vat_country=country_of(vat_id) if is_business else "",
        is_small=is_within(value, code, at) if code and there != who.country else None,
    )
    if _asks_for_distance(who, supply) and distance_sales is not None:
        who = replace(who, is_over=_is_over(value, at, who.country, distance_sales))
    scheme, country = treat(who, supply)
    rates = _rates_place(country, place, who)
    return Treatment(
        scheme,
        rates,
        vat_id=vat_id,
        vat_state=standing.state if standing else ("unchecked" if vat_id else ""),
        proof=standing.request_identifier if standing else "",
        checked_at=standing.checked_at.isoformat() if standing and standing.checked_at else "",
        drops_tax=not country and (profile().drops_tax or scheme is Scheme.REVERSE_CHARGE),
        home=Place(who.country, who.region),
    )


def _rates_place(country: str, place: Place, who: Seller) -> Place:
    """Return the place whose rates count: that of the goods in all its detail, the seller's, or none."""
    if not country:
        return Place("")
    if country == NORTHERN_IRELAND:
        return place
    if country == place.country:
        return place
    return Place(country, who.region if country == who.country else "")


def _asks_for_distance(who: Seller, supply: Supply) -> bool:
    return (
        in_union(who.country)
        and in_union(supply.country)
        and who.country != supply.country
        and not supply.vat_country
        and not who.has("oss")
        and not who.has("vat", supply.country)
    )


def _is_over(value: Money, at: datetime, home: str, distance_sales: Callable[[Iterable[str], date], int]) -> bool:
    """Say whether this sale is the one that crosses the limit, or an earlier one of this year or the last was."""
    most = limit(DISTANCE, at.date())
    own = converted(value, "EUR", at)
    if most is None:
        return True
    others = sorted(EUROPEAN_UNION - {home})
    this_year = date(at.year, 1, 1)
    sold = distance_sales(others, this_year)
    if sold + (own.minor if own else 0) > most.minor:
        return True
    # Who was over it the year before stays so: asked only where this year alone does not say.
    return distance_sales(others, date(at.year - 1, 1, 1)) - sold > most.minor


def duty_of(*, place: Place, value: Money, codes: Iterable[str], at: datetime, vat_id: str = "") -> Duty | None:
    """Return what EU customs take of a small parcel from outside: so much for each distinct six digits of its HS codes.

    `codes` has one entry for each kind of goods; "" where nobody knows its code, which counts as one of its own. None:
    nothing is due, or nobody reckons it.
    """
    row = profile()
    if row.duty == DutyMode.OFF or not row.country or in_union(row.country) or not in_union(union_place(place)):
        return None
    standing = vat_standing(vat_id, at)
    if standing is not None and standing.state == VatCheck.State.VALID:
        return None
    each = limit("eu_duty", at.date())
    if each is None or is_within(value, "eu_duty_value", at) is not True:
        return None
    own = converted(each, value.currency, at)
    if own is None:
        return None
    digits = ["".join(sign for sign in code if sign.isdigit())[:6] for code in codes]
    known = tuple(sorted({code for code in digits if len(code) == 6}))
    unknown = sum(1 for code in digits if len(code) != 6)
    return Duty(own, known, unknown, is_charged=row.duty == DutyMode.CHARGE, is_taxed=row.taxes_duty)


def unanswered(limit_rows: int = 100) -> list[str]:
    """Return VAT ids whose register has not answered yet, the oldest first."""
    latest: dict[str, str] = {}
    for number, state in VatCheck.objects.order_by("-pk").values_list("number", "state")[:1000]:
        latest.setdefault(number, state)
    waiting = [number for number, state in latest.items() if state == VatCheck.State.UNAVAILABLE]
    return waiting[::-1][:limit_rows]


def registered_number(kind: str, day: date) -> str:
    """Return the number of a registration in force; "" if there is none."""
    return next((one.number for one in _in_force(day) if one.kind == kind), "")


def own_vat_id(day: date) -> str:
    """Return the shop's own VAT id at home, for questions to registers and for invoices; "" if it has none."""
    home = profile().country
    return next((one.number for one in _in_force(day) if one.kind == "vat" and one.country == home), "")


def answer_of(check_id: int) -> VatCheck | None:
    """Return one answer of a register as it was kept."""
    return VatCheck.objects.filter(pk=check_id).first()


def last_answer(number: str) -> VatCheck | None:
    """Return the last answer about a VAT id, with the name it stands for; None if nobody asked."""
    return VatCheck.objects.filter(number=number).first() if number else None
