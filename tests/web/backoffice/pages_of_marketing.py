"""The addresses of discounts and referrals, and the things their pages show."""

from __future__ import annotations

from duli.commerce.customers.services import save_segment
from tests import factories
from tests.commerce.referrals.referring import brought_and_paid
from tests.web.backoffice.address import Address

ADDRESSES = (
    Address("discounts", "promotions.view"),
    Address("discount_goals", "promotions.edit"),
    Address("discount_new", "promotions.edit", "promotions.edit", ("=ladder",)),
    Address("discount_sentence", None, "promotions.edit", ("=ladder",)),
    Address("discount_forecast", None, "promotions.edit", ("=ladder",)),
    Address("discount_draft_trial", None, "promotions.edit", ("=ladder",)),
    Address("discount_report", "promotions.view"),
    Address("discount_calendar", "promotions.view"),
    Address("discount_trial", "promotions.view"),
    Address("discount", "promotions.view", None, ("discount",)),
    Address("discount_edit", "promotions.edit", "promotions.edit", ("discount",)),
    Address("discount_switch", None, "promotions.edit", ("discount",)),
    Address("discount_code", "promotions.edit", "promotions.edit", ("discount",)),
    Address("discount_batch", "promotions.edit", "promotions.edit", ("discount",)),
    Address("discount_codes_export", "promotions.edit", None, ("discount", "=csv")),
    Address("discount_delete", "promotions.edit", "promotions.edit", ("discount",)),
    Address("segments", "customers.view"),
    Address("segment_new", "customers.edit", "customers.edit"),
    Address("segment_count", None, "customers.edit"),
    Address("segment_edit", "customers.edit", "customers.edit", ("segment",)),
    Address("segment_delete", "customers.edit", "customers.edit", ("segment",)),
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
    segment = save_segment(name="常客", rules={"orders_from": 2}, actor=factories.ACTOR)
    return {"segment": segment.pk, "partner": brought.referrer_id, "payout": payout.pk, "referral": brought.pk}
