"""Gift cards in a cart: entered by their code, spent when the order is placed."""

from __future__ import annotations

from django.db import transaction

from duli.commerce.checkout import locks
from duli.commerce.checkout.models import Cart
from duli.commerce.payments.gift_cards import (
    GiftCardCurrency,
    GiftCardEmpty,
    GiftCardOver,
    GiftCardUnknown,
    card_by_code,
    state_of,
)

MOST_CARDS = 5


@transaction.atomic
def apply_gift_card(*, token: str, code: str) -> Cart:
    """Let a gift card pay for the cart, as far as it reaches; entered twice it is there once. Nothing is held.

    Raises CartNotFound, CartClosed, GiftCardUnknown (also for one card too many), GiftCardOver, GiftCardEmpty,
    GiftCardCurrency.
    """
    cart = locks.lock_open_cart(token)
    card = card_by_code(code)
    if card.pk in cart.gift_card_ids:
        return cart
    state = state_of(card)
    if state in {"disabled", "expired"}:
        raise GiftCardOver(field="gift_card")
    if state == "used":
        raise GiftCardEmpty(field="gift_card")
    if card.currency != cart.currency:
        raise GiftCardCurrency(field="gift_card", currency=card.currency, wanted=cart.currency)
    if len(cart.gift_card_ids) >= MOST_CARDS:
        raise GiftCardUnknown(field="gift_card")
    cart.gift_card_ids = [*cart.gift_card_ids, card.pk]
    cart.save(update_fields=["gift_card_ids"])
    return cart


@transaction.atomic
def remove_gift_card(*, token: str, card_id: int) -> Cart:
    """Take a gift card off the cart again. CartNotFound, CartClosed."""
    cart = locks.lock_open_cart(token)
    if card_id in cart.gift_card_ids:
        cart.gift_card_ids = [pk for pk in cart.gift_card_ids if pk != card_id]
        cart.save(update_fields=["gift_card_ids"])
    return cart
