from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from duli.base.errors import Conflict, DuliError, NotFound

ATTEMPTS = 8


def _(message: str) -> str:
    return message


# What may be wrong with a text, as far as it can be said in the merchant's language; the engine says the rest.
EMPTY = _("it is empty")
PROBLEMS = (
    EMPTY,
    _("too long"),
    _("makes too much text"),
    _("does not come to an end"),
    _("needs too much memory or time"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a template before rendering; an SMS has no subject. `is_own`: the merchant wrote it."""

    subject: str
    body: str
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready to send; an SMS has only `text`."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template as the back office lists and edits it. `variables` are sample data, by name."""

    key: str
    channel: str
    language: str
    label: str
    help: str
    for_staff: bool
    subject: str
    body: str
    is_own: bool
    is_on: bool
    is_needed: bool
    variables: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MailView:
    """A message of the outbox. The words of a `secret` one (codes) are empty unless they may be revealed."""

    id: int
    key: str
    channel: str
    template: str
    label: str
    to: str
    language: str
    subject: str
    html: str
    text: str
    reference: str
    state: str
    attempts: int
    error: str
    secret: bool
    created_at: datetime
    sent_at: datetime | None


class UnknownTemplate(NotFound):
    code = "unknown_mail_template"
    message = _("There is no mail template “%(key)s”.")


class TemplateBroken(DuliError):
    """A merchant's text cannot be rendered; nothing was saved. `part` is "subject" or "body"."""

    code = "mail_template_broken"
    message = _("This text does not work: %(message)s (line %(line)s).")
    status = 422


class NoAddress(DuliError):
    code = "mail_no_address"
    message = _("There is no address to send this to.")
    status = 422


class DeliveryFailed(Exception):
    """The server did not take the message now. Names the message, never its reader."""

    def __init__(self, *, mail_id: int, problem: str) -> None:
        super().__init__(f"mail {mail_id}: {problem}")


class MessageNeeded(Conflict):
    code = "mail_needed"
    message = _("This message cannot be switched off: the law, or the safety of an account, needs it.")


@dataclass(frozen=True, slots=True)
class VersionView:
    """Words of a template that were saved at some time."""

    id: int
    subject: str
    body: str
    saved_by: str
    saved_at: datetime


class NoWay(Conflict):
    """Parameter: reason, a sentence."""

    code = "mail_no_way"
    message = _("This text message cannot be sent: %(reason)s")


class CodeNotResent(Conflict):
    """Codes live for minutes; an old one is of no use to anybody but a thief."""

    code = "mail_code_not_resent"
    message = _("Messages with a code are not sent again. Ask for a new code instead.")
