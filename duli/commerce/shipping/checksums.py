"""Check digits of tracking numbers, as the couriers publish them. `serial` and `digit` are upper case ASCII."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Check = Callable[[str, str, Mapping[str, Any]], bool]


def _value(character: str) -> int:
    """Return a digit as itself and a letter as UPS counts it: A is 2, B is 3, … H is 9, I is 0."""
    return int(character) if character.isdigit() else (ord(character) - 3) % 10


def mod7(serial: str, digit: str, options: Mapping[str, Any]) -> bool:
    return int(serial) % 7 == int(digit)


def mod10(serial: str, digit: str, options: Mapping[str, Any]) -> bool:
    """Sum with a factor for each second character, counted from either end; the check digit fills it up to a ten."""
    odds, evens = int(options.get("odds_multiplier") or 1), int(options.get("evens_multiplier") or 1)
    characters = reversed(serial) if options.get("reverse") else serial
    total = sum(_value(character) * (odds if place % 2 else evens) for place, character in enumerate(characters))
    return -total % 10 == int(digit)


def luhn(serial: str, digit: str, options: Mapping[str, Any]) -> bool:
    total = 0
    for place, character in enumerate(reversed(serial)):
        doubled = int(character) * (1 if place % 2 else 2)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10 == int(digit)


def s10(serial: str, digit: str, options: Mapping[str, Any]) -> bool:
    """The Universal Postal Union's: 11 minus the weighted sum modulo 11, where 10 is written 0 and 11 is written 5."""
    rest: int = (
        11 - sum(int(number) * weight for number, weight in zip(serial, options["weightings"], strict=False)) % 11
    )
    return {10: 0, 11: 5}.get(rest, rest) == int(digit)


def weighted(serial: str, digit: str, options: Mapping[str, Any]) -> bool:
    total = sum(int(number) * weight for number, weight in zip(serial, options["weightings"], strict=False))
    return bool(total % options["modulo1"] % options["modulo2"] == int(digit))


def mod_37_36(serial: str, digit: str, options: Mapping[str, Any]) -> bool:
    """ISO 7064 MOD 37,36, over digits and letters."""
    check = 36
    for character in serial:
        check = (check + _ALPHABET.index(character)) % 36 or 36
        check = check * 2 % 37
    return _ALPHABET[(37 - check) % 36] == digit


CHECKS: dict[str, Check] = {
    "mod7": mod7,
    "mod10": mod10,
    "luhn": luhn,
    "s10": s10,
    "sum_product_with_weightings_and_modulo": weighted,
    "mod_37_36": mod_37_36,
}
