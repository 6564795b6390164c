"""What happens to referrals. Published with the reference of the customer who is credited."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("referrals.rewarded")
@dataclass(frozen=True, slots=True)
class FriendRewarded:
    """Who invited a friend was given store credit (minor units of `currency`), or where `minor` is 0 a code."""

    referral_id: int
    order_id: int
    minor: int
    currency: str


@event("referrals.partner_accepted")
@dataclass(frozen=True, slots=True)
class PartnerAccepted:
    """Who had asked to become a partner is one now."""

    referrer_id: int


@event("referrals.commission_approved")
@dataclass(frozen=True, slots=True)
class CommissionApproved:
    """Commissions on `orders` orders may be paid out to a partner: minor units of `currency` together."""

    referrer_id: int
    orders: int
    minor: int
    currency: str


@event("referrals.commission_paid")
@dataclass(frozen=True, slots=True)
class CommissionPaid:
    """A partner was paid: minor units of `currency`."""

    referrer_id: int
    payout_id: int
    minor: int
    currency: str
