from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from duli.base.errors import DuliError, InvalidInput

# Pauses before each further try; the ladder that Standard Webhooks recommends, about 75 hours in all.
LADDER: Final[tuple[timedelta, ...]] = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
GIVE_UP_AFTER: Final = timedelta(days=5)
FORMER_SECRET_LASTS: Final = timedelta(hours=24)
MOST_ENDPOINTS: Final = 20


class BadEndpointAddress(InvalidInput):
    code = "webhook_address"
    message = "Enter a full web address that begins with https://."


class TooManyEndpoints(DuliError):
    code = "webhook_too_many"
    status = 409
    message = "There are %(limit)s addresses already; remove one first."


class EndpointOff(DuliError):
    code = "webhook_endpoint_off"
    status = 409
    message = "This address is switched off. Switch it on first."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try. `status_code` is None without an answer; `problem` is a short code."""

    status_code: int | None
    answer: str
    problem: str
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300
