"""What this room keeps sealed."""

from __future__ import annotations

from duli.commerce.shipping.configuration import PURPOSE
from duli.platform.store.resealing import register

register("shipping.CarrierAccount", "settings", PURPOSE)
