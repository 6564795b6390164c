from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.base.money import CurrencyMismatch, Money, TaxedMoney, exponent, total
from duli.base.rounding import Allocation

amounts = st.integers(-(10**12), 10**12)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=40)
rates = st.decimals(0, 1, places=5)


@given(amounts, weights, st.sampled_from(list(Allocation)))
def test_parts_sum_to_the_whole(minor: int, shares: list[int], mode: Allocation) -> None:
    parts = Money(minor, "EUR").allocate(shares, mode)
    assert total(parts, "EUR") == Money(minor, "EUR")
    assert all(part.minor * minor >= 0 for part in parts)


@given(amounts, weights)
def test_a_largest_remainder_part_is_within_one_unit_of_its_share(minor: int, shares: list[int]) -> None:
    whole = sum(shares)
    if not whole:
        return
    for part, share in zip(Money(minor, "EUR").allocate(shares), shares, strict=True):
        assert abs(part.minor * whole - minor * share) < whole


@given(amounts, st.integers(1, 50))
def test_equal_parts_differ_by_one_unit_at_most(minor: int, count: int) -> None:
    parts = [part.minor for part in Money(minor, "CNY").split(count)]
    assert sum(parts) == minor
    assert max(parts) - min(parts) <= 1


@given(st.integers(0, 10**10), rates)
def test_tax_taken_out_and_put_on_always_adds_up(minor: int, rate: Decimal) -> None:
    for taxed in (
        TaxedMoney.from_gross(Money(minor, "EUR"), rate),
        TaxedMoney.from_net(Money(minor, "EUR"), rate),
    ):
        assert taxed.net + taxed.tax == taxed.gross
        assert taxed.tax.minor >= 0


def test_taxed_money_that_does_not_add_up_cannot_be_made() -> None:
    with pytest.raises(ValueError):
        TaxedMoney(Money(100, "EUR"), Money(20, "EUR"), Money(119, "EUR"))


def test_currencies_never_mix() -> None:
    for operation in (
        lambda: Money(1, "EUR") + Money(1, "USD"),
        lambda: Money(1, "EUR") - Money(1, "USD"),
        lambda: Money(1, "EUR") < Money(1, "USD"),
        lambda: total([Money(1, "EUR")], "USD"),
    ):
        with pytest.raises(CurrencyMismatch):
            operation()


def test_no_float_comes_near_money() -> None:
    with pytest.raises(TypeError):
        Money(1.0, "EUR")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(1, "EUR") * 1.5  # type: ignore[operator]
    with pytest.raises(TypeError):
        Money(True, "EUR")


@pytest.mark.parametrize("text", ["", "1..", "NaN", "Infinity", "1,50", "abc"])
def test_a_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Money.of(text, "EUR")


def test_halves_round_away_from_zero() -> None:
    assert Money(5, "EUR") * Decimal("0.5") == Money(3, "EUR")
    assert Money(-5, "EUR") * Decimal("0.5") == Money(-3, "EUR")
    assert Money.of("1.005", "EUR") == Money(101, "EUR")
    assert Money(1233, "CHF").rounded_to(5) == Money(1235, "CHF")


def test_exponents_are_those_of_the_currency() -> None:
    assert (exponent("JPY"), exponent("EUR"), exponent("KWD")) == (0, 2, 3)
    assert Money.of("12", "JPY").minor == 12
    with pytest.raises(ValueError):
        exponent("XXZ")


def test_readers_see_their_own_form() -> None:
    assert Money(108800, "CNY").format("zh-hans") == "¥1,088.00"
    assert Money(1200, "USD").format("en") == "$12.00"
