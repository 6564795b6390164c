"""Gift cards: issued, blocked and corrected; a code is shown once, when it is made."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.payments import gift_cards as reads
from duli.commerce.payments import services
from duli.commerce.payments.models import GiftCard, GiftCardEntry
from duli.platform.store.selectors import current_store
from duli.web.api.admin.gate import ERRORS, actor_of, key_of, scope
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["gift cards"])
Json = dict[str, Any]
BIGGEST = 10**15


class GiftCardIn(Schema):
    minor: int = Field(gt=0, le=BIGGEST)
    currency: str = Field(min_length=3, max_length=3)
    language: str = ""
    recipient_email: str = Field("", max_length=254)
    recipient_name: str = Field("", max_length=120)
    sender_name: str = Field("", max_length=120)
    message: str = Field("", max_length=1000)
    deliver_on: date | None = None
    expires_on: date | None = None
    note: str = Field("", max_length=255)


class BlockIn(Schema):
    blocked: bool


class CorrectionIn(Schema):
    minor: int = Field(ge=-BIGGEST, le=BIGGEST, description="Below zero takes off.")
    note: str = Field(min_length=1, max_length=255)


def _card(row: GiftCard) -> Json:
    return {
        "id": row.pk,
        "last4": row.last4,
        "state": reads.state_of(row),
        "currency": row.currency,
        "initial_minor": row.initial_minor,
        "balance_minor": row.balance_minor,
        "recipient_email": row.recipient_email,
        "recipient_name": row.recipient_name,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
        "reference": row.reference,
        "created_at": row.created_at.isoformat(),
    }


@router.get("", response={200: Json, **ERRORS})
@scope("orders.view")
def list_gift_cards(request: HttpRequest, q: str = "", state: str = "", after: str = "", limit: int = PAGE) -> Json:
    """Gift cards, newest first; `q` is the end of a code, a recipient or an order, `state` active, used, … ."""
    found, cursor = page_by_id(reads.cards(q[:100], state[:20]), after=after, limit=limit)
    return {"gift_cards": [_card(row) for row in found], "next": cursor}


@router.get("/{int:card_id}", response={200: Json, **ERRORS})
@scope("orders.view")
def get_gift_card(request: HttpRequest, card_id: int) -> Json:
    """One card with its newest 200 entries."""
    card = reads.card_by_id(card_id)
    entries = GiftCardEntry.objects.filter(card=card).order_by("-pk")[:200]
    return {
        **_card(card),
        "entries": [
            {
                "reason": entry.reason,
                "amount_minor": entry.amount_minor,
                "reference": entry.reference,
                "created_at": entry.created_at.isoformat(),
            }
            for entry in entries
        ],
    }


@router.post("", response={201: Json, **ERRORS})
@scope("orders.payments", needs_key=True)
def issue_gift_card(request: HttpRequest, body: GiftCardIn) -> Status[Json]:
    """Issue a card; with an address it is sent there, else `…/code` gives its code."""
    values = body.dict(exclude={"minor", "currency", "language"})
    language = body.language or current_store().default_language
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput(field="language")
    card = services.issue_gift_card(
        amount=Money(body.minor, body.currency.upper()),
        language=language,
        actor=actor_of(request),
        source_key=key_of(request),
        **values,
    )
    return Status(201, _card(card))


@router.post("/{int:card_id}/code", response={200: Json, **ERRORS})
@scope("orders.payments", keeps_answer=False)
def renew_gift_card_code(request: HttpRequest, card_id: int) -> Json:
    """Give a card a new code, shown in this answer only; a former one is worthless."""
    code = services.renew_code(card_id=card_id, actor=actor_of(request))
    return {**_card(reads.card_by_id(card_id)), "code": code}


@router.post("/{int:card_id}/send", response={200: Json, **ERRORS})
@scope("orders.payments", needs_key=True)
def send_gift_card(request: HttpRequest, card_id: int) -> Json:
    """Send a card again, with a new code."""
    services.resend_gift_card(card_id=card_id, actor=actor_of(request))
    return _card(reads.card_by_id(card_id))


@router.post("/{int:card_id}/block", response={200: Json, **ERRORS})
@scope("orders.payments")
def block_gift_card(request: HttpRequest, card_id: int, body: BlockIn) -> Json:
    """Let a card pay nothing any more, or let it pay again."""
    return _card(services.block_gift_card(card_id=card_id, blocked=body.blocked, actor=actor_of(request)))


@router.post("/{int:card_id}/corrections", response={200: Json, **ERRORS})
@scope("orders.payments", needs_key=True)
def correct_gift_card(request: HttpRequest, card_id: int, body: CorrectionIn) -> Json:
    """Add to a card or take off it, with a reason."""
    card = reads.card_by_id(card_id)
    services.correct_gift_card(
        card_id=card_id,
        change=Money(body.minor, card.currency),
        actor=actor_of(request),
        idempotency_key=key_of(request),
        note=body.note,
    )
    return _card(reads.card_by_id(card_id))
