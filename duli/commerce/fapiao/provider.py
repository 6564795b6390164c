"""The protocol of services that issue fapiao by themselves, its data, and the registry.

Without one a person issues them in the tax office's system and writes down the numbers: that is always possible. A
provider is stateless: what the merchant set up comes in as a `ProviderConfig`. It is called outside of any transaction.
The same key asked for again must not become a second fapiao; where the answer was lost, `find` is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Protocol

from duli.base.errors import DuliError
from duli.base.registry import Registry
from duli.base.setup_fields import SettingField as SettingField
from duli.base.setup_fields import Text as Text


def _(message: str) -> str:
    return message


class ProviderUnavailable(DuliError):
    """The service did not answer, or not in a way that says what happened."""

    code = "fapiao_service_unavailable"
    message = _("The fapiao service does not answer. Please try again in a moment.")
    status = 409


class ProviderRefused(DuliError):
    """The service answered no: nothing was issued. `detail` are its words."""

    code = "fapiao_service_refused"
    message = _("The fapiao service refused: %(detail)s")
    status = 409

    def __init__(self, *, detail: str) -> None:
        super().__init__(detail=detail)
        self.detail = detail


class KeyTaken(ProviderRefused):
    """The service was asked for a fapiao of this key before: `find` says what became of it."""

    code = "fapiao_service_key_taken"


@dataclass(frozen=True, slots=True)
class ProviderDescription:
    """What a service is, for merchants; `steps` say where each key is found, in order."""

    name: Text
    description: Text
    fields: tuple[SettingField, ...] = ()
    steps: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """What the merchant set up, secrets in clear."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the setting as stripped text, "" if it is not set."""
        value = self.values.get(name)
        return "" if value is None else str(value).strip()


@dataclass(frozen=True, slots=True)
class PaperLine:
    """What was sold: `minor` is what all of it costs, in fen with tax; `rate` a fraction ("0.13")."""

    title: str
    quantity: int
    minor: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class PaperWish:
    """A blue fapiao to be issued over all of `lines`. `key` is our name for it, letters and digits, at most 20."""

    key: str
    is_special: bool
    title: str
    tax_number: str
    email: str
    lines: tuple[PaperLine, ...]
    address: str = ""
    phone: str = ""
    bank: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a fapiao has come; `why` are the service's words where it refused. `content` is its PDF or OFD."""

    state: Literal["under_way", "issued", "refused"]
    number: str = ""
    issued_on: date | None = None
    content: bytes = b""
    why: str = ""


class FapiaoProvider(Protocol):
    """All of it calls the service and may raise ProviderUnavailable and ProviderRefused."""

    code: str
    description: ProviderDescription

    def issue(self, wish: PaperWish, config: ProviderConfig) -> Progress:
        """Ask for a fapiao; most services only say that they took it. KeyTaken where they were asked before."""

    def find(self, key: str, config: ProviderConfig) -> Progress | None:
        """Say how far the fapiao of our key is; None if the service never heard of it."""

    def check(self, config: ProviderConfig) -> str:
        """Prove that the keys are right without issuing anything; return what the service says of the account."""


providers: Registry[FapiaoProvider] = Registry("fapiao provider")
