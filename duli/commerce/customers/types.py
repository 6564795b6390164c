from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from duli.base.errors import DuliError


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; which parts are used is the country's matter (`addresses.form_for`).

    `region` is the province or state, `district` the part of a city (区), `line1` street and number.
    """

    country: str
    name: str = ""
    phone: str = ""
    company: str = ""
    region: str = ""
    city: str = ""
    district: str = ""
    line1: str = ""
    line2: str = ""
    postal_code: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Address:
        """Read what `to_json` wrote; unknown keys are ignored."""
        known = {name: str(data.get(name) or "") for name in cls.__dataclass_fields__}
        return cls(**known)


class InvalidAddress(DuliError):
    """`fields` maps each field that is wrong to "required" or "invalid"."""

    code = "invalid_address"
    message = _("Please check the address.")
    status = 422

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(fields=dict(fields))
        self.fields = dict(fields)


class InvalidContact(DuliError):
    code = "invalid_contact"
    message = _("Please give an e-mail address or a phone number, so that we can reach you.")
    status = 422
