"""What this room keeps sealed."""

from __future__ import annotations

from duli.commerce.fapiao.configuration import PURPOSE
from duli.platform.store.resealing import register

register("fapiao.FapiaoService", "settings", PURPOSE)
