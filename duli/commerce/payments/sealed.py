"""What this room keeps sealed: keys of providers, with those that were exchanged lately."""

from __future__ import annotations

from duli.commerce.payments.configuration import PURPOSE
from duli.platform.store.resealing import register

register("payments.GatewaySetting", "settings", PURPOSE)
register("payments.GatewaySetting", "test_settings", PURPOSE)
