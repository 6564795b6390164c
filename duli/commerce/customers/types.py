from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from duli.base.errors import Conflict, DuliError

if TYPE_CHECKING:
    from duli.commerce.customers.models import Customer


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; which parts are used is the country's matter (`addresses.form_for`).

    `region` is the province or state, `district` the part of a city (区), `line1` street and number.
    """

    country: str
    name: str = ""
    phone: str = ""
    company: str = ""
    region: str = ""
    city: str = ""
    district: str = ""
    line1: str = ""
    line2: str = ""
    postal_code: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Address:
        """Read what `to_json` wrote; unknown keys are ignored."""
        known = {name: str(data.get(name) or "") for name in cls.__dataclass_fields__}
        return cls(**known)


class InvalidAddress(DuliError):
    """`fields` maps each field that is wrong to "required" or "invalid"."""

    code = "invalid_address"
    message = _("Please check the address.")
    status = 422

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(fields=dict(fields))
        self.fields = dict(fields)


class InvalidContact(DuliError):
    code = "invalid_contact"
    message = _("Please give an e-mail address or a phone number, so that we can reach you.")
    status = 422


@dataclass(frozen=True, slots=True)
class CustomerValue:
    """What somebody has bought so far; minor units of the store's own currency, cancelled orders left out."""

    orders: int = 0
    spent_minor: int = 0
    refunded_minor: int = 0
    first_order_at: datetime | None = None
    last_order_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """What staff or an import say of a customer; None leaves what is there."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    tags: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """Where and to which words somebody agreed. `network` is the address of their connection, stored cut short."""

    source: str
    wording: str = ""
    wording_version: str = ""
    language: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """What a list of customers is narrowed to; empty parts do not narrow. Days are of the store's zone."""

    query: str = ""
    has_orders: bool | None = None
    orders_from: int | None = None
    orders_to: int | None = None
    has_account: bool | None = None
    spent_from_minor: int | None = None
    spent_to_minor: int | None = None
    last_order_from: datetime | None = None
    last_order_to: datetime | None = None
    countries: Sequence[str] = ()
    languages: Sequence[str] = ()
    tags: Sequence[str] = ()
    accepts: Sequence[str] = ()
    without_tags: Sequence[str] = ()
    joined_from: datetime | None = None
    segment: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a filter asks of one customer; amounts in minor units of the store's own currency."""

    orders: int
    spent_minor: int
    last_order_at: datetime | None
    joined_at: datetime
    country: str
    language: str
    has_account: bool
    tags: frozenset[str] = frozenset()
    accepts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What merging would give: the customer that stays, the one that becomes another name of it, and what moves.

    `unproved` says that the account has not proved the other one's address: whoever signed up might be a stranger.
    """

    kept: Customer
    alias: Customer
    result: CustomerDraft
    moves: Mapping[str, int]
    unproved: bool


class ContactTaken(Conflict):
    code = "contact_taken"
    message = _("This belongs to an account, which only its owner can change.")


class CustomerErased(Conflict):
    code = "customer_erased"
    message = _("This person has asked to be forgotten; nothing can be written down about them any more.")


class CannotMerge(Conflict):
    """The same row twice, or two accounts: a login cannot become two people."""

    code = "cannot_merge"
    message = _("Both customers have an account of their own, so they cannot be merged.")


class SameCustomer(Conflict):
    code = "same_customer"
    message = _("Choose another customer to merge with.")


class AddressNotProved(Conflict):
    """Merging would show a guest's orders to an account that has not proved the guest's address."""

    code = "address_not_proved"
    message = _(
        "The account has not confirmed this guest's address. Say that you have checked that it is the same person."
    )


class RequestExpired(Conflict):
    code = "data_request_expired"
    message = _("This link is no longer valid. Please ask for a new one.")


class StaffAccount(Conflict):
    code = "staff_account"
    message = _("This person works here. Close the staff account first.")


class NoProvedAddress(Conflict):
    """Nobody can be asked whether the deletion is really wanted."""

    code = "no_proved_address"
    message = _("Please confirm your e-mail address first, so that we can ask you there.")


class BirthdayFixed(Conflict):
    code = "birthday_fixed"
    message = _("A birthday can be told once a year. You can change it again from %(date)s on.")


class SegmentInUse(Conflict):
    """`names` are what asks for the segment: discounts."""

    code = "segment_in_use"
    message = _("This segment is asked for by %(names)s. Change that first.")


class TooManySegments(DuliError):
    code = "too_many_segments"
    message = _("There can be up to %(maximum)s segments.")
    status = 422
