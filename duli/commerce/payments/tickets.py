"""What a shopper carries to a provider's page that says who they are, and back again; nobody else can make one."""

from __future__ import annotations

from datetime import datetime

from django.core import signing

from duli.base.errors import NotFound

SALT = "payments.payer"
MAXIMUM_SECONDS = 15 * 60


def ticket_of(*, collection_id: int, key: str, until: datetime | None) -> str:
    """Return the signed name of a payment that is about to start."""
    return signing.dumps([collection_id, key, until.isoformat() if until else ""], salt=SALT)


def read_ticket(ticket: str) -> tuple[int, str, datetime | None]:
    """Return collection, key and end of the payment. NotFound for one that is forged or too old."""
    try:
        collection_id, key, until = signing.loads(ticket, salt=SALT, max_age=MAXIMUM_SECONDS)
    except (signing.BadSignature, ValueError) as error:
        raise NotFound() from error
    return collection_id, key, datetime.fromisoformat(until) if until else None
