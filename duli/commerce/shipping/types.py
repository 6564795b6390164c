from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money
from duli.commerce.shipping.carrier import SettingField, Text
from duli.commerce.shipping.carriers import carrier
from duli.commerce.shipping.estimates import NO_TERMS, Terms
from duli.commerce.shipping.label_seller import Offer
from duli.commerce.shipping.service_words import service_words


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is to be sent: weight in grams, value of the goods as priced, number of items."""

    weight_grams: int
    value: Money
    quantity: int


@dataclass(frozen=True, slots=True)
class SightingView:
    """Something that happened to a parcel; the moment at the offset of where it happened, if that is known."""

    happened_at: datetime
    state: str
    text: str
    place: str
    code: str
    provider: str
    actor: str


@dataclass(frozen=True, slots=True)
class ProgressView:
    """Where a parcel is. `sightings` newest first; `problem` says why nobody follows it."""

    id: int
    reference: str
    label: str
    carrier: str
    number: str
    provider: str
    state: str
    state_since: datetime
    last_event_at: datetime | None
    expected_on: date | None
    asked_at: datetime | None
    is_registered: bool
    problem: str
    problem_detail: str
    sightings: tuple[SightingView, ...]


@dataclass(frozen=True, slots=True)
class AccountForm:
    """A provider of tracking as its set-up page shows it; `push_url` is what the merchant enters over there."""

    code: str
    name: Text
    description: Text
    fields: tuple[SettingField, ...]
    steps: tuple[Text, ...]
    push_url: str
    enabled: bool
    is_set_up: bool
    position: int
    values: Mapping[str, str]
    secrets_set: frozenset[str]


class Converter(Protocol):
    """How amounts in one currency (`base`) become amounts in another one; the room of prices has one."""

    @property
    def base(self) -> str: ...

    def money(self, amount: Money) -> Money: ...


@dataclass(frozen=True, slots=True)
class LivePrice:
    """What a method costs by its carrier's word, with all that the merchant adds; `days` on the way if it says so."""

    price: Money
    why: str
    days: int | None


@dataclass(frozen=True, slots=True)
class LabelOffers:
    """What sending a parcel costs, the cheapest first; `quote_id` is where that is written down."""

    quote_id: int
    seller: str
    is_test: bool
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class SharedWay:
    """A service that every one of several parcels can be sent with: an offer and its price for each, in their order."""

    carrier: str
    name: str
    service: str
    offers: tuple[str, ...]
    prices: tuple[Money, ...]
    days: int | None

    @property
    def total(self) -> Money:
        return sum(self.prices[1:], self.prices[0])


@dataclass(frozen=True, slots=True)
class LabelView:
    """A label as staff see it; `is_stuck` says that a parcel carries it."""

    id: int
    reference: str
    parcel: str
    seller: str
    carrier: str
    name: str
    service: str
    number: str
    price: Money
    state: str
    state_words: str
    is_test: bool
    problem: str
    detail: str
    actor: str
    created_at: datetime
    file_id: int | None
    may_be_voided: bool
    may_be_printed: bool

    @property
    def is_stuck(self) -> bool:
        return bool(self.parcel)

    @property
    def carrier_name(self) -> str:
        """The carrier as people know it; as the seller calls it where it is none of ours."""
        found = carrier(self.carrier)
        return str(found.name) if found and self.carrier != "other" else self.name

    @property
    def service_name(self) -> str:
        """The service in words."""
        return service_words(self.service, self.name)


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
    is_pickup: bool = False
    """Nobody brings it: the shopper fetches it at a place of the shop."""
    terms: Terms = NO_TERMS


@dataclass(frozen=True, slots=True)
class Block:
    """A product that cannot be sent there: by `methods`, or not at all where none is named; `reason` for shoppers."""

    product_id: int
    methods: tuple[str, ...]
    reason: str


class RestrictionNameTaken(Conflict):
    code = "restriction_name_taken"
    message = _("Another restriction is called so already.")


class GoodsRestricted(DuliError):
    """Something in the cart cannot be sent to where it should go."""

    code = "goods_restricted"
    message = _("%(goods)s cannot be sent there. Take it out of the cart, or choose another country.")
    status = 409


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


class AskedTooOften(Conflict):
    """Parameters: minutes, until the tracking service may be asked again."""

    code = "asked_too_often"
    message = _("This parcel was asked about a moment ago. Please wait %(minutes)s minutes.")


class NobodyToAsk(Conflict):
    code = "nobody_to_ask"
    message = _("No tracking service that is switched on follows this carrier.")


class NobodySellsLabels(Conflict):
    code = "nobody_sells_labels"
    message = _("No service that sells labels is switched on. Set one up under Settings › Tracking and labels.")


class NoSharedWay(Conflict):
    code = "no_shared_way"
    message = _("No service takes all of these parcels. Buy their labels one by one.")


class OfferGone(Conflict):
    code = "offer_gone"
    message = _("This price is no longer offered. Please ask for the prices once more.")


class LabelUnderWay(Conflict):
    code = "label_under_way"
    message = _("A label for this order is being bought right now. Please look again in a minute.")


class NotVoidable(Conflict):
    code = "label_not_voidable"
    message = _("This label cannot be given back any more.")


class LabelNotReady(Conflict):
    code = "label_not_ready"
    message = _("The picture of this label is not here yet. Please try again in a minute.")
