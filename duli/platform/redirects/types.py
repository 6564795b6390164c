from __future__ import annotations

from duli.base.errors import DuliError


def _(message: str) -> str:
    return message


class NotAnAddress(DuliError):
    code = "not_an_address"
    message = _("“%(address)s” is not an address: it begins with / or with https://.")
    status = 422


class LeadsToItself(DuliError):
    code = "leads_to_itself"
    message = _("“%(address)s” would lead to itself.")
    status = 422
