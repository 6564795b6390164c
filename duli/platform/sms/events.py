from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("sms.reported")
@dataclass(frozen=True, slots=True)
class SmsReported:
    """The service said what became of a message; `key` is the one it was dispatched under."""

    key: str
    state: str
    reason: str


@event("sms.limit_reached")
@dataclass(frozen=True, slots=True)
class SmsLimitReached:
    """The first message of a day that a limit of the whole shop or of a country held back."""

    reason: str
    country: str
    limit: int
