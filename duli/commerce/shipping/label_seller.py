"""The protocol of services that sell labels – what sending costs, buying, giving back – and the registry of them.

Who sells labels is mostly asked for tracking, too, and is set up once for both, under one code. Like those of tracking,
sellers are stateless and called outside of transactions. Asking what sending costs opens a shipment over there; its key
is stored before the label is bought, so that whoever was cut off between the question and the answer can look what
became of it: a shipment is bought once, however often that is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from duli.base.money import Money
from duli.base.registry import Registry
from duli.commerce.shipping.carrier import CarrierConfig

VoidState = Literal["submitted", "refunded", "rejected"]
TEST, LIVE = "test", "live"


@dataclass(frozen=True, slots=True)
class Postal:
    """An address as it is printed on a label."""

    country: str
    name: str = ""
    company: str = ""
    street1: str = ""
    street2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class CustomsItem:
    """Goods of one kind; value and weight are those of all units together."""

    description: str
    quantity: int
    value: Money
    weight_grams: int
    hs_code: str
    origin: str


@dataclass(frozen=True, slots=True)
class Customs:
    """What customs want to know. `incoterm`: "DDP" where duties are paid already, else "DDU".

    `ioss_country` is the member state that gave out the IOSS number, wherever the goods leave from.
    """

    items: tuple[CustomsItem, ...]
    incoterm: Literal["DDP", "DDU"]
    ioss_number: str = ""
    ioss_country: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """Weight with the box, and its measures; 0 where nobody measured."""

    weight_grams: int
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0


@dataclass(frozen=True, slots=True)
class Consignment:
    """Something that is to be sent. `reference` is our name for it, up to 40 characters."""

    reference: str
    sender: Postal
    recipient: Postal
    package: Package
    customs: Customs | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to send it. `carrier` is one of ours or "other", `name` what the seller calls it."""

    key: str
    carrier: str
    name: str
    service: str
    price: Money
    days: int | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "key": self.key,
            "carrier": self.carrier,
            "name": self.name,
            "service": self.service,
            "minor": self.price.minor,
            "currency": self.price.currency,
            "days": self.days,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Offer:
        days = data.get("days")
        return cls(
            str(data["key"]),
            str(data["carrier"]),
            str(data["name"]),
            str(data["service"]),
            Money(int(str(data["minor"])), str(data["currency"])),
            int(str(days)) if days is not None else None,
        )


@dataclass(frozen=True, slots=True)
class Offers:
    """What the seller offers for one consignment, the cheapest first; `shipment` is its key over there."""

    shipment: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class BoughtLabel:
    """A label that is paid for; `document_url` is where the seller keeps the PDF."""

    number: str
    carrier: str
    service: str
    price: Money
    document_url: str


class LabelSeller(Protocol):
    """All but `mode` call the seller; CarrierUnavailable and CarrierRefused may be raised."""

    code: str

    def mode(self, config: CarrierConfig) -> str:
        """Say whether labels are real ("live") or samples ("test") as it is set up; no network."""

    def offers(self, consignment: Consignment, config: CarrierConfig, *, patience_seconds: float) -> Offers:
        """Return what it costs to send something; nothing is bought."""

    def buy(self, shipment: str, offer: str, config: CarrierConfig) -> BoughtLabel:
        """Buy the label of a shipment. One that is bought already is bought no second time: it is returned."""

    def find(self, shipment: str, config: CarrierConfig) -> BoughtLabel | None:
        """Return the label of a shipment if it was bought."""

    def document(self, label: BoughtLabel, config: CarrierConfig) -> bytes:
        """Return the label as a PDF."""

    def void(self, shipment: str, config: CarrierConfig) -> VoidState:
        """Give a label back that was not used; again is no error."""

    def void_state(self, shipment: str, config: CarrierConfig) -> VoidState | None:
        """Return what became of giving it back; None if that was never asked for."""


sellers: Registry[LabelSeller] = Registry("seller of labels")
