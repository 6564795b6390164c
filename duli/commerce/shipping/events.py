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
