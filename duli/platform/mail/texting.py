"""Text messages of the outbox: by which way they will go, and handing them over to the room of SMS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from duli.base.clock import now
from duli.platform.mail.compose import compose_parameters
from duli.platform.mail.kinds import KINDS, TemplateKind
from duli.platform.mail.models import Mail
from duli.platform.mail.states import MailState
from duli.platform.mail.types import TemplateBroken
from duli.platform.sms.configuration import route_for
from duli.platform.sms.numbers import country_of
from duli.platform.sms.selectors import is_on
from duli.platform.sms.services import dispatch
from duli.platform.sms.states import DispatchState, Purpose, Reason
from duli.platform.sms.types import Plan

__all__ = ["hand_over", "is_on", "key_of", "planned", "problem", "words_of"]

# A code that comes later than this helps nobody.
CODES_LIVE = timedelta(minutes=10)
_MARK = "sms:"
_FACTS = "facts"
"""In the plan of a message that had no way yet: what the variables of a template are filled in from."""


@dataclass(frozen=True, slots=True)
class Planned:
    """`data` is what the outbox keeps; `refused` why there is no way."""

    data: dict[str, Any] = field(default_factory=dict)
    refused: Reason | None = None


def planned(kind: TemplateKind, to: str, language: str, context: Mapping[str, Any], *, by: str = "") -> Planned | None:
    """Choose the service and its template and fill in its variables; None in a shop without any service."""
    if not is_on():
        return None
    route = route_for(country=country_of(to), kind=kind.key, language=language, by=by)
    if route.refused:
        # A template may be added later: what its variables are made of is kept, except secrets, which are never resent.
        return Planned({} if kind.secret else {_FACTS: _plain(context)}, Reason(route.refused))
    try:
        parameters = compose_parameters(route.parameters, language=language, context=context)
    except TemplateBroken:
        return Planned(refused=Reason.TEMPLATE)
    return Planned(Plan(route.provider, route.template, route.sign, parameters).to_json())


def _plain(context: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(json.dumps(dict(context), default=str))
    return kept


def key_of(mail: Mail) -> str:
    """Return the key under which a message of the outbox is dispatched."""
    return f"mail:{mail.pk}:{mail.resends}"


def _late_plan(mail: Mail) -> tuple[dict[str, Any], Reason | None]:
    """Return a way for a message that had none when it was written, or why there still is none."""
    route = route_for(country=country_of(mail.to), kind=mail.template, language=mail.language)
    if route.refused:
        return {}, Reason(route.refused)
    if not route.template:
        return Plan(route.provider).to_json(), None
    if _FACTS not in mail.plan:
        return {}, Reason.NO_TEMPLATE
    try:
        parameters = compose_parameters(route.parameters, language=mail.language, context=mail.plan[_FACTS])
    except TemplateBroken:
        return {}, Reason.TEMPLATE
    return Plan(route.provider, route.template, route.sign, parameters).to_json(), None


def problem(reason: Reason) -> str:
    """Return what the outbox keeps of a reason; `words_of` makes a sentence of it for whoever reads."""
    return f"{_MARK}{reason}"


def words_of(error: str) -> str:
    """Return a problem of the outbox in the reader's language."""
    code = error.removeprefix(_MARK)
    return str(Reason(code).label) if error.startswith(_MARK) and code in Reason.values else error


def hand_over(mail: Mail) -> tuple[MailState, str]:
    """Hand a message over; return its state and, if it failed for good, why (see `problem`). SmsLater: try again."""
    plan, refused = (mail.plan, None) if mail.plan and _FACTS not in mail.plan else _late_plan(mail)
    if refused is not None:
        return MailState.FAILED, problem(refused)
    is_code = mail.template in KINDS and KINDS[mail.template].secret
    if is_code and now() - mail.created_at > CODES_LIVE:
        return MailState.FAILED, problem(Reason.LATE)
    outcome = dispatch(
        key=key_of(mail),
        to=mail.to,
        text=mail.text,
        purpose=Purpose.CODE if is_code else Purpose.NEWS,
        plan=Plan.from_json(plan),
    )
    if outcome.state == DispatchState.DELIVERED:
        return MailState.ARRIVED, ""
    if outcome.state == DispatchState.ACCEPTED:
        return MailState.SENT, ""
    return MailState.FAILED, problem(Reason(outcome.reason or Reason.OTHER))
