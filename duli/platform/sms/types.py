from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from duli.platform.sms.channel import SettingField


@dataclass(frozen=True, slots=True)
class Route:
    """By which service a message goes, and as which of its templates; `parameters` are (name, Jinja text)."""

    provider: str
    template: str = ""
    sign: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    refused: str = ""
    """A `Reason` why there is no way; the other fields are empty then."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A route with its parameters filled in: what has to be known to send a message later."""

    provider: str
    template: str = ""
    sign: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "provider": self.provider,
            "template": self.template,
            "sign": self.sign,
            "parameters": [list(pair) for pair in self.parameters],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        pairs = tuple((str(name), str(value)) for name, value in data.get("parameters", []))
        return cls(str(data["provider"]), str(data.get("template", "")), str(data.get("sign", "")), pairs)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a message has come: a `DispatchState`, and a `Reason` where it went wrong."""

    state: str
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DispatchView:
    """What is known of a message's way, for staff."""

    provider: str
    provider_name: str
    provider_id: str
    country: str
    state: str
    reason: str
    answer: str
    detail: str
    parts: int
    asked_at: datetime | None
    accepted_at: datetime | None
    reported_at: datetime | None


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One of our messages in one language, as a service's template; empty `template`: none is set."""

    kind: str
    language: str
    template: str = ""
    sign: str = ""
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AccountForm:
    """A service as the back office sets it up; secrets are not among the values, only whether they are set."""

    code: str
    name: str
    description: str
    fields: tuple[SettingField, ...]
    steps: tuple[str, ...]
    templates: str
    enabled: bool
    position: int
    countries: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    secrets_set: frozenset[str] = frozenset()
    is_set_up: bool = False
    push: str = "account"
    push_url: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """How much may be sent. `countries`: where to; `chosen`: what the merchant chose, empty for the markets' own."""

    countries: frozenset[str]
    chosen: tuple[str, ...]
    per_day: int
    per_country: int


@dataclass(frozen=True, slots=True)
class StopView:
    hint: str
    provider: str
    since: datetime


class SmsLater(Exception):
    """The message could not be handed over now; it is safe to try again. Names a reason, never the reader."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
