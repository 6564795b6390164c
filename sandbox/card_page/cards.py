"""The cards one can practise with, and what is wrong with any other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestCard:
    """`outcome`: paid, declined, insufficient_funds, challenge, late, double."""

    number: str
    outcome: str


CARDS = (
    TestCard("4242424242424242", "paid"),
    TestCard("4000000000003220", "challenge"),
    TestCard("4000000000000002", "declined"),
    TestCard("4000000000009995", "insufficient_funds"),
    TestCard("4000000000000077", "late"),
    TestCard("4000000000000259", "double"),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_OUTCOME = {card.outcome: card for card in CARDS}


def grouped(number: str) -> str:
    """Return a card number in groups of four."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def is_plausible(number: str) -> bool:
    """Say whether the digits pass the Luhn check."""
    if not number.isascii() or not number.isdigit() or not 12 <= len(number) <= 19:
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = (digit * 2 for digit in digits[1::2])
    return (sum(digits[::2]) + sum(digit - 9 if digit > 9 else digit for digit in doubled)) % 10 == 0


def problems(number: str, expiry: str, code: str, *, year: int, month: int) -> dict[str, str]:
    """Return what is wrong by field (number, expiry, code) as message names; empty if nothing is."""
    found = {}
    if not is_plausible(number):
        found["number"] = "number_wrong"
    elif number not in BY_NUMBER:
        found["number"] = "not_a_test_card"
    digits = "".join(character for character in expiry if character.isascii() and character.isdigit())
    if len(digits) != 4 or not 1 <= int(digits[:2]) <= 12:
        found["expiry"] = "expiry_wrong"
    elif (2000 + int(digits[2:]), int(digits[:2])) < (year, month):
        found["expiry"] = "expiry_past"
    if not (code.isascii() and code.isdigit() and len(code) in {3, 4}):
        found["code"] = "code_wrong"
    return found
