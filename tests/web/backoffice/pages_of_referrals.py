"""The addresses of referrals, and the things their pages show."""

from __future__ import annotations

from tests.commerce.referrals.referring import brought_and_paid
from tests.web.backoffice.address import Address

ADDRESSES = (
    Address("referrals", "promotions.view"),
    Address("referral_settings", "promotions.edit", "promotions.edit"),
    Address("referral_partners", "promotions.view"),
    Address("referral_partner_new", "promotions.edit", "promotions.edit"),
    Address("referral_partner", "promotions.view", None, ("partner",)),
    Address("referral_partner_edit", "promotions.edit", "promotions.edit", ("partner",)),
    Address("referral_pay", "orders.payments", "orders.payments"),
    Address("referral_payouts", "promotions.view"),
    Address("referral_payout", "orders.payments", None, ("payout",)),
    Address("referral_payout_export", "orders.payments", None, ("payout", "=csv")),
    Address("referral_approve", "promotions.edit", "promotions.edit", ("referral",)),
    Address("referral_decline", "promotions.edit", "promotions.edit", ("referral",)),
)


def things() -> dict[str, int]:
    """Make what the addresses above name."""
    brought, payout = brought_and_paid()
    return {"partner": brought.referrer_id, "payout": payout.pk, "referral": brought.pk}
