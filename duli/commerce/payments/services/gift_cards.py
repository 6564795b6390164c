"""What happens to gift cards: issued, spent in a checkout, credited by a refund, blocked, given a new code.

The ledger is only added to; the balance beside it is changed in the same statement's transaction under the card's
lock, and the database keeps it from falling below zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F

from duli.base.clock import now
from duli.base.errors import InvalidInput
from duli.base.ids import new_token
from duli.base.money import Money, exponent
from duli.base.text import one_line, without_control
from duli.commerce.payments import gift_cards, locks
from duli.commerce.payments.events import GiftCardDue
from duli.commerce.payments.gift_cards import (
    GIFT_CARD,
    CardUse,
    GiftCardSpent,
    GiftCardUsed,
    code_of,
    hash_code,
    new_code,
    state_of,
)
from duli.commerce.payments.models import (
    GiftCard,
    GiftCardEntry,
    GiftCardLife,
    PaymentAttempt,
    PaymentCollection,
    PaymentEvent,
)
from duli.commerce.payments.services.record import restate
from duli.commerce.payments.states import AttemptState, EventKind
from duli.platform.audit.services import record
from duli.platform.events.services import publish
from duli.platform.store.selectors import market_by_code

MAXIMUM_MINOR = 10**11
LEAST_LIFE = timedelta(days=90)
"""So long at least can be spent what a refund puts back on a card that ran out, or is about to."""

Reason = GiftCardEntry.Reason


@transaction.atomic
def issue_gift_card(
    *,
    amount: Money,
    actor: str,
    language: str,
    recipient_email: str = "",
    recipient_name: str = "",
    sender_name: str = "",
    message: str = "",
    deliver_on: date | None = None,
    expires_on: date | None = None,
    note: str = "",
    reference: str = "",
    source_key: str | None = None,
) -> GiftCard:
    """Make a card worth `amount`; it has no code yet: `renew_code` gives one, when it is handed over.

    With an address it is sent there, at once or on the day `deliver_on` (of the store's time zone). `source_key` names
    what it was bought by; the same again returns the same card. A card that was bought has its code at once: the
    buyer's page may show it before any mail arrives. Raises InvalidInput.
    """
    if source_key is not None:
        known = GiftCard.objects.filter(source_key=source_key).first()
        if known is not None:
            return known
    try:
        exponent(amount.currency)
    except ValueError:
        raise InvalidInput(field="currency") from None
    if not 0 < amount.minor <= MAXIMUM_MINOR:
        raise InvalidInput(field="amount")
    if expires_on is not None and expires_on <= gift_cards.today():
        raise InvalidInput(field="expires_on")
    card = GiftCard.objects.create(
        currency=amount.currency,
        initial_minor=amount.minor,
        language=language,
        recipient_email=recipient_email.strip()[:254],
        recipient_name=one_line(recipient_name, 120),
        sender_name=one_line(sender_name, 120),
        message=without_control(message).strip()[:1000],
        deliver_on=deliver_on,
        expires_on=expires_on,
        note=one_line(note, 255),
        reference=reference[:60],
        source_key=source_key,
        created_by=actor,
        created_at=now(),
    )
    if source_key is not None:
        _give_code(card, bought=True)
        card.save(update_fields=["code_version", "code_hash", "last4"])
    _enter(card, amount.minor, Reason.ISSUED, f"issued:{card.pk}", reference=reference, actor=actor)
    if card.recipient_email and (deliver_on is None or deliver_on <= gift_cards.today()):
        publish(GiftCardDue(card.pk), reference=card.own_reference, actor=actor)
    return card


def _give_code(card: GiftCard, *, bought: bool) -> str:
    if bought:
        card.code_version += 1
    code = code_of(card) or new_code()
    card.code_hash = hash_code(code)
    card.last4 = code[-4:]
    return code


def _enter(card: GiftCard, minor: int, reason: str, key: str, *, reference: str, actor: str) -> bool:
    """Add to the ledger and change the balance of a locked card; False if that key was entered before."""
    _row, made = GiftCardEntry.objects.get_or_create(
        idempotency_key=key[:120],
        defaults={
            "card": card,
            "amount_minor": minor,
            "reason": reason,
            "reference": reference[:60],
            "actor": actor,
            "created_at": now(),
        },
    )
    if made:
        GiftCard.objects.filter(pk=card.pk).update(balance_minor=F("balance_minor") + minor)
        card.balance_minor += minor
    return made


@transaction.atomic
def renew_code(*, card_id: int, actor: str) -> str:
    """Give a card a new code and return it, this once: only its hash and its end are kept. A former code is worthless.

    NotFound.
    """
    card = locks.lock_gift_cards([card_id]).get(card_id) or gift_cards.card_by_id(card_id)
    code = _give_code(card, bought=bool(card.code_version))
    card.delivered_at = now()
    card.save(update_fields=["code_version", "code_hash", "last4", "delivered_at"])
    _note(card, "code_renewed", actor)
    return code


@transaction.atomic
def hand_over(*, card_id: int, actor: str) -> str:
    """Return the code that goes to a card's holder now: the one a bought card has, a new one of any other.

    NotFound.
    """
    card = locks.lock_gift_cards([card_id]).get(card_id) or gift_cards.card_by_id(card_id)
    if not card.code_version:
        return renew_code(card_id=card_id, actor=actor)
    if card.delivered_at is None:
        card.delivered_at = now()
        card.save(update_fields=["delivered_at"])
    return code_of(card)


@transaction.atomic(savepoint=False)
def hand_over_due(*, card_id: int) -> str:
    """Return the code of a card whose day has come, in the caller's transaction: the mail with it is written there too.

    Empty if there is nothing to send: it was handed over meanwhile, blocked, spent, or its day is still to come.
    """
    card = locks.lock_gift_cards([card_id]).get(card_id)
    if card is None or card.delivered_at is not None or state_of(card) != "active":
        return ""
    if not card.recipient_email or card.deliver_on is None or card.deliver_on > gift_cards.today():
        return ""
    return hand_over(card_id=card_id, actor="system")


@transaction.atomic(savepoint=False)
def take_back_cards(*, cards: Sequence[GiftCard], units: int, reference: str, actor: str, title: str) -> None:
    """Make `units` of these cards worthless because what bought them is refunded, in the caller's transaction.

    Only cards of which nothing was spent: those not sent yet first, then the youngest. GiftCardUsed.
    """
    if not units:
        return
    locked = locks.lock_gift_cards([card.pk for card in cards])
    whole = [card for card in locked.values() if card.balance_minor == card.initial_minor]
    if len(whole) < units:
        raise GiftCardUsed(title=title, left=len(whole))
    whole.sort(key=lambda card: (card.delivered_at is not None, -card.pk))
    for card in whole[:units]:
        _enter(card, -card.balance_minor, Reason.WITHDRAWN, f"withdrawn:{card.pk}", reference=reference, actor=actor)
        card.disabled_at = now()
        card.save(update_fields=["disabled_at"])
        _note(card, "withdrawn", actor)


@transaction.atomic
def save_life(*, market_code: str, years: int, to_year_end: bool) -> GiftCardLife:
    """Say how long cards bought in a market can be spent (0 years: without end); cards that are out stay as they are.

    InvalidInput.
    """
    if market_by_code(market_code) is None:
        raise InvalidInput(field="market")
    if not 0 <= years <= gift_cards.LONGEST_LIFE:
        raise InvalidInput(field="years")
    row, _made = GiftCardLife.objects.update_or_create(
        market_code=market_code, defaults={"years": years, "to_year_end": bool(years) and to_year_end}
    )
    return row


@transaction.atomic
def resend_gift_card(*, card_id: int, actor: str) -> None:
    """Send a card again, with a new code. NotFound, InvalidInput (it has no address)."""
    card = locks.lock_gift_cards([card_id]).get(card_id) or gift_cards.card_by_id(card_id)
    if not card.recipient_email:
        raise InvalidInput(field="recipient_email")
    if card.code_version:
        renew_code(card_id=card_id, actor=actor)
    publish(GiftCardDue(card.pk, again=True), reference=card.own_reference, actor=actor)


@transaction.atomic
def block_gift_card(*, card_id: int, blocked: bool, actor: str) -> GiftCard:
    """Let a card pay nothing any more, or let it pay again; its balance stays. NotFound."""
    card = locks.lock_gift_cards([card_id]).get(card_id) or gift_cards.card_by_id(card_id)
    if blocked != (card.disabled_at is not None):
        card.disabled_at = now() if blocked else None
        card.save(update_fields=["disabled_at"])
        _note(card, "blocked" if blocked else "unblocked", actor)
    return card


@transaction.atomic
def correct_gift_card(*, card_id: int, change: Money, actor: str, idempotency_key: str, note: str = "") -> GiftCard:
    """Add to a card, or take off it; never below nothing. NotFound, InvalidInput."""
    card = locks.lock_gift_cards([card_id]).get(card_id) or gift_cards.card_by_id(card_id)
    if change.currency != card.currency or not change.minor or abs(change.minor) > MAXIMUM_MINOR:
        raise InvalidInput(field="amount")
    if card.balance_minor + change.minor < 0:
        raise InvalidInput(field="amount")
    if _enter(
        card, change.minor, Reason.CORRECTED, f"corrected:{card.pk}:{idempotency_key}", reference="", actor=actor
    ):
        _note(card, "corrected", actor, {"amount": (None, change.format("en")), "note": (None, note[:255])})
    return card


def _note(card: GiftCard, action: str, actor: str, changes: dict[str, tuple[object, object]] | None = None) -> None:
    record(
        area="gift_cards",
        action=action,
        reference=card.own_reference,
        label=f"•••• {card.last4}",
        changes=changes or {"code": (None, f"•••• {card.last4}")},
        actor=actor,
    )


@transaction.atomic(savepoint=False)
def pay_with_gift_cards(*, collection: PaymentCollection, planned: Sequence[CardUse], actor: str) -> None:
    """Let cards pay what was planned of a collection, in the caller's transaction, or nothing at all.

    The cards are locked by primary key, so that one is spent once, however many checkouts want it. What a card pays is
    an attempt and an event of the collection like any other payment, so that refunds find their way back. Raises
    GiftCardSpent (then the caller's transaction must be rolled back).
    """
    locked = locks.lock_gift_cards([use.id for use in planned])
    instant = now()
    for use in planned:
        card = locked.get(use.id)
        if (
            card is None
            or state_of(card) != "active"
            or card.currency != collection.currency
            or card.balance_minor < use.amount.minor
        ):
            raise GiftCardSpent()
        attempt = PaymentAttempt.objects.create(
            collection=collection,
            gateway=GIFT_CARD,
            token=new_token(),
            idempotency_key=f"{collection.pk}:{GIFT_CARD}:{card.pk}",
            state=AttemptState.CAPTURED,
            amount_minor=use.amount.minor,
            external_id=card.own_reference,
            created_at=instant,
        )
        PaymentEvent.objects.create(
            provider=GIFT_CARD,
            external_id=f"spent:{attempt.token}",
            collection=collection,
            attempt=attempt,
            kind=EventKind.CAPTURED,
            attempt_token=attempt.token,
            transaction_id=f"spent:{attempt.token}",
            amount_minor=use.amount.minor,
            currency=collection.currency,
            actor=actor,
            received_at=instant,
            processed_at=instant,
        )
        _enter(
            card,
            -use.amount.minor,
            Reason.SPENT,
            f"spent:{attempt.token}",
            reference=collection.reference,
            actor=actor,
        )
    if planned:
        restate(collection, actor=actor)


def give_back(*, attempt: PaymentAttempt, amount: Money, key: str, reference: str, actor: str) -> None:
    """Put what a card paid back on it, in the caller's transaction; the same key again puts nothing.

    A card that ran out, or would soon, can be spent for another while.
    """
    card_id = int(attempt.external_id.partition(":")[2])
    card = locks.lock_gift_cards([card_id])[card_id]
    if not _enter(card, amount.minor, Reason.RETURNED, f"returned:{key}", reference=reference, actor=actor):
        return
    soonest = gift_cards.today() + LEAST_LIFE
    if card.expires_on is not None and card.expires_on < soonest:
        card.expires_on = soonest
        card.save(update_fields=["expires_on"])
