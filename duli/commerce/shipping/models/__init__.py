from duli.commerce.shipping.models.labels import CarrierQuote, ShippingLabel
from duli.commerce.shipping.models.tracking import CarrierAccount, CarrierMessage, TrackedParcel, TrackingEvent
from duli.commerce.shipping.models.zones import Method, Restriction, Zone

__all__ = [
    "CarrierAccount",
    "CarrierMessage",
    "CarrierQuote",
    "Method",
    "Restriction",
    "ShippingLabel",
    "TrackedParcel",
    "TrackingEvent",
    "Zone",
]
