"""The protocol that every plugin for text messages speaks, its data, and the registry.

A channel is stateless: what the merchant set up comes in as a `ChannelConfig`. It is called outside of any transaction.
`send` may be called again for one message only after `ChannelRefused` or after `ChannelUnavailable(reached=False)`,
because then it is certain that nothing was sent; in every other case `find` is asked first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, cast, get_args

from django.utils.translation import gettext_lazy

from duli.base.errors import DuliError
from duli.base.registry import Registry
from duli.base.setup_fields import FormerSecret, believed, pairs_of
from duli.base.setup_fields import SettingField as SettingField
from duli.base.setup_fields import Text as Text

ReasonCode = Literal[
    "number", "country", "stopped", "busy", "keys", "balance", "sign", "template", "content", "unreachable", "other"
]

REASONS: tuple[str, ...] = get_args(ReasonCode)


def _(message: str) -> str:
    return message


class ChannelUnavailable(DuliError):
    """The service did not answer, or not in a way that says what happened. `reached`: it may have taken the message."""

    code = "sms_unavailable"
    message = _("The service for text messages does not answer. Please try again in a moment.")
    status = 409

    def __init__(self, *, reached: bool = True) -> None:
        super().__init__()
        self.reached = reached


class ChannelRefused(DuliError):
    """The service answered no: it is certain that nothing was sent.

    Parameters: reason (ours), answer (its code), detail (its words). `again`: later it may say yes.
    """

    code = "sms_refused"
    message = _("The service for text messages refused: %(detail)s")
    status = 409

    def __init__(self, *, reason: ReasonCode, answer: str, detail: str, again: bool = False) -> None:
        super().__init__(reason=reason, answer=answer, detail=detail or answer)
        self.reason = reason
        self.answer = answer
        self.detail = detail or answer
        self.again = again


class CannotTell(Exception):
    """This service does not say whether it took a message."""


class ForgedPush(DuliError):
    """The message did not come from the service."""

    code = "invalid_signature"
    message = _("The signature of this message is not valid.")
    status = 401


class MalformedPush(DuliError):
    """From the service, but not a message that this version understands."""

    code = "malformed_push"
    message = _("This message cannot be read.")
    status = 400


@dataclass(frozen=True, slots=True)
class ChannelDescription:
    """What a service is, for merchants.

    `steps` say where each key is found, in order. `templates`: it sends no words but approved templates, whose
    variables have names ("named") or places ("placed"); "" sends any words. `push`: the address for its messages is
    entered over there ("account"), or only for readers' answers, as each message brings it along ("message").
    `countries`: those it serves unless the merchant says otherwise, all if empty.
    """

    name: Text
    description: Text
    fields: tuple[SettingField, ...] = ()
    steps: tuple[Text, ...] = ()
    templates: Literal["", "named", "placed"] = ""
    push: Literal["account", "message"] = "account"
    countries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """What the merchant set up, secrets in clear; `replaced` holds those that were exchanged lately, by name.

    `push_url` is the secret address for the service's messages.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    push_url: str = ""
    replaced: Mapping[str, tuple[FormerSecret, ...]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the setting as stripped text, "" if it is not set."""
        value = self.values.get(name)
        return "" if value is None else str(value).strip()

    def secrets(self, name: str) -> tuple[str, ...]:
        """Return the secret and those it replaced lately, newest first: what is signed with either is believed."""
        return believed(self.text(name), self.replaced.get(name, ()))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message. `key` is our name for it (letters, digits, - and _, at most 40), `to` a number in E.164.

    `template`, `sign` and `parameters` (name, value; in order) are for services that send approved templates only.
    """

    key: str
    to: str
    text: str
    template: str = ""
    sign: str = ""
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service took a message. `id` is its name for it, "" if it did not say; `parts` how many it counts."""

    id: str
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message, named by the service's `id` or by our `key`. `answer` is the service's own code."""

    state: Literal["accepted", "delivered", "undelivered"]
    id: str = ""
    key: str = ""
    reason: ReasonCode | Literal[""] = ""
    answer: str = ""
    parts: int = 0
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a reader wrote back; `id` is the service's name for it."""

    id: str
    number: str
    command: Literal["stop", "start", ""]


@dataclass(frozen=True, slots=True)
class Push:
    """One message of a service, verified, and the body it is to be answered with."""

    reports: tuple[Report, ...] = ()
    heard: tuple[Heard, ...] = ()
    reply: str = '{"received": true}'
    reply_type: str = "application/json"


class SmsChannel(Protocol):
    """All but `parse_push` call the service and may raise ChannelUnavailable and ChannelRefused."""

    code: str
    description: ChannelDescription

    def send(self, message: Outgoing, config: ChannelConfig) -> Accepted:
        """Hand the message over."""

    def find(self, message: Outgoing, since: datetime, config: ChannelConfig) -> Accepted | None:
        """Say whether a message that was handed over after `since` was taken; None if not. CannotTell."""

    def check(self, config: ChannelConfig) -> str:
        """Prove that the keys are right without sending anything; return what the service says of the account."""

    def parse_push(self, body: bytes, headers: Mapping[str, str], url: str, config: ChannelConfig) -> Push:
        """Verify and read a message that came to our secret address (`url` as the service sees it, header names in
        lower case). ForgedPush, MalformedPush.
        """


channels: Registry[SmsChannel] = Registry("SMS channel")


def reasons_field() -> SettingField:
    """Return the field in which a merchant says what codes mean that the service has changed or added."""
    return SettingField(
        "reasons",
        gettext_lazy("Codes that mean something else"),
        "pairs",
        meanings=REASONS,
        help=gettext_lazy(
            "Only if the service announces other codes: code = number, country, stopped, busy, keys, balance, sign,"
            " template, content, unreachable or other."
        ),
    )


def meaning(code: str, config: ChannelConfig) -> ReasonCode | None:
    """Return what the merchant says a code means; None: what the plugin knows of it counts."""
    return cast("ReasonCode | None", pairs_of(config.text("reasons")).get(code))


STOP_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke", "r", "t", "td", "退订"}
START_WORDS = {"start", "unstop", "yes"}


def command_of(text: str) -> Literal["stop", "start", ""]:
    """Return what a reader wants who writes just one word back."""
    word = text.strip().casefold()
    if word in STOP_WORDS:
        return "stop"
    return "start" if word in START_WORDS else ""
