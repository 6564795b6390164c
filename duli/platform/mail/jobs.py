from __future__ import annotations

from duli.platform.jobs.registry import job
from duli.platform.mail import services
from duli.platform.mail.types import ATTEMPTS


@job("mail.deliver", attempts=ATTEMPTS)
def deliver(*, mail_id: int) -> None:
    services.deliver(mail_id=mail_id)


@job("mail.forget_codes", schedule="*/15 * * * *")
def forget_codes() -> None:
    services.forget_codes()
