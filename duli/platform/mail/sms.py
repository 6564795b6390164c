"""The protocol of whoever can send text messages. A plugin registers one; without it an SMS stays in the outbox."""

from __future__ import annotations

from typing import Protocol

from django.conf import settings

from duli.base.registry import Registry


class SmsSender(Protocol):
    code: str

    def send(self, *, to: str, text: str, template: str, key: str) -> None:
        """Hand over `text` for the number `to` (E.164); the same `key` again sends nothing more.

        Any exception means that it was not accepted; it is tried again.
        """


senders: Registry[SmsSender] = Registry("SMS sender")


def sender() -> SmsSender | None:
    """Return the sender to use: the first one that is registered."""
    return next((entry for _, entry in senders), None)


def can_send_sms() -> bool:
    """Say whether a text message would reach its reader: by a sender, or in the mailbox of a demo shop."""
    return sender() is not None or bool(settings.DEMO)
