from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money
from duli.commerce.pricing.promotion_types import Promotion

MAXIMUM_CODES = 100_000
MOST_IN_CART = 5
BIRTHDAY: Final = "birthday:"
REFERRAL: Final = "referral:"
"""How what a code is given for begins."""


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class PromotionDraft:
    """What a merchant declares. `rules` as in rules.py; limits None: none.

    `on_shelf`: it is the price on the page. `is_listed`: shoppers find its code in the coupon centre. `floor_points`:
    goods keep their cost and so much of it. `budget_minor` (the store's own currency): it stops when it gave as much.
    `birthday_before`: so many days before a birthday everybody gets a code of their own (None: nobody does), which is
    good until `birthday_after` days after it.
    """

    name: str
    rules: Mapping[str, Any]
    titles: Mapping[str, str] = field(default_factory=dict)
    needs_code: bool = False
    is_active: bool = True
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    stacking: str = "all"
    group: str = ""
    priority: int = 100
    limit_total: int | None = None
    limit_customer: int | None = None
    limit_day: int | None = None
    on_shelf: bool = False
    is_listed: bool = False
    floor_points: int | None = None
    budget_minor: int | None = None
    birthday_before: int | None = None
    birthday_after: int = 30


@dataclass(frozen=True, slots=True)
class PromotionRow:
    """One promotion in a list; `state` is "running", "scheduled", "ended" or "off"."""

    id: int
    name: str
    rules: Mapping[str, Any]
    state: str
    needs_code: bool
    code: str
    starts_at: datetime | None
    ends_at: datetime | None
    uses: int
    limit_total: int | None
    on_shelf: bool = False
    birthday_before: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a promotion gave and what the orders with it came to, in one currency; cancelled orders do not count."""

    currency: str
    uses: int
    given: Money
    sold: Money


class CodeUnknown(DuliError):
    code = "code_unknown"
    message = _("This code is not known. Please check its spelling.")
    status = 422


class CodeNotNow(DuliError):
    """Its promotion is switched off; or, as the two kinds of it below say, not yet or no longer running."""

    code = "code_not_now"
    message = _("This code is not valid at this time.")
    status = 422


class CodeTooEarly(CodeNotNow):
    code = "code_too_early"
    message = _("This code cannot be used yet.")


class CodeOver(CodeNotNow):
    code = "code_over"
    message = _("This code has expired.")


class CodeOfSomebody(DuliError):
    """It was given to one customer, and this is not them: another one, or nobody who is signed in."""

    code = "code_of_somebody"
    message = _("This code was given to one account. Sign in to it to use the code.")
    status = 422


class CodeExhausted(Conflict):
    """It has been used as often as it may be: by all together, on this day, or by this customer."""

    code = "code_exhausted"
    message = _("“%(title)s” has been used as often as it may be. The total was changed; please check it.")


class CodeUsed(DuliError):
    code = "code_used"
    message = _("This code has been used as often as it may be.")
    status = 422


class TooManyCodes(DuliError):
    code = "too_many_codes"
    message = _("A cart takes up to %(maximum)s codes.")
    status = 422


class CodeTaken(Conflict):
    code = "code_taken"
    message = _("Another discount has this code already.")


class PromotionUsed(Conflict):
    """Orders were placed with it: it can be ended, not deleted."""

    code = "promotion_used"
    message = _("Orders were placed with this discount. End it instead of deleting it.")


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code that somebody has. `state` is "ready", "later" (not begun yet), "used" or "over".

    `promotion` is read in a language and currency; None where it has no value in that currency any more. `reason` is
    what it was given for: "birthday", "referral" (a friend ordered), or "" where nothing is known of it.
    """

    code: str
    title: str
    state: str
    ends_at: datetime | None
    is_own: bool
    promotion: Promotion | None = None
    reason: str = ""


class PromotionOwned(Conflict):
    """It is the price of a flash sale; `fields` has the sale's key."""

    code = "promotion_owned"
    message = _("This is the price of the flash sale “%(name)s”. It is changed with the sale.")
