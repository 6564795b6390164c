"""What this room keeps sealed."""

from __future__ import annotations

from duli.platform.language_models.configuration import PURPOSE
from duli.platform.store.resealing import register

register("language_models.ModelAccount", "settings", PURPOSE)
