from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money


def _(message: str) -> str:
    return message


EUROPEAN_UNION = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
NORTHERN_IRELAND = "XI"
"""Not a country, and for goods as good as a member state."""


class Scheme(StrEnum):
    """Why an order is taxed as it is."""

    DESTINATION = "destination"
    DOMESTIC = "domestic"
    LOCAL = "local"
    OSS = "oss"
    IOSS = "ioss"
    UK = "uk"
    REVERSE_CHARGE = "reverse_charge"
    OUTSIDE = "outside"
    EXPORT = "export"
    IMPORT = "import"
    UNREGISTERED = "unregistered"


CHARGED = frozenset({Scheme.DESTINATION, Scheme.DOMESTIC, Scheme.LOCAL, Scheme.OSS, Scheme.IOSS, Scheme.UK})
"""The schemes under which the seller charges tax."""


class Goods(StrEnum):
    PHYSICAL = "physical"
    DIGITAL = "digital"


@dataclass(frozen=True, slots=True)
class Registered:
    """A registration that is in force."""

    kind: str
    country: str
    region: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells. `is_over` says that its distance sales within the EU are above the limit; None: nobody knows."""

    country: str
    region: str = ""
    registrations: tuple[Registered, ...] = ()
    is_over: bool = False

    def has(self, kind: str, country: str = "", region: str = "") -> bool:
        return any(
            one.kind == kind and country in {"", one.country} and region in {"", one.region}
            for one in self.registrations
        )


@dataclass(frozen=True, slots=True)
class Supply:
    """What is sold to whom: where it goes, on which day, to a business with a valid VAT id or not.

    `is_small` says whether the value of the goods is below the import limit of where they go; None: nobody knows.
    """

    country: str
    day: date
    region: str = ""
    goods: Goods = Goods.PHYSICAL
    vat_country: str = ""
    is_small: bool | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a register said of a VAT id. `state` is "valid", "invalid" or "unavailable"."""

    state: str
    name: str = ""
    address: str = ""
    request_identifier: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class VatStanding:
    """What is known of a VAT id."""

    number: str
    state: str
    name: str = ""
    address: str = ""
    request_identifier: str = ""
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that is in force."""

    code: str
    region: str
    amount: Money


class InvalidVatId(DuliError):
    code = "invalid_vat_id"
    message = _("This is no VAT id. It begins with the letters of its country, such as DE123456789.")
    status = 422


class RegistrationTwice(Conflict):
    code = "registration_twice"
    message = _("There is a registration of this kind and place from the same day on. Change that one instead.")
