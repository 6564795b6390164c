"""The only row locks of this room."""

from __future__ import annotations

from duli.base.ids import new_token
from duli.platform.sms.models import SmsAccount, SmsDispatch


def lock_dispatch(key: str) -> SmsDispatch | None:
    """Lock and return a message on its way, if there is one."""
    return SmsDispatch.objects.select_for_update().filter(key=key).first()


def lock_dispatch_told(*, provider: str, provider_id: str, token: str) -> SmsDispatch | None:
    """Lock and return the message that a service names by our name for it, or else by its own."""
    rows = SmsDispatch.objects.select_for_update().filter(provider=provider)
    found = rows.filter(token=token).first() if token else None
    return found or (rows.filter(provider_id=provider_id).order_by("pk").first() if provider_id else None)


def lock_account(code: str) -> SmsAccount:
    """Lock and return what a merchant set up for a service, or a new row."""
    row = SmsAccount.objects.select_for_update().filter(code=code).first()
    return row or SmsAccount(code=code, secret=new_token())
