from __future__ import annotations

from duli.platform.events.registry import EventContext, subscribes
from duli.platform.mail import services
from duli.platform.mail.texting import problem
from duli.platform.sms.events import SmsReported
from duli.platform.sms.states import DispatchState, Reason


@subscribes(SmsReported, name="mail.sms_reported")
def sms_reported(event: SmsReported, context: EventContext) -> None:
    kind, _, rest = event.key.partition(":")
    mail_id, _, resends = rest.partition(":")
    if kind == "mail":
        services.note_report(
            mail_id=int(mail_id),
            resends=int(resends),
            arrived=event.state == DispatchState.DELIVERED,
            problem=problem(Reason(event.reason)) if event.reason else "",
        )
