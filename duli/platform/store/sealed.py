"""What this room keeps sealed."""

from __future__ import annotations

from duli.platform.store.lasting import PURPOSE
from duli.platform.store.resealing import register

register("store.LastingSecret", "sealed", PURPOSE)
