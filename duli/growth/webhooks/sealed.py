"""What this room keeps sealed."""

from __future__ import annotations

from duli.growth.webhooks.services import PURPOSE
from duli.platform.store.resealing import register

register("webhooks.Endpoint", "sealed_secret", PURPOSE)
register("webhooks.Endpoint", "sealed_former_secret", PURPOSE)
