"""Gift cards as goods: what the product page asks, and how cart and order show what was said."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest

from duli.commerce.orders.models import Order
from duli.commerce.payments.gift_cards import bought_cards, paid_by_cards
from duli.commerce.payments.gifts import Gift
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.buying_drops import BoughtCardDrop, CardUseDrop
from duli.web.storefront.when import day, written
from duli.web.storefront.where import Where

_FIELDS = ("recipient_name", "recipient_email", "sender_name", "message", "deliver_on")
_LONGEST = 2000


def gift_of(request: HttpRequest) -> Gift | None:
    """Return what the product page's form says of a gift card; None where nothing is said."""
    said = {name: request.POST.get(f"gift_{name}", "")[:_LONGEST].strip() for name in _FIELDS}
    return Gift(**said) if any(said.values()) else None


def gift_words(gift: Gift | None, here: Where) -> tuple[str, ...]:
    """Return for whom a card is, when it is sent, and what is written with it."""
    if gift is None:
        return ()
    texts = theme_texts(here.language)
    whom = " · ".join(filter(None, [gift.recipient_name, gift.recipient_email]))
    return tuple(
        filter(
            None,
            [
                texts("gift.to", whom=whom) if whom else "",
                texts("gift.from", whom=gift.sender_name) if gift.sender_name else "",
                texts("gift.on", when=day(date.fromisoformat(gift.deliver_on), here)) if gift.deliver_on else "",
                texts("gift.says", message=gift.message) if gift.message else "",
            ],
        )
    )


def bought_card_drops(order: Order, here: Where) -> tuple[BoughtCardDrop, ...]:
    """Return the gift cards an order bought; no query for an order without."""
    units = {line.pk: line.quantity for line in order.lines.all() if line.is_gift_card}
    texts = theme_texts(here.language)
    found = []
    for card in bought_cards(units, buyer_email=order.email):
        notes = []
        if card.is_gift:
            whom = " · ".join(filter(None, [card.recipient_name, card.recipient_email]))
            notes.append(texts("gift.to", whom=whom))
        if card.delivered_at is not None:
            notes.append(texts("gift.sent", when=written(card.delivered_at, here, with_time=False)))
        elif card.deliver_on is not None:
            notes.append(texts("gift.on", when=day(card.deliver_on, here)))
        if card.expires_on is not None:
            notes.append(texts("gift_card.until", when=day(card.expires_on, here)))
        if card.balance != card.value and card.state == "active":
            notes.append(texts("gift.left", amount=card.balance.format(here.language)))
        found.append(
            BoughtCardDrop(
                label=f"•••• {card.last4}",
                code=card.code if card.state == "active" else "",
                value=card.value.format(here.language),
                state="" if card.state == "active" else texts(f"gift_card.{card.state}"),
                notes=tuple(notes),
            )
        )
    return tuple(found)


def paid_card_drops(order: Order, here: Where) -> tuple[CardUseDrop, ...]:
    """Return what gift cards paid of an order."""
    return tuple(
        CardUseDrop(use.id, f"•••• {use.last4}", use.amount.format(here.language))
        for use in paid_by_cards(order.reference)
    )
