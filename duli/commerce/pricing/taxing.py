"""The arithmetic of tax in a quote: one price, or many of one rate, split into net, tax and gross."""

from __future__ import annotations

from collections.abc import Sequence

from duli.base.money import Money, TaxedMoney
from duli.commerce.pricing.types import QuotedTax, Tax, TaxRounding


def split_tax(amount: Money, tax: Tax, *, included: bool) -> TaxedMoney:
    """Split `amount` (with tax if `included`, else without) into net, tax and gross."""
    rate = tax.exact
    return TaxedMoney.from_gross(amount, rate) if included else TaxedMoney.from_net(amount, rate)


def by_unit(amount: Money, quantity: int, tax: Tax, *, included: bool) -> TaxedMoney:
    """Split the price of `quantity` units where tax is rounded for each of them.

    A price that cannot be split evenly has units of two prices, one minor unit apart.
    """
    low, rest = divmod(amount.minor, quantity)
    parts = TaxedMoney.zero(amount.currency)
    for minor, units in ((low, quantity - rest), (low + 1, rest)):
        if units:
            one = split_tax(Money(minor, amount.currency), tax, included=included)
            parts = parts + TaxedMoney(one.net * units, one.tax * units, one.gross * units)
    return parts


def together(amounts: Sequence[Money], tax: Tax, *, included: bool) -> list[TaxedMoney]:
    """Split amounts of one rate whose tax is rounded once, on their sum; each bears its share of it."""
    currency = amounts[0].currency
    minors = [amount.minor for amount in amounts]
    whole = split_tax(Money(sum(minors), currency), tax, included=included)
    result = []
    for amount, share in zip(amounts, whole.tax.allocate(minors), strict=True):
        net, gross = (amount - share, amount) if included else (amount, amount + share)
        result.append(TaxedMoney(net, share, gross))
    return result


def split_price(amount: Money, quantity: int, tax: Tax, rounding: TaxRounding, *, included: bool) -> TaxedMoney:
    """Split the price of a line by itself: rounded once, or for each unit."""
    if rounding is TaxRounding.UNIT and quantity > 1:
        return by_unit(amount, quantity, tax, included=included)
    return split_tax(amount, tax, included=included)


def parts_of(taxed: TaxedMoney, tax: Tax) -> tuple[QuotedTax, ...]:
    """Say of which rules the tax of an amount consists; the parts sum to it, whatever was rounded."""
    if len(tax.parts) < 2:
        if not tax.parts:
            return (QuotedTax(tax.name, tax.rate, None, False, taxed.net, taxed.tax, tax.included),) if tax.rate else ()
        only = tax.parts[0]
        return (QuotedTax(only.name, only.rate, only.rule_id, only.compound, taxed.net, taxed.tax, tax.included),)
    weights = []
    before = tax.exact * 0
    for part in tax.parts:
        weights.append(part.rate * (1 + before) if part.compound else part.rate)
        before += weights[-1]
    base = taxed.net
    found = []
    for part, amount in zip(tax.parts, taxed.tax.allocate(weights), strict=True):
        on = base if part.compound else taxed.net
        found.append(QuotedTax(part.name, part.rate, part.rule_id, part.compound, on, amount, tax.included))
        base = base + amount
    return tuple(found)
