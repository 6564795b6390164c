"""Rounding rules, compound taxes, shipping that follows the goods: everything adds up, whatever is rounded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duli.base.money import Money, total
from duli.commerce.pricing.quote import NO_TAX, quote
from duli.commerce.pricing.serialise import tax_of, taxes_json, taxes_of_part, to_json
from duli.commerce.pricing.types import (
    LineDiscount,
    LineInput,
    QuoteContext,
    ShippingInput,
    Tax,
    TaxPart,
    TaxRounding,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CLASSES = ("standard", "reduced", "books", "quebec")
rates = st.decimals(0, Decimal("0.3"), places=5)


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


@st.composite
def taxes(draw: st.DrawFn) -> Tax:
    included = draw(st.sampled_from([None, None, True, False]))
    parts = draw(
        st.lists(
            st.builds(TaxPart, st.sampled_from(["GST", "PST"]), rates, st.integers(1, 9), st.booleans()), max_size=3
        )
    )
    return Tax.of(parts, included) if parts else Tax("VAT", draw(rates), included=included)


@st.composite
def carts(draw: st.DrawFn) -> tuple[list[LineInput], QuoteContext]:
    lines = []
    for index in range(draw(st.integers(0, 8))):
        quantity, price = draw(st.integers(1, 999)), draw(st.integers(0, 10**6))
        off = draw(st.integers(0, quantity * price))
        cut = (LineDiscount("x", "x", euros(off)),) if off else ()
        lines.append(LineInput(str(index), index, quantity, euros(price), draw(st.sampled_from(CLASSES)), cut))
    known = draw(st.dictionaries(st.sampled_from([*CLASSES, "shipping"]), taxes()))
    shipping = draw(st.none() | st.integers(0, 10**5).map(lambda minor: ShippingInput("post", "Post", euros(minor))))
    rounding = draw(st.sampled_from(list(TaxRounding)))
    return lines, QuoteContext("EUR", draw(st.booleans()), NOW, known, shipping, rounding=rounding)


@given(carts())
def test_lines_shipping_and_rates_add_up_by_every_rounding_rule(cart: tuple[list[LineInput], QuoteContext]) -> None:
    lines, context = cart
    found = quote(lines, context)
    choice = found.shipping_choice
    rows = [*found.lines, *(choice.shares if choice else ())]
    assert found.total == total((row.total for row in rows), "EUR")
    for row in rows:
        assert row.net + row.tax == row.total
        assert total((part.amount for part in row.taxes), "EUR") == row.tax
        assert 0 <= row.tax.minor <= row.total.minor
    by_rate: dict[tuple[str, Decimal], tuple[int, int]] = {}
    for entry in found.taxes:
        before = by_rate.get((entry.name, entry.rate), (0, 0))
        by_rate[entry.name, entry.rate] = (before[0] + entry.net.minor, before[1] + entry.tax.minor)
    names = [(line.tax_name, line.tax_rate, line) for line in found.lines]
    names += [(share.name, share.rate, share) for share in (choice.shares if choice else ())]  # type: ignore[misc]
    for (name, rate), (net, tax) in by_rate.items():
        mine = [row for known, at, row in names if (known, at) == (name, rate)]
        assert (sum(row.net.minor for row in mine), sum(row.tax.minor for row in mine)) == (net, tax)
    added = sum(entry.tax.minor for entry in found.taxes if not entry.included)
    assert found.total.minor == found.subtotal.minor - found.discount.minor + found.shipping.minor + added
    if choice is not None:
        assert (choice.net, choice.tax) == (choice.net, choice.total - choice.net)
        assert total((share.total for share in choice.shares), "EUR") == choice.total
        if context.prices_include_tax and all(entry.included for entry in found.taxes):
            assert choice.total == choice.price


@given(carts())
def test_what_was_quoted_once_stays_to_the_cent(cart: tuple[list[LineInput], QuoteContext]) -> None:
    """What an edit does with the lines nobody touches: kept as JSON, read again, quoted again."""
    from duli.base.money import TaxedMoney

    lines, context = cart
    first = quote(lines, context)
    again = [
        replace(
            line,
            tax=tax_of(found.tax_name, found.tax_rate, taxes_json(found.taxes)),
            fixed=TaxedMoney(found.net, found.tax, found.total),
        )
        for line, found in zip(lines, first.lines, strict=True)
    ]
    second = quote(again, replace(context, shipping=None, taxes={}))
    assert [(line.net, line.tax, line.total) for line in second.lines] == [
        (line.net, line.tax, line.total) for line in first.lines
    ]


def one(quantity: int, minor: int, tax_class: str = "standard", key: str = "1") -> LineInput:
    return LineInput(key, 1, quantity, euros(minor), tax_class)


def taxed(rounding: TaxRounding, *lines: LineInput, included: bool, **known: Tax) -> int:
    return quote(lines, QuoteContext("EUR", included, NOW, known, rounding=rounding)).tax.minor


def test_where_tax_is_rounded() -> None:
    tax = Tax("VAT", Decimal("0.20"))
    pair = (one(2, 1970), one(1, 1970, key="2"))
    # 3.2833… a unit: 3 × 3.28, 6.57 + 3.28, 9.85.
    assert taxed(TaxRounding.UNIT, *pair, included=True, standard=tax) == 984
    assert taxed(TaxRounding.LINE, *pair, included=True, standard=tax) == 985
    assert taxed(TaxRounding.TOTAL, *pair, included=True, standard=tax) == 985
    small = (one(3, 333), one(1, 333, key="2"))
    ten = Tax("VAT", Decimal("0.10"))
    # 0.333 a unit: 4 × 0.33, 1.00 + 0.33, 1.33.
    assert taxed(TaxRounding.UNIT, *small, included=False, standard=ten) == 132
    assert taxed(TaxRounding.LINE, *small, included=False, standard=ten) == 133
    many = [one(1, 104, key=str(number)) for number in range(5)]
    # 0.104 a line: 5 × 0.10, or 0.52 at once.
    assert taxed(TaxRounding.LINE, *many, included=False, standard=ten) == 50
    assert taxed(TaxRounding.TOTAL, *many, included=False, standard=ten) == 52


def test_a_price_that_does_not_split_evenly_is_rounded_unit_by_unit() -> None:
    line = LineInput("1", 1, 2, euros(500), discounts=(LineDiscount("x", "x", euros(1)),))
    found = quote(
        [line], QuoteContext("EUR", False, NOW, {"standard": Tax("VAT", Decimal("0.10"))}, rounding=TaxRounding.UNIT)
    )
    # 4.99 and 5.00, each with 0.50.
    assert (found.tax.minor, found.total.minor) == (100, 1099)


def test_a_compound_tax_is_on_the_price_with_the_tax_before() -> None:
    quebec = Tax.of([TaxPart("GST", Decimal("0.05"), 1), TaxPart("QST", Decimal("0.095"), 2, compound=True)])
    assert quebec.exact == Decimal("0.14975")
    found = quote([one(1, 10000)], QuoteContext("EUR", False, NOW, {"standard": quebec})).lines[0]
    assert [(part.rule_id, part.base.minor, part.amount.minor) for part in found.taxes] == [
        (1, 10000, 500),
        (2, 10500, 998),
    ]
    assert found.tax.minor == 1498
    assert found.tax_name == "GST + QST"


def test_shipping_is_taxed_as_the_goods_are() -> None:
    known = {"standard": Tax("VAT", Decimal("0.19")), "reduced": Tax("VAT", Decimal("0.07"))}
    context = QuoteContext("EUR", True, NOW, known, ShippingInput("post", "Post", euros(600)))
    books = quote([one(1, 2000, "reduced")], context).shipping_choice
    assert books is not None
    assert [share.rate for share in books.shares] == [Decimal("0.07")]
    both = quote([one(1, 2000, "reduced"), one(1, 1000, key="2")], context).shipping_choice
    assert both is not None
    assert [(share.rate, share.total.minor) for share in both.shares] == [
        (Decimal("0.07"), 400),
        (Decimal("0.19"), 200),
    ]
    assert both.tax.minor == 26 + 32
    own = replace(context, taxes={**known, "shipping": Tax("VAT", Decimal("0.10"))})
    fixed = quote([one(1, 2000, "reduced")], own).shipping_choice
    assert fixed is not None
    assert fixed.tax_rate == Decimal("0.10")
    free = quote([LineInput("1", 1, 1, euros(0))], context).shipping_choice
    assert free is not None
    assert free.tax_rate == Decimal("0.19")
    untaxed = quote([LineInput("1", 1, 1, euros(100), tax=NO_TAX)], context).shipping_choice
    assert untaxed is not None
    assert not untaxed.tax


def test_a_tax_may_be_in_the_price_where_others_are_not() -> None:
    known = {
        "standard": Tax("VAT", Decimal("0.23"), included=False),
        "reduced": Tax("VAT", Decimal("0.10"), included=True),
    }
    found = quote([one(1, 1000), one(1, 4500, "reduced", "2")], QuoteContext("EUR", False, NOW, known))
    assert (found.total.minor, [(entry.included, entry.tax.minor) for entry in found.taxes]) == (
        5730, [(True, 409), (False, 230)],
    )  # fmt: skip


def test_the_taxes_of_a_part_of_a_line_sum_to_its_tax() -> None:
    tax = Tax.of([TaxPart("GST", Decimal("0.05"), 1), TaxPart("PST", Decimal("0.07"), 2)])
    kept = taxes_json(quote([one(3, 999)], QuoteContext("EUR", False, NOW, {"standard": tax})).lines[0].taxes)
    part = taxes_of_part(kept, 999, euros(119))
    assert sum(entry["amount"] for entry in part) == 119
    assert {entry["base"] for entry in part} == {999}
    assert taxes_of_part([], 999, euros(119)) == []


@pytest.mark.parametrize("rounding", list(TaxRounding))
def test_a_quote_says_how_it_was_rounded(rounding: TaxRounding) -> None:
    assert to_json(quote([], QuoteContext("EUR", True, NOW, rounding=rounding)))["rounding"] == rounding.value
