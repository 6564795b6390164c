from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import pgettext_lazy

REWARD: Final = "reward"
"""Under which name a referral's `promised` has a friend's reward; a partner's has the keys of order lines."""


class Kind(models.TextChoices):
    """Who refers: a customer who invites friends, or a partner who is paid a commission."""

    FRIEND = "friend", pgettext_lazy("referrals", "Friend")
    PARTNER = "partner", pgettext_lazy("referrals", "Partner")


class ReferrerState(models.TextChoices):
    APPLIED = "applied", pgettext_lazy("referrals", "Asked to join")
    ACTIVE = "active", pgettext_lazy("referrals", "Active")
    PAUSED = "paused", pgettext_lazy("referrals", "Paused")
    DECLINED = "declined", pgettext_lazy("referrals", "Declined")


class ReferralState(models.TextChoices):
    """`APPROVED`: a friend's reward was given, a partner's commission may be paid out."""

    HELD = "held", pgettext_lazy("referrals", "To review")
    PENDING = "pending", pgettext_lazy("referrals", "Waiting")
    APPROVED = "approved", pgettext_lazy("referrals", "Approved")
    DECLINED = "declined", pgettext_lazy("referrals", "Declined")


CHECKS: Final = {
    "same_customer": pgettext_lazy("referrals", "Ordered by the referrer's own account"),
    "same_email": pgettext_lazy("referrals", "Same e-mail address as the referrer"),
    "same_phone": pgettext_lazy("referrals", "Same phone number as the referrer"),
    "same_address": pgettext_lazy("referrals", "Sent to an address of the referrer"),
    "same_device": pgettext_lazy("referrals", "Link followed on the referrer's own device"),
    "same_card": pgettext_lazy("referrals", "Paid with a card that the referrer used"),
    "not_first": pgettext_lazy("referrals", "Not the friend's first order"),
    "too_many": pgettext_lazy("referrals", "Unusually many orders in a short time"),
}
"""What makes staff look at an order that was referred."""
