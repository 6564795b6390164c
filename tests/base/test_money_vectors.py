"""The currency vectors, through the shop's own rounding, splitting and formatting.

The vectors know amounts with a scale of their own ("contexts"); Duli knows minor units only. So a context here is
the size of its unit, and every operation is done on whole units by `duli.base`.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from babel.numbers import format_currency

from duli.base.money import CurrencyMismatch, Money, exponent, total
from duli.base.rounding import Allocation, Rounding, RoundingNeeded, allocate_units, round_units
from tests.shared_data import shared

MODES = {"Unnecessary": "UNNECESSARY", "Up": "UP", "Down": "DOWN", "Ceiling": "CEILING"}
ALLOCATIONS = {
    "AllocationMode.FloorToFirst": Allocation.TO_FIRST,
    "AllocationMode.FloorToLargestRemainder": Allocation.TO_LARGEST_REMAINDER,
    "AllocationMode.FloorToLargestRatio": Allocation.TO_LARGEST_RATIO,
    "AllocationMode.FloorSeparate": Allocation.SEPARATE,
    "AllocationMode.BlockSeparate": Allocation.BLOCKS_SEPARATE,
    "SplitMode.ToFirst": Allocation.TO_FIRST,
    "SplitMode.Separate": Allocation.SEPARATE,
}
ERRORS = {
    "RoundingNecessaryException.class": RoundingNeeded,
    "NumberFormatException.class": ValueError,
    "CurrencyMismatchException.class": CurrencyMismatch,
}
AUTO = None


def mode(text: str) -> Rounding:
    return Rounding[MODES[text.removeprefix("RoundingMode.")]]


def unit(context: str, currency: str) -> tuple[int, int] | None:
    """Return (decimals, step) of a context; None for the one that takes as many decimals as there are."""
    if context == "AutoContext":
        return AUTO
    numbers = [int(found) for found in re.findall(r"\d+", context)]
    if context.startswith("CustomContext"):
        return numbers[0], numbers[1] if len(numbers) > 1 else 1
    if context.startswith("CashContext"):
        return exponent(currency), numbers[0]
    return exponent(currency), 1


def written(value: Fraction, currency: str, size: tuple[int, int] | None) -> str:
    """Return the value as the vectors write it."""
    if size is AUTO:
        exact = (Decimal(value.numerator) / Decimal(value.denominator)).normalize()
        return f"{currency} {exact:f}"
    decimals = size[0]
    return f"{currency} {Decimal(int(value * 10**decimals)).scaleb(-decimals):f}"


def rounded(value: Fraction, size: tuple[int, int] | None, how: Rounding) -> Fraction:
    if size is AUTO:
        return value
    one = Fraction(size[1], 10 ** size[0])
    return round_units(value / one, how) * one


class Amount:
    """A vector's ``[amount, currency, context]``."""

    def __init__(self, given: list[Any]) -> None:
        self.currency: str = given[1]
        self.context: str = given[2] if len(given) > 2 else "DefaultContext"
        self.size = unit(self.context, self.currency)
        self.value = Fraction(str(given[0]))
        if self.context == "DefaultContext":
            exact = Money.of(str(given[0]), self.currency, Rounding.UNNECESSARY)
            assert Fraction(exact.amount) == self.value


def check(expected: Any, compute: Any) -> None:
    if isinstance(expected, str) and expected in ERRORS:
        with pytest.raises(ERRORS[expected]):
            compute()
    else:
        assert compute() == expected


def of(args: list[Any]) -> None:
    expected, given, currency, *context = args

    def compute() -> str:
        if not context:
            return str(Money.of(given, currency, Rounding.UNNECESSARY))
        size = unit(context[0], currency)
        return written(rounded(Fraction(given), size, Rounding.UNNECESSARY), currency, size)

    check(expected, compute)


def of_minor(args: list[Any]) -> None:
    expected, given, currency, *context = args

    def compute() -> str:
        if isinstance(given, int):
            return str(Money(given, currency))
        size = unit(context[0] if context else "DefaultContext", currency)
        value = Fraction(given) / 10 ** exponent(currency)
        return written(rounded(value, size, Rounding.UNNECESSARY), currency, size)

    check(expected, compute)


def zero(args: list[Any]) -> None:
    currency, context, expected = args
    assert written(Fraction(Money.zero(currency).minor), currency, unit(context, currency)) == expected


def to_context(args: list[Any]) -> None:
    amount, context, how, expected = Amount(args[0]), *args[1:]
    size = unit(context, amount.currency)
    check(expected, lambda: written(rounded(amount.value, size, mode(how)), amount.currency, size))


def arithmetic(operation: Any) -> Any:
    def run(args: list[Any]) -> None:
        amount, other, how, expected = Amount(args[0]), *args[1:]
        if expected == "ContextException.class":
            # A free amount has no unit to round to; ours always has one, so there is nothing to refuse.
            assert amount.size is AUTO
            return

        def compute() -> str:
            value: Fraction
            if isinstance(other, list):
                right = Amount(other)
                # The currency check is Money's own.
                Money(0, amount.currency) + Money(0, right.currency)
                value = right.value
            else:
                value = Fraction(str(other))
            result = rounded(operation(amount.value, value), amount.size, mode(how))
            return written(result, amount.currency, amount.size)

        check(expected, compute)

    return run


def allocate(args: list[Any]) -> None:
    amount, weights, how, expected = Amount(args[0]), *args[1:]
    assert amount.size is not None
    one = Fraction(amount.size[1], 10 ** amount.size[0])
    parts = (
        allocate_units(int(amount.value / one), [Fraction(str(weight)) for weight in weights], ALLOCATIONS[how])
        if isinstance(weights, list)
        else allocate_units(int(amount.value / one), [Fraction(1)] * weights, ALLOCATIONS[how])
    )
    assert [written(part * one, amount.currency, amount.size) for part in parts] == expected
    if amount.size == (exponent(amount.currency), 1) and isinstance(weights, list):
        money = Money.of(str(args[0][0]), amount.currency)
        ours = money.allocate([Fraction(str(weight)) for weight in weights], ALLOCATIONS[how])
        assert [str(part) for part in ours] == expected


def fewer_than_one_part(args: list[Any]) -> None:
    with pytest.raises(ValueError):
        Money(100, "USD").split(args[0])


def unary(operation: Any) -> Any:
    def run(args: list[Any]) -> None:
        amount = Amount(args[0])
        assert written(operation(amount.value), amount.currency, amount.size) == args[1]

    return run


def sign(args: list[Any]) -> None:
    value = Amount(args[0]).value
    assert (value > 0) - (value < 0) == args[1]
    minor = round_units(value, Rounding.UP)
    assert (Money(minor, "USD") > Money.zero("USD")) - (Money(minor, "USD") < Money.zero("USD")) == args[1]


def compare(args: list[Any]) -> None:
    left, right = Amount(args[0]).value, Amount(args[1]).value
    assert (left > right) - (left < right) == args[2]


def minor_amount(args: list[Any]) -> None:
    amount = Amount(args[0])
    value = amount.value * 10 ** exponent(amount.currency)
    assert value == Fraction(args[1])
    if value.denominator == 1:
        assert Money.of(str(args[0][0]), amount.currency).minor == value


def converted(args: list[Any]) -> None:
    amount, (currency, rate, *context), expected = Amount(args[0]), args[1], args[2]
    size = unit(context[0] if context else "DefaultContext", currency)
    value = rounded(amount.value * Fraction(rate), size, Rounding.UNNECESSARY)
    assert written(value, currency, size) == expected


def formatted(args: list[Any]) -> None:
    amount, locale, whole_without_decimals, expected = Amount(args[0]), *args[1:]
    assert amount.size is not None
    decimals = 0 if whole_without_decimals and amount.value.denominator == 1 else amount.size[0]
    value = Decimal(amount.value.numerator) / Decimal(amount.value.denominator)
    if amount.context == "DefaultContext" and not whole_without_decimals:
        ours = Money.of(str(args[0][0]), amount.currency).format(locale)
    else:
        digits = "0" + ("." + "0" * decimals if decimals else "")
        pattern = f"¤{digits}" if locale == "en_GB" else f"{digits} ¤"
        ours = format_currency(value, amount.currency, format=pattern, locale=locale, currency_digits=False)
    assert re.sub(r"\s", " ", ours) == re.sub(r"\s", " ", expected)


def extreme(choose: Any) -> Any:
    def run(args: list[Any]) -> None:
        amounts = [Amount(given) for given in args[0]]
        best = choose(amounts, key=lambda amount: amount.value)
        assert written(best.value, best.currency, unit(args[2], best.currency)) == args[1]
        minor = [Money.of(str(given[0]), given[1], Rounding.UNNECESSARY) for given in args[0] if len(given) == 2]
        if len(minor) == len(amounts):
            assert str(choose(minor)) == args[1]

    return run


def summed(args: list[Any]) -> None:
    context = args[2]
    currency = args[0][0][1]
    if context == "DefaultContext":
        assert str(total([Money.of(given[0], currency) for given in args[0]], currency)) == args[1]
    value = sum((Fraction(given[0]) for given in args[0]), Fraction(0))
    assert written(value, currency, unit(context, currency)) == args[1]


OPERATIONS = {
    "Of": of,
    "OfMinor": of_minor,
    "Zero": zero,
    "ToContext": to_context,
    "Plus": arithmetic(lambda left, right: left + right),
    "Minus": arithmetic(lambda left, right: left - right),
    "MultipliedBy": arithmetic(lambda left, right: left * right),
    "DividedBy": arithmetic(lambda left, right: left / right),
    "Allocate": allocate,
    "Split": allocate,
    "SplitIntoLessThanOnePart": fewer_than_one_part,
    "Abs": unary(abs),
    "Negated": unary(lambda value: -value),
    "Sign": sign,
    "Compare": compare,
    "GetMinorAmount": minor_amount,
    "ConvertedTo": converted,
    "FormatToLocale": formatted,
    "Min": extreme(min),
    "Max": extreme(max),
    "Sum": summed,
}


def test_every_vector() -> None:
    rows = [json.loads(line) for line in shared("money_vectors/vectors.jsonl").read_text().splitlines()]
    failed = []
    for row in rows:
        try:
            OPERATIONS[row["op"]](row["args"])
        except BaseException as error:
            failed.append(f"{row['op']} {row['i']} {row['args']}: {error!r}")
    assert not failed, "\n".join(failed)
    assert len(rows) == 122
