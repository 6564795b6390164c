from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from duli.base.errors import Conflict, DuliError
from duli.base.setup_fields import SettingField
from duli.commerce.fapiao.states import FapiaoKind, TitleKind


def _(message: str) -> str:
    return message


CURRENCY = "CNY"
"""A fapiao is written in yuan; orders in another currency get none."""


@dataclass(frozen=True, slots=True)
class FapiaoWish:
    """What somebody wants on a fapiao. Address, phone, bank and account are of a company, and may stay empty."""

    title_kind: str = TitleKind.PERSON
    kind: str = FapiaoKind.NORMAL
    title: str = ""
    tax_number: str = ""
    email: str = ""
    address: str = ""
    phone: str = ""
    bank: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class FapiaoTerms:
    """What the shop offers: any at all, special ones, and within how many days it issues them.

    Where it is not `is_set_up` nobody can ever have asked.
    """

    is_offered: bool = False
    offers_special: bool = True
    days: int = 7
    is_set_up: bool = False


@dataclass(frozen=True, slots=True)
class ServiceForm:
    """A service with what is set up for it, without its secrets."""

    code: str
    name: str
    description: str
    fields: tuple[SettingField, ...]
    steps: tuple[str, ...]
    enabled: bool
    by_itself: bool
    is_set_up: bool
    values: Mapping[str, str]
    secrets_set: frozenset[str]


class InvalidFapiao(DuliError):
    """`problems` names each field that is wrong: "required", "invalid" or "too_long"."""

    code = "invalid_fapiao"
    message = _("Some fields are missing or wrong.")
    status = 422

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(fields=dict(problems))
        self.problems = dict(problems)


class FapiaoNotOffered(Conflict):
    code = "fapiao_not_offered"
    message = _("No fapiao can be issued for this order.")


class FapiaoIssuedAlready(Conflict):
    code = "fapiao_issued"
    message = _("A fapiao is issued already. Write to the shop if it has to be changed.")


class NothingToIssue(Conflict):
    code = "fapiao_nothing_to_issue"
    message = _("There is nothing to issue: the order is not paid, was refunded, or has its fapiao.")


class FapiaoNumberTaken(Conflict):
    code = "fapiao_number_taken"
    message = _("A fapiao with this number is recorded already.")


class RedFirst(Conflict):
    code = "fapiao_red_first"
    message = _("More is issued than the order is worth now. Record the red fapiao first.")


class NothingToTakeBack(Conflict):
    code = "fapiao_nothing_to_take_back"
    message = _("Nothing of this fapiao is left to be taken back.")


class SendingUnderWay(Conflict):
    code = "fapiao_sending_under_way"
    message = _("The service is issuing this fapiao. Wait for its answer.")


class NoService(Conflict):
    code = "fapiao_no_service"
    message = _("No fapiao service is switched on.")
