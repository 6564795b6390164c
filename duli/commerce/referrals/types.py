from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class ProgramDraft:
    """The rules as a form says them; see `models.Program`. `commissions` are points by facet ("product:3")."""

    friends_on: bool = False
    reward: str = "credit"
    reward_minor: int = 0
    reward_promotion_id: int | None = None
    least_minor: int = 0
    partners_on: bool = False
    takes_applications: bool = False
    commission_points: int = 1000
    approves_itself: bool = False
    wait_days: int = 14
    window_days: int = 30
    asks_first: bool = True
    most_a_day: int = 5
    commissions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Earned:
    """What a referrer's orders brought in one currency: still waiting, approved and not paid, paid out."""

    currency: str
    waiting: Money
    approved: Money
    paid: Money


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """One referred order as its referrer sees it: of the buyer no more than the day."""

    placed_at: datetime
    state: str
    amount: Money
    reward_code: str


class NoReferrals(DuliError):
    """The program is off, or this person does not take part."""

    code = "no_referrals"
    message = _("This link does not count at the moment.")
    status = 404


class OwnCode(DuliError):
    """Somebody entered the code by which they invite others."""

    code = "own_referral_code"
    message = _("This is your own code. It is for the people you recommend the shop to.")
    status = 422


class ReferralSettled(Conflict):
    code = "referral_settled"
    message = _("This referral was decided already.")


class NotDueYet(Conflict):
    """Goods of the order can still come back, or it is not paid."""

    code = "referral_not_due"
    message = _("This order is not paid yet, or its goods can still come back.")


class NothingToPay(Conflict):
    code = "nothing_to_pay_out"
    message = _("There is nothing to pay out in this currency.")


class PaidMeanwhile(Conflict):
    code = "paid_out_meanwhile"
    message = _("Somebody else pays out at this moment. Please look again.")
