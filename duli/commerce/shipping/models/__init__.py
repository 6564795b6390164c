from duli.commerce.shipping.models.tracking import CarrierAccount, CarrierMessage, TrackedParcel, TrackingEvent
from duli.commerce.shipping.models.zones import Method, Zone

__all__ = ["CarrierAccount", "CarrierMessage", "Method", "TrackedParcel", "TrackingEvent", "Zone"]
