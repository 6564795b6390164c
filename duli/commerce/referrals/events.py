"""What happens to referrals. Published with the reference of the order."""

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
