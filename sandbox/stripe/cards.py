"""The cards one can practise with, by what they do. The numbers are those of Stripe's own test mode."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal[
    "paid",
    "challenge",
    "card_declined",
    "insufficient_funds",
    "expired_card",
    "disputed",
    "inquiry",
    "refund_fails",
    "slow_refund",
]


@dataclass(frozen=True, slots=True)
class TestCard:
    number: str
    outcome: Outcome
    brand: str = "visa"


CARDS = (
    TestCard("4242424242424242", "paid"),
    TestCard("5555555555554444", "paid", "mastercard"),
    TestCard("4000000000003220", "challenge"),
    TestCard("4000000000000002", "card_declined"),
    TestCard("4000000000009995", "insufficient_funds"),
    TestCard("4000000000000069", "expired_card"),
    TestCard("4000000000000259", "disputed"),
    TestCard("4000000000001976", "inquiry"),
    TestCard("4000000000005126", "refund_fails"),
    TestCard("4000000000007726", "slow_refund"),
)
BY_NUMBER = {card.number: card for card in CARDS}
DECLINES = {
    "card_declined": ("card_declined", "generic_decline", "Your card was declined."),
    "insufficient_funds": ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    "expired_card": ("expired_card", "expired_card", "Your card has expired."),
    "authentication": (
        "payment_intent_authentication_failure",
        "",
        "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
    ),
}


def grouped(number: str) -> str:
    """Return a card number in groups of four."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def details_of(method: str, number: str, wallet: str = "") -> dict[str, Any]:
    """Return a charge's payment_method_details; of the card only what a merchant may keep."""
    if method != "card":
        return {"type": method, method: {}}
    card = BY_NUMBER[number]
    return {
        "type": "card",
        "card": {
            "brand": card.brand,
            "country": "US",
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": hashlib.sha256(number.encode()).hexdigest()[:16],
            "funding": "credit",
            "last4": number[-4:],
            "network": card.brand,
            "three_d_secure": {"result": "authenticated"} if card.outcome == "challenge" else None,
            "wallet": {"type": wallet, wallet: {}} if wallet else None,
        },
    }
