"""What can happen to a message. Published with the message's own reference, so that an order's history shows it."""

from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("mail.sent")
@dataclass(frozen=True, slots=True)
class MailSent:
    """It was handed over, or kept in the outbox of a shop that cannot send."""

    mail_id: int
    template: str
    channel: str


@event("mail.arrived")
@dataclass(frozen=True, slots=True)
class MailArrived:
    """The service says that a text message reached its phone."""

    mail_id: int
    template: str
    channel: str


@event("mail.failed")
@dataclass(frozen=True, slots=True)
class MailFailed:
    """It was given up."""

    mail_id: int
    template: str
    channel: str


@event("mail.resent")
@dataclass(frozen=True, slots=True)
class MailResent:
    """Somebody of the staff asked to send it again."""

    mail_id: int
    template: str
    channel: str
