"""What this room keeps sealed."""

from __future__ import annotations

from duli.platform.sms.configuration import PURPOSE
from duli.platform.store.resealing import register

register("sms.SmsAccount", "settings", PURPOSE)
