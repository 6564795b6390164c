from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent: weight in grams, value of the goods as priced, number of items."""

    weight_grams: int
    value: Money
    quantity: int


class Converter(Protocol):
    """How amounts in one currency (`base`) become amounts in another one; the room of prices has one."""

    @property
    def base(self) -> str: ...

    def money(self, amount: Money) -> Money: ...


@dataclass(frozen=True, slots=True)
class Rate:
    """A method that serves the destination, with its price and the reason for it."""

    method_id: int
    code: str
    name: str
    description: str
    carrier: str
    price: Money
    why: str
    min_days: int
    max_days: int
    free_over: Money | None
    tax_class: str = ""
    """How its price is taxed; empty: as the goods are."""


class CountryServed(Conflict):
    code = "country_served"
    message = _("%(country)s belongs to the zone “%(zone)s” already. Take it out there first.")


class RestServed(Conflict):
    code = "rest_served"
    message = _("The zone “%(zone)s” is for everywhere else already.")


class ZoneNameTaken(Conflict):
    code = "zone_name_taken"
    message = _("Another zone is called so already.")


class NoShippingMethod(DuliError):
    """No active method serves this destination in this currency."""

    code = "no_shipping_method"
    message = _("We do not ship to this address yet.")
    status = 409


class ShippingMethodUnavailable(DuliError):
    code = "shipping_method_unavailable"
    message = _("This shipping method is not available for your address. Please choose another one.")
    status = 409
