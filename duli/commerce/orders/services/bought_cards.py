"""Gift cards as goods: made when their order is paid, worthless when it is refunded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.db import transaction

from duli.base.money import Money
from duli.commerce.orders import locks
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.states import OrderStatus, PaymentState
from duli.commerce.payments import services as payments
from duli.commerce.payments.gift_cards import cards_of_lines, end_of_life, source_key, today
from duli.commerce.payments.gifts import Gift
from duli.commerce.payments.models import GiftCard

_PAID = {PaymentState.PAID, PaymentState.PARTIALLY_REFUNDED}


@transaction.atomic
def issue_bought_cards(*, order_id: int, actor: str = "system") -> int:
    """Make the gift cards that a paid order bought, one for each unit that was not refunded; return how many are new.

    Each is worth what its unit cost, and sent to whom the buyer named, else to the buyer. Safe to call any number of
    times: a card is named by its line and the number of its unit. NotFound.
    """
    if not OrderLine.objects.filter(order_id=order_id, is_gift_card=True).exists():
        return 0
    order = locks.lock_order(order_id)
    if order.status == OrderStatus.CANCELLED or order.payment_state not in _PAID or order.paid_at is None:
        return 0
    lines = list(order.lines.filter(is_gift_card=True).order_by("pk"))
    known = cards_of_lines({line.pk: line.quantity for line in lines})
    count = 0
    for line in lines:
        have = {card.source_key for card in known[line.pk]}
        taken = sum(card.withdrawn for card in known[line.pk])  # type: ignore[attr-defined]
        units = line.quantity - line.refunded_quantity + taken
        for number in range(1, units + 1):
            if source_key(line.pk, number) not in have and line.unit_price_minor:
                _issue(order, line, source_key(line.pk, number), actor)
                count += 1
        # After a merge its cards belong to the order that its line belongs to.
        GiftCard.objects.filter(pk__in=[card.pk for card in known[line.pk]]).exclude(reference=order.reference).update(
            reference=order.reference
        )
    return count


def _issue(order: Order, line: OrderLine, key: str, actor: str) -> None:
    gift = Gift.from_json(line.gift)
    bought = today()
    payments.issue_gift_card(
        amount=Money(line.unit_price_minor, order.currency),
        actor=actor,
        language=order.language,
        recipient_email=gift.recipient_email or order.email,
        recipient_name=gift.recipient_name or ("" if gift.recipient_email else order.customer_name),
        sender_name=gift.sender_name or (order.customer_name if gift.recipient_email else ""),
        message=gift.message,
        deliver_on=date.fromisoformat(gift.deliver_on) if gift.deliver_on else None,
        expires_on=end_of_life(order.market_code, bought),
        reference=order.reference,
        source_key=key,
    )


def lines_with_cards(lines: Iterable[OrderLine]) -> set[int]:
    """Return the lines whose gift cards are out (no query for an order without)."""
    return {pk for pk, cards in cards_of_lines(_units(lines)).items() if cards}


def _units(lines: Iterable[OrderLine]) -> dict[int, int]:
    return {line.pk: line.quantity for line in lines if line.is_gift_card}


def take_back_units(order: Order, refunded: Mapping[int, int], *, actor: str) -> None:
    """Make cards worthless whose units were just refunded (already noted on the lines); of a locked order.

    Units that never became cards go first. GiftCardUsed.
    """
    lines = [line for line in order.lines.filter(pk__in=refunded) if line.is_gift_card]
    known = cards_of_lines(_units(lines))
    for line in lines:
        alive = [card for card in known[line.pk] if not card.withdrawn]  # type: ignore[attr-defined]
        too_many = len(alive) - (line.quantity - line.refunded_quantity)
        _take_back(order, line, alive, max(0, too_many), actor)


def take_back_all(order: Order, *, actor: str) -> None:
    """Make every card of a locked order worthless, because it is cancelled. GiftCardUsed."""
    lines = [line for line in order.lines.all() if line.is_gift_card]
    known = cards_of_lines(_units(lines))
    for line in lines:
        alive = [card for card in known[line.pk] if not card.withdrawn]  # type: ignore[attr-defined]
        _take_back(order, line, alive, len(alive), actor)


def _take_back(order: Order, line: OrderLine, cards: list[GiftCard], units: int, actor: str) -> None:
    payments.take_back_cards(cards=cards, units=units, reference=order.reference, actor=actor, title=line.title)
