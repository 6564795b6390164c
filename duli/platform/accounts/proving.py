"""allauth says by a signal of its own when an address was proved, whichever way; the shop hears of it as an event."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import email_confirmed

from duli.platform.accounts.events import AddressProved
from duli.platform.events.services import publish


def _email_proved(sender: Any, email_address: Any, **kwargs: Any) -> None:
    publish_proved(email_address.user_id)


def publish_proved(user_id: int) -> None:
    """Tell the other rooms that this person has proved an address, in the caller's transaction."""
    publish(AddressProved(user_id), reference=f"user:{user_id}", actor=f"user:{user_id}")


def listen() -> None:
    email_confirmed.connect(_email_proved, dispatch_uid="duli.accounts.proved")
