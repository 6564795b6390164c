"""Asks the EU's VIES, and for British ids HMRC, whether a VAT id is in force."""

from __future__ import annotations


def register() -> None:
    """Add both registers."""
    from django.conf import settings

    from duli.commerce.taxes.vat_ids import registers
    from duli.plugins.vat_registers.hmrc import Hmrc
    from duli.plugins.vat_registers.vies import Vies

    registers.register("vies", Vies(getattr(settings, "VIES_URL", "")))
    hmrc = getattr(settings, "HMRC_URL", "")
    token = getattr(settings, "HMRC_TOKEN", "")
    if token:
        registers.register("gb", Hmrc(hmrc, token))
