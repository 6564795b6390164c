"""The only writers of referrals."""

from duli.commerce.referrals.services.attribute import attribute, restate
from duli.commerce.referrals.services.payout import pay_out
from duli.commerce.referrals.services.program import save_program
from duli.commerce.referrals.services.referrers import (
    apply_as_partner,
    count_click,
    follow,
    forget_devices,
    invite,
    save_pay_to,
    save_referrer,
)
from duli.commerce.referrals.services.settle import decide, settle_due

__all__ = [
    "apply_as_partner",
    "attribute",
    "count_click",
    "decide",
    "follow",
    "forget_devices",
    "invite",
    "pay_out",
    "restate",
    "save_pay_to",
    "save_program",
    "save_referrer",
    "settle_due",
]
