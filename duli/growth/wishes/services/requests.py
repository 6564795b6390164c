"""Asking to be told when something is back: one mail, once, to an address that is proved."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.ids import new_token
from duli.commerce.catalogue.selectors import is_on_sale
from duli.commerce.checkout.types import NotForSale
from duli.commerce.inventory.selectors import availability
from duli.growth.wishes import locks, selectors
from duli.growth.wishes.models import StockRequest
from duli.growth.wishes.types import (
    MAXIMUM_OPEN_REQUESTS,
    TOLD_LIVES,
    UNCONFIRMED_LIVES,
    InvalidEmail,
    StillInStock,
    TooManyRequests,
)
from duli.platform.accounts.selectors import verified_user
from duli.platform.mail import services as mail
from duli.platform.mail.compose import page_url

TOLD_AT_ONCE = 200
MAXIMUM_ADDRESS = 254


def ask(
    *, variant_id: int, email: str, language: str, customer_id: int | None = None, user_id: int | None = None
) -> StockRequest:
    """Ask to be told once when a variant can be bought again; the same again returns the request there is.

    An address that the signed-in `user_id` has proved counts at once; any other gets a mail whose link confirms it,
    at most one a day. Raises InvalidEmail, NotForSale, StillInStock, TooManyRequests.
    """
    address = email.strip().lower()
    if len(address) > MAXIMUM_ADDRESS:
        raise InvalidEmail()
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidEmail() from None
    if not is_on_sale(variant_id, now()):
        raise NotForSale()
    stock = availability([variant_id]).get(variant_id)
    if stock is None or stock.available is None or stock.available > 0:
        raise StillInStock()
    owner = verified_user(email=address) if user_id is not None else None
    proved = owner is not None and owner.pk == user_id
    try:
        return _asked(variant_id, address, language, customer_id if proved else None, proved)
    except IntegrityError:
        # Somebody pressed twice: the other request is the one.
        return StockRequest.objects.get(variant_id=variant_id, email=address, told_at=None)


@transaction.atomic
def _asked(variant_id: int, address: str, language: str, customer_id: int | None, proved: bool) -> StockRequest:
    instant = now()
    row = StockRequest.objects.filter(variant_id=variant_id, email=address, told_at=None).first()
    if row is None:
        if StockRequest.objects.filter(email=address, told_at=None).count() >= MAXIMUM_OPEN_REQUESTS:
            raise TooManyRequests(maximum=MAXIMUM_OPEN_REQUESTS)
        row = StockRequest.objects.create(
            variant_id=variant_id,
            email=address,
            customer_id=customer_id,
            language=language,
            token=new_token(),
            created_at=instant,
            confirmed_at=instant if proved else None,
        )
    elif proved and row.confirmed_at is None:
        row.confirmed_at, row.customer_id = instant, customer_id
        row.save(update_fields=["confirmed_at", "customer"])
    if row.confirmed_at is None:
        mail.send(
            template="stock_confirm",
            to=address,
            language=row.language,
            context={"item": selectors.item_facts(row), "url": _page(row)},
            reference=f"variant:{variant_id}",
            key=f"stock_confirm:{row.pk}:{instant.date().isoformat()}",
        )
    return row


@transaction.atomic
def confirm(*, token: str) -> StockRequest:
    """Let a request count: whoever has the link got the mail. Raises NotFound."""
    row = locks.lock_request(token)
    if row is None:
        raise NotFound()
    if row.confirmed_at is None:
        row.confirmed_at = now()
        row.save(update_fields=["confirmed_at"])
        # It may have come back while the mail was on its way.
        from duli.growth.wishes.jobs import tell as job

        job.enqueue(variant_id=row.variant_id)
    return row


def withdraw(*, token: str) -> None:
    """Forget a request; one that is gone already is no error."""
    StockRequest.objects.filter(token=token).delete()


@transaction.atomic
def tell(*, variant_id: int) -> int:
    """Write to everybody who waits for a variant, if it can be bought now; return to how many.

    At most TOLD_AT_ONCE in one transaction: whoever calls comes again until it returns 0.
    """
    stock = availability([variant_id]).get(variant_id)
    if stock is None or stock.available == 0:
        return 0
    if not is_on_sale(variant_id, now()):
        return 0
    rows = list(locks.lock_waiting(variant_id, TOLD_AT_ONCE))
    for row in rows:
        item = selectors.item_facts(row)
        mail.send(
            template="stock_back",
            to=row.email,
            language=row.language,
            context={"item": item, "stop_url": _page(row)},
            reference=f"variant:{variant_id}",
            key=f"stock_back:{row.pk}",
        )
        row.told_at = now()
        row.save(update_fields=["told_at"])
    return len(rows)


def forget_old() -> int:
    """Delete requests that were never confirmed, and those that are answered; return how many."""
    instant = now()
    never = Q(confirmed_at=None, created_at__lt=instant - UNCONFIRMED_LIVES)
    answered = Q(told_at__lt=instant - TOLD_LIVES)
    return StockRequest.objects.filter(never | answered).delete()[0]


def _page(row: StockRequest) -> str:
    return page_url(f"/notify/{row.token}", row.language)
