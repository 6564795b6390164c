"""The protocol that every tracking plugin speaks, its data, and the registry of providers.

A provider tells where parcels are: one carrier's own service or, mostly, an aggregator of many. It is stateless:
what the merchant set up comes in as a `CarrierConfig`, what is to be kept goes out as a result. It is always called
outside a transaction and may be called again: registering a parcel twice is no error. Two errors mean different
things: `CarrierUnavailable` – nobody knows what happened, try again; `CarrierRefused` – it is certain that nothing did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from duli.base.errors import DuliError
from duli.base.registry import Registry
from duli.base.setup_fields import FormerSecret, believed
from duli.base.setup_fields import SettingField as SettingField
from duli.base.setup_fields import Text as Text


def _(message: str) -> str:
    return message


class CarrierUnavailable(DuliError):
    """The provider did not answer, or not in a way that says what happened; try again."""

    code = "carrier_unavailable"
    message = _("The tracking service does not answer. Please try again in a moment.")
    status = 409


class CarrierRefused(DuliError):
    """The provider answered no. Parameters: reason (its code), detail (its words).

    `is_final`: asking again is of no use.
    """

    code = "carrier_refused"
    message = _("The tracking service refused: %(detail)s")
    status = 409

    def __init__(self, *, reason: str, detail: str, is_final: bool = True) -> None:
        super().__init__(reason=reason, detail=detail)
        self.reason = reason
        self.detail = detail
        self.is_final = is_final


class ForgedPush(DuliError):
    """The message was not signed by the provider."""

    code = "invalid_signature"
    message = _("The signature of this message is not valid.")
    status = 401


class MalformedPush(DuliError):
    """Signed, but not a message that this version understands."""

    code = "malformed_push"
    message = _("This message cannot be read.")
    status = 400


@dataclass(frozen=True, slots=True)
class ProviderDescription:
    """What a provider is, for merchants.

    `steps` say where each key is found, in order. `push` says where its messages are switched on: "parcel" –
    each parcel is registered with an address of its own; "account" – the merchant enters one address over there, which
    the set-up page shows; "none" – it never tells by itself. `poll_minutes`: never asked more often than that.
    `reply` is the body that its messages are answered with.
    """

    name: Text
    description: Text
    fields: tuple[SettingField, ...] = ()
    steps: tuple[Text, ...] = ()
    push: Literal["parcel", "account", "none"] = "none"
    poll_minutes: int = 30
    reply: str = ""


@dataclass(frozen=True, slots=True)
class CarrierConfig:
    """What the merchant set up, secrets in clear; `replaced` holds those that were exchanged lately, by name."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    replaced: Mapping[str, tuple[FormerSecret, ...]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the setting as stripped text, "" if it is not set."""
        value = self.values.get(name)
        return "" if value is None else str(value).strip()

    def secrets(self, name: str) -> tuple[str, ...]:
        """Return the secret and those it replaced lately, newest first: what is signed with either is believed."""
        return believed(self.text(name), self.replaced.get(name, ()))


@dataclass(frozen=True, slots=True)
class ParcelRef:
    """A parcel as we know it.

    `token` is our name for it, `secret` what its messages may be signed with, `key` the provider's own name for it.
    `carrier` is one of ours; `phone` that of whoever receives it; `label` the number of the order.
    """

    token: str
    secret: str
    key: str
    carrier: str
    number: str
    phone: str
    country: str
    language: str
    label: str
    push_url: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that happened to a parcel. `code` is the provider's own word, `state` one of `ParcelProgress`.

    `happened_at` carries the offset of where it happened, if that is known.
    """

    happened_at: datetime
    state: str
    text: str
    place: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All that a provider says about one parcel.

    `key`, `token`, `number`: whichever of them the provider names it by. `said`: a state that no sighting stands for
    ("expired"), "" for none. `carrier`: the one it turned out to be, if it is another than was told. `ended`: the
    provider looks no more; `given_up` among them means that it should be asked to look again, later.
    """

    sightings: tuple[Sighting, ...] = ()
    number: str = ""
    key: str = ""
    token: str = ""
    said: str = ""
    carrier: str = ""
    expected_on: date | None = None
    ended: Literal["", "finished", "given_up"] = ""


@dataclass(frozen=True, slots=True)
class Push:
    """One message: what is verified, who sent it (`external_id` is unique at the provider), and what it says."""

    external_id: str
    reports: tuple[Report, ...]


class TrackingProvider(Protocol):
    """All but `follows` and `parse_push` may call the provider; both errors above may be raised."""

    code: str
    description: ProviderDescription

    def follows(self, carrier: str, config: CarrierConfig) -> bool:
        """Say whether parcels of this carrier can be followed; no network."""

    def register(self, parcel: ParcelRef, config: CarrierConfig) -> str:
        """Ask to be told about a parcel; return the provider's key for it, "" if it has none. Again is no error."""

    def query(self, parcel: ParcelRef, config: CarrierConfig) -> Report:
        """Return all the provider knows of a parcel."""

    def stop(self, parcel: ParcelRef, config: CarrierConfig) -> None:
        """Ask to be told no more; again, or of a parcel it never knew, is no error."""

    def check(self, config: CarrierConfig) -> str:
        """Prove that the keys are right without changing anything; return what the provider says of the account."""

    def parse_push(self, body: bytes, headers: Mapping[str, str], secret: str, config: CarrierConfig) -> Push:
        """Verify the raw body (header names in lower case) and read it. ForgedPush, MalformedPush.

        `secret` is that of the parcel whose address was called, "" at the address of the account.
        """


providers: Registry[TrackingProvider] = Registry("tracking provider")
