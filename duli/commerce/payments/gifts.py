"""What the buyer of a gift card says of it: for whom it is, what is written with it, and when it is to arrive."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from duli.base.errors import InvalidInput
from duli.base.text import one_line, without_control
from duli.commerce.payments.gift_cards import today

MOST_NAME = 120
MOST_MESSAGE = 500
LATEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Gift:
    """Every part may be empty: without an address the card is the buyer's own. `deliver_on` is an ISO date or ""."""

    recipient_name: str = ""
    recipient_email: str = ""
    sender_name: str = ""
    message: str = ""
    deliver_on: str = ""

    def to_json(self) -> dict[str, str]:
        """Return only what was said; nothing is {}."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Gift:
        return cls(**{name: str(data.get(name, "")) for name in cls.__slots__})

    @property
    def key(self) -> str:
        """Tell cards to different people apart: two lines of one cart may be the same card otherwise."""
        said = self.to_json()
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:32] if said else ""


def clean_gift(gift: Gift) -> Gift:
    """Return what may be kept of it. A day is only kept with an address to send to.

    Raises InvalidInput for a part that is too long, an address that is none, and a day that is over or more than a
    year away; `field` is the part's name with "gift_" before it.
    """
    name, sender, email = (gift.recipient_name.strip(), gift.sender_name.strip(), gift.recipient_email.strip())
    for field, value, most in (
        ("recipient_name", name, MOST_NAME),
        ("sender_name", sender, MOST_NAME),
        ("message", gift.message.strip(), MOST_MESSAGE),
        ("recipient_email", email, 254),
    ):
        if len(value) > most:
            raise InvalidInput(field=f"gift_{field}")
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise InvalidInput(field="gift_recipient_email") from None
    day = ""
    if gift.deliver_on.strip() and email:
        try:
            wanted = date.fromisoformat(gift.deliver_on.strip()[:10])
        except ValueError:
            raise InvalidInput(field="gift_deliver_on") from None
        if not today() <= wanted <= today() + LATEST:
            raise InvalidInput(field="gift_deliver_on")
        day = wanted.isoformat() if wanted > today() else ""
    return Gift(
        recipient_name=one_line(name, MOST_NAME),
        recipient_email=email,
        sender_name=one_line(sender, MOST_NAME),
        message=without_control(gift.message).strip(),
        deliver_on=day,
    )
