"""The sums of refunds and edits as pure functions: whatever the order of things, every rate adds up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duli.base.errors import DuliError
from duli.base.money import Money
from duli.commerce.orders.editing import EditInput, EditLine, EditWish, NewGoods, ShippingBefore, edit
from duli.commerce.orders.refunding import LineStanding, OrderStanding, RefundPreview, RefundWish, everything, preview
from duli.commerce.orders.types import NothingToRefund, TooManyToRefund
from duli.commerce.payments.types import RefundTooLarge
from duli.commerce.pricing.quote import quote
from duli.commerce.pricing.types import LineDiscount, LineInput, QuoteContext, ShippingInput, Tax

RATES = [Decimal(0), Decimal("0.05"), Decimal("0.13"), Decimal("0.19"), Decimal("0.25")]
NOW = datetime(2026, 11, 26, tzinfo=UTC)


@st.composite
def sold(draw: st.DrawFn) -> OrderStanding:
    """An order as the quote makes it, paid in full."""
    lines = []
    for number in range(draw(st.integers(1, 4))):
        quantity = draw(st.integers(1, 7))
        price = draw(st.integers(0, 30_000))
        off = draw(st.integers(0, price * quantity))
        lines.append(
            LineInput(
                str(number + 1),
                number + 1,
                quantity,
                Money(price, "CNY"),
                discounts=(LineDiscount("x", "x", Money(off, "CNY")),),
                tax=Tax("tax", draw(st.sampled_from(RATES))),
            )
        )
    price = Money(draw(st.integers(0, 3000)), "CNY")
    shipping = ShippingInput("s", "s", price, tax=Tax("tax", draw(st.sampled_from(RATES))))
    context = QuoteContext("CNY", draw(st.booleans()), NOW, shipping=shipping)
    found = quote(lines, context)
    choice = found.shipping_choice
    assert choice is not None
    return OrderStanding(
        currency="CNY",
        lines=[
            LineStanding(int(row.key), "line", row.quantity, row.total.minor, row.tax.minor, row.tax_rate.normalize())
            for row in found.lines
        ],
        shipping_total=choice.total.minor,
        shipping_tax=choice.tax.minor,
        shipping_rate=choice.tax_rate.normalize(),
        cash=found.total.minor,
    )


def after(standing: OrderStanding, done: RefundPreview) -> OrderStanding:
    back = {line.line_id: line for line in done.lines}
    refunded = dict(standing.refunded)
    for tax in done.taxes:
        before = refunded.get(tax.rate, (0, 0))
        refunded[tax.rate] = (before[0] + tax.gross, before[1] + tax.tax)
    return replace(
        standing,
        lines=[
            replace(
                line,
                refunded_quantity=line.refunded_quantity + back[line.line_id].quantity,
                refunded_total=line.refunded_total + back[line.line_id].total,
                refunded_tax=line.refunded_tax + back[line.line_id].tax,
            )
            if line.line_id in back
            else line
            for line in standing.lines
        ],
        shipping_refunded=standing.shipping_refunded + done.shipping,
        shipping_tax_refunded=standing.shipping_tax_refunded + done.shipping_tax,
        refunded=refunded,
        cash=standing.cash - done.amount,
    )


def check(standing: OrderStanding, done: RefundPreview) -> None:
    assert done.goods == sum(line.total for line in done.lines)
    assert done.amount == done.goods + done.shipping + done.adjustment
    assert done.amount == sum(tax.gross for tax in done.taxes)
    assert done.tax == sum(tax.tax for tax in done.taxes)
    assert 0 <= done.amount <= standing.cash
    left = standing.left()
    for tax in done.taxes:
        gross_left, tax_left = left[tax.rate]
        assert tax.net + tax.tax == tax.gross
        assert 0 <= tax.tax <= tax_left
        assert 0 <= tax.net <= gross_left - tax_left


@settings(max_examples=300, deadline=None)
@given(sold(), st.data())
def test_any_sequence_of_refunds_ends_at_what_was_paid(standing: OrderStanding, data: st.DataObject) -> None:
    paid, charged = standing.cash, standing.charged()
    for _ in range(data.draw(st.integers(0, 5))):
        units = {line.line_id: data.draw(st.integers(0, line.left)) for line in standing.lines}
        shipping = data.draw(st.integers(0, standing.shipping_left))
        wish = RefundWish(units, shipping, data.draw(st.integers(-2000, 2000)))
        try:
            done = preview(standing, wish)
        except DuliError:
            continue
        check(standing, done)
        standing = after(standing, done)
        for line in standing.lines:
            assert 0 <= line.refunded_total <= line.total
            assert 0 <= line.refunded_tax <= line.tax
    if standing.cash or any(line.left for line in standing.lines):
        done = preview(standing, everything(standing))
        check(standing, done)
        standing = after(standing, done)
    assert standing.cash == 0
    assert sum(gross for gross, _ in standing.refunded.values()) == paid
    assert {rate: sums for rate, sums in standing.refunded.items() if sums != (0, 0)} == {
        rate: sums for rate, sums in charged.items() if sums != (0, 0)
    }
    for line in standing.lines:
        assert (line.refunded_quantity, line.refunded_total) == (line.quantity, line.total)
        assert line.refunded_tax == line.tax


def one(quantity: int = 3, total: int = 1000, tax: int = 115, cash: int | None = None) -> OrderStanding:
    line = LineStanding(1, "Cup", quantity, total, tax, Decimal("0.13"))
    return OrderStanding("CNY", [line], cash=total if cash is None else cash)


def test_the_last_unit_takes_exactly_what_is_left() -> None:
    standing = one()
    sums = []
    for _ in range(3):
        done = preview(standing, RefundWish({1: 1}))
        sums.append((done.amount, done.tax))
        standing = after(standing, done)
    assert sum(amount for amount, _ in sums) == 1000
    assert sum(tax for _, tax in sums) == 115
    assert max(amount for amount, _ in sums) - min(amount for amount, _ in sums) <= 1


def test_never_more_units_or_money_than_there_is() -> None:
    with pytest.raises(TooManyToRefund):
        preview(one(), RefundWish({1: 4}))
    with pytest.raises(RefundTooLarge):
        preview(one(), RefundWish({1: 3}, adjustment=1))
    with pytest.raises(RefundTooLarge):
        preview(one(cash=500), RefundWish({1: 3}))
    with pytest.raises(NothingToRefund):
        preview(one(), RefundWish())


def test_a_fee_lowers_the_tax_that_goes_back() -> None:
    whole = preview(one(), RefundWish({1: 3}))
    kept = preview(one(), RefundWish({1: 3}, adjustment=-200))
    assert (whole.amount, whole.tax) == (1000, 115)
    assert (kept.amount, kept.tax) == (800, 92)


def edit_input(standing: OrderStanding, included: bool) -> EditInput:
    def price(line: LineStanding) -> int:
        return (line.total if included else line.total - line.tax) // line.quantity

    return EditInput(
        currency="CNY",
        prices_include_tax=included,
        instant=NOW,
        market_code="cn",
        lines=[
            EditLine(
                line.line_id,
                line.line_id,
                "line",
                line.quantity,
                0,
                price(line),
                price(line) * line.quantity - (line.total if included else line.total - line.tax),
                line.tax,
                line.total,
                line.rate,
                "",
                bool(line.refunded_quantity),
            )
            for line in standing.lines
        ],
        shipping=ShippingBefore(
            "s",
            "s",
            standing.shipping_total if included else standing.shipping_total - standing.shipping_tax,
            standing.shipping_total - standing.shipping_tax,
            standing.shipping_tax,
            standing.shipping_total,
            standing.shipping_rate,
            "",
            bool(standing.shipping_refunded),
        ),
        total=sum(line.total for line in standing.lines) + standing.shipping_total,
        quote={},
        refunded=standing.refunded,
    )


def exact(standing: OrderStanding, included: bool) -> bool:
    """Whether each line is a whole price per unit; only such orders exist with no discount on them."""
    return all((line.total if included else line.total - line.tax) % line.quantity == 0 for line in standing.lines)


@settings(max_examples=200, deadline=None)
@given(sold(), st.booleans(), st.data())
def test_what_is_not_edited_keeps_its_amounts(standing: OrderStanding, included: bool, data: st.DataObject) -> None:
    if not exact(standing, included):
        return
    order = edit_input(standing, included)
    changed = data.draw(st.sampled_from([line.id for line in order.lines]))
    wish = EditWish(quantities={changed: data.draw(st.integers(1, 9))})
    added = [NewGoods(99, "new", data.draw(st.integers(1, 5)), data.draw(st.integers(0, 9999)), Tax("t", RATES[2]))]
    result = edit(order, wish, added, None)
    for line in standing.lines:
        if line.line_id != changed or wish.quantities[changed] == line.quantity:
            found = next(row for row in result.quote.lines if row.key == str(line.line_id))
            assert (found.total.minor, found.tax.minor) == (line.total, line.tax)
    quoted = result.quote
    assert quoted.total.minor - order.total == result.difference
    assert quoted.total.minor == sum(row.total.minor for row in quoted.lines) + standing.shipping_total
    charged: dict[Decimal, int] = defaultdict(int)
    for row in quoted.lines:
        charged[row.tax_rate.normalize()] += row.tax.minor
    charged[standing.shipping_rate] += standing.shipping_tax
    shown: dict[Decimal, int] = defaultdict(int)
    for tax in quoted.taxes:
        shown[tax.rate.normalize()] += tax.tax.minor
    assert {rate: tax for rate, tax in charged.items() if rate and tax} == {r: t for r, t in shown.items() if t}


@settings(max_examples=150, deadline=None)
@given(sold(), st.data())
def test_an_edit_never_goes_below_what_was_refunded(standing: OrderStanding, data: st.DataObject) -> None:
    goodwill = data.draw(st.integers(0, max(0, standing.cash)))
    if goodwill:
        standing = after(standing, preview(standing, RefundWish(adjustment=goodwill)))
    if not exact(standing, True):
        return
    order = edit_input(standing, True)
    cut = {line.id: data.draw(st.integers(0, line.quantity)) for line in order.lines}
    try:
        result = edit(order, EditWish(quantities=cut), [], None)
    except DuliError:
        return
    assert result.quote.total.minor >= goodwill
