"""Rounding and splitting of whole units, for every place where an exact number must become minor units."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from math import gcd, lcm


class Rounding(StrEnum):
    """How a number between two units becomes one of them; UNNECESSARY refuses."""

    UNNECESSARY = "unnecessary"
    UP = "up"
    DOWN = "down"
    CEILING = "ceiling"
    FLOOR = "floor"
    HALF_UP = "half_up"
    HALF_DOWN = "half_down"
    HALF_EVEN = "half_even"


class RoundingNeeded(ArithmeticError):
    """The value is not a whole number of units and nobody said how to round it."""


def round_units(value: Fraction, mode: Rounding = Rounding.HALF_UP) -> int:
    """Return `value` as a whole number; halves and directions are seen from zero."""
    sign = -1 if value < 0 else 1
    whole, rest = divmod(abs(value), 1)
    if not rest:
        return sign * int(whole)
    if mode is Rounding.UNNECESSARY:
        raise RoundingNeeded(str(value))
    if rest == Fraction(1, 2):
        away = mode in {Rounding.UP, Rounding.HALF_UP} or (mode is Rounding.HALF_EVEN and whole % 2 == 1)
    elif mode in {Rounding.HALF_UP, Rounding.HALF_DOWN, Rounding.HALF_EVEN}:
        away = rest > Fraction(1, 2)
    else:
        away = mode is Rounding.UP
    if mode in {Rounding.CEILING, Rounding.FLOOR}:
        away = (sign > 0) == (mode is Rounding.CEILING)
    return sign * (int(whole) + away)


class Allocation(StrEnum):
    """Who gets the units that are left when every part is rounded down.

    TO_FIRST: one each from the first part on. TO_LARGEST_REMAINDER: to the parts that lost most.
    TO_LARGEST_RATIO: to the largest parts. SEPARATE: nobody, they are returned as one more part.
    BLOCKS_SEPARATE: as SEPARATE, and the parts stay in exact proportion to each other.
    """

    TO_FIRST = "to_first"
    TO_LARGEST_REMAINDER = "to_largest_remainder"
    TO_LARGEST_RATIO = "to_largest_ratio"
    SEPARATE = "separate"
    BLOCKS_SEPARATE = "blocks_separate"


def allocate_units(
    units: int, weights: Sequence[Fraction], mode: Allocation = Allocation.TO_LARGEST_REMAINDER
) -> list[int]:
    """Split whole `units` in proportion to `weights`; the parts always sum to `units`.

    Weights that are all zero split evenly; a weight of zero gets nothing otherwise. ValueError for no weight or a
    negative one. Negative units split like positive ones.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be non-negative and at least one")
    shares = list(weights) if any(weights) else [Fraction(1)] * len(weights)
    total = sum(shares, Fraction(0))
    sign = -1 if units < 0 else 1
    whole = abs(units)
    if mode is Allocation.BLOCKS_SEPARATE:
        parts = _blocks(whole, shares)
    else:
        parts = [int(whole * share / total) for share in shares]
    left = whole - sum(parts)
    if mode in {Allocation.SEPARATE, Allocation.BLOCKS_SEPARATE}:
        parts.append(left)
    else:
        wanting = [index for index, share in enumerate(shares) if share]
        if mode is Allocation.TO_LARGEST_REMAINDER:
            wanting.sort(key=lambda index: (parts[index] - whole * shares[index] / total, index))
        elif mode is Allocation.TO_LARGEST_RATIO:
            wanting.sort(key=lambda index: (-shares[index], index))
        for index in wanting[:left]:
            parts[index] += 1
    return [sign * part for part in parts]


def allocate_whole(units: int, weights: Sequence[int]) -> list[int]:
    """Split as `allocate_units` does by largest remainder, in whole numbers only: where many splits must be quick."""
    if not weights or min(weights) < 0:
        raise ValueError("weights must be non-negative and at least one")
    total = sum(weights)
    if not total:
        weights, total = [1] * len(weights), len(weights)
    sign, whole = (-1, -units) if units < 0 else (1, units)
    parts, rests = [], []
    for index, weight in enumerate(weights):
        part, rest = divmod(whole * weight, total)
        parts.append(part)
        if rest:
            rests.append((-rest, index))
    left = whole - sum(parts)
    if left:
        rests.sort()
        for _rest, index in rests[:left]:
            parts[index] += 1
    return parts if sign > 0 else [-part for part in parts]


def _blocks(whole: int, shares: Sequence[Fraction]) -> list[int]:
    denominator = lcm(*(share.denominator for share in shares))
    integers = [int(share * denominator) for share in shares]
    common = gcd(*integers)
    reduced = [value // common for value in integers]
    return [whole // sum(reduced) * value for value in reduced]
