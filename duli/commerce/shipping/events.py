"""What happens to parcels. Published under the reference of whoever the parcel is followed for."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("shipping.parcel_moved")
@dataclass(frozen=True, slots=True)
class ParcelMoved:
    """A parcel's state is another one now; `before` is the former one."""

    parcel_id: int
    reference: str
    state: str
    before: str


@event("shipping.carrier_corrected")
@dataclass(frozen=True, slots=True)
class CarrierCorrected:
    """The provider found out that another carrier has the parcel."""

    parcel_id: int
    reference: str
    carrier: str
    before: str


@event("shipping.label_bought")
@dataclass(frozen=True, slots=True)
class LabelBought:
    """A label is paid for, in minor units of its currency."""

    label_id: int
    reference: str
    carrier: str
    number: str
    price_minor: int
    currency: str


@event("shipping.label_voided")
@dataclass(frozen=True, slots=True)
class LabelVoided:
    """A label was given back; `parcel` is what it was stuck to, if it was."""

    label_id: int
    reference: str
    parcel: str
