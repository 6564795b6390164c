from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.base.errors import InvalidInput
from duli.base.money import CurrencyMismatch, Money, total
from duli.commerce.pricing.quote import quote
from duli.commerce.pricing.serialise import to_json
from duli.commerce.pricing.types import LineInput, QuoteContext, ShippingInput, Tax

NOW = datetime(2026, 11, 24, tzinfo=UTC)
rates = st.decimals(0, Decimal("0.3"), places=4)


@st.composite
def carts(draw: st.DrawFn) -> tuple[list[LineInput], QuoteContext]:
    lines = [
        LineInput(
            str(index),
            index,
            draw(st.integers(1, 999)),
            Money(draw(st.integers(0, 10**8)), "EUR"),
            draw(st.sampled_from(["standard", "reduced", "books"])),
        )
        for index in range(draw(st.integers(0, 12)))
    ]
    taxes = {
        name: Tax(name, draw(rates))
        for name in draw(st.lists(st.sampled_from(["standard", "reduced", "shipping"]), unique=True))
    }
    shipping = draw(
        st.none() | st.integers(0, 10**5).map(lambda minor: ShippingInput("post", "Post", Money(minor, "EUR")))
    )
    return lines, QuoteContext("EUR", draw(st.booleans()), NOW, taxes, shipping)


@given(carts())
def test_everything_adds_up(cart: tuple[list[LineInput], QuoteContext]) -> None:
    lines, context = cart
    found = quote(lines, context)
    goods = total((line.total for line in found.lines), "EUR")
    shipped = found.shipping_choice.total if found.shipping_choice else Money.zero("EUR")
    assert found.total == goods + shipped
    for line in found.lines:
        assert line.net + line.tax == line.total
        assert line.subtotal == line.unit_price * line.quantity
    taxed = total((line.tax for line in found.lines), "EUR")
    if found.shipping_choice:
        taxed = taxed + found.shipping_choice.tax
    assert found.tax == taxed == total((entry.tax for entry in found.taxes), "EUR")
    expected = found.subtotal - found.discount + found.shipping
    if not context.prices_include_tax:
        expected = expected + found.tax
    assert found.total == expected
    assert found.total.minor >= 0


@given(carts(), st.randoms())
def test_the_order_of_lines_changes_nothing(cart: tuple[list[LineInput], QuoteContext], random) -> None:  # type: ignore[no-untyped-def]
    lines, context = cart
    shuffled = list(lines)
    random.shuffle(shuffled)
    first, second = quote(lines, context), quote(shuffled, context)
    assert (first.total, first.tax, first.taxes) == (second.total, second.tax, second.taxes)
    assert quote(lines, context) == first


@given(carts())
def test_the_snapshot_says_the_same_as_the_quote(cart: tuple[list[LineInput], QuoteContext]) -> None:
    found = quote(*cart)
    written = to_json(found)
    assert written["total"] == found.total.minor
    assert sum(entry["tax"] for entry in written["taxes"]) == found.tax.minor


def context(**values: object) -> QuoteContext:
    return QuoteContext("EUR", True, NOW, {"standard": Tax("VAT", Decimal("0.19"))}, **values)  # type: ignore[arg-type]


def test_an_example_by_hand() -> None:
    lines = [LineInput("a", 1, 3, Money(1190, "EUR")), LineInput("b", 2, 1, Money(500, "EUR"))]
    found = quote(lines, context(shipping=ShippingInput("post", "Post", Money(595, "EUR"), "flat")))
    assert found.subtotal == Money(4070, "EUR")
    assert [line.tax.minor for line in found.lines] == [570, 80]
    assert found.tax == Money(570 + 80 + 95, "EUR")
    assert found.total == Money(4665, "EUR")
    assert [(entry.kind, entry.why) for entry in found.adjustments] == [("shipping", "flat")]


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_below_one_is_refused(quantity: int) -> None:
    with pytest.raises(InvalidInput):
        quote([LineInput("a", 1, quantity, Money(100, "EUR"))], context())


def test_another_currency_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        quote([LineInput("a", 1, 1, Money(100, "USD"))], context())
