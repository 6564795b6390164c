"""What this room keeps sealed: the secrets of second steps, in a table of allauth."""

from __future__ import annotations

from duli.platform.accounts.second_step import PURPOSE
from duli.platform.store.resealing import register

register("mfa.Authenticator", "data", PURPOSE)
