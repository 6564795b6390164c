"""`quote`: a pure function over a snapshot. Nothing else in the shop computes a total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from duli.base.errors import InvalidInput
from duli.base.money import CurrencyMismatch, Money, TaxedMoney, total
from duli.commerce.pricing.types import (
    Adjustment,
    DiscountTooLarge,
    LineDiscount,
    LineInput,
    Quote,
    QuoteContext,
    QuotedLine,
    QuotedShipping,
    Tax,
    TaxSum,
)

NO_TAX = Tax("", Decimal(0))


def tax_for(context: QuoteContext, tax_class: str) -> Tax:
    """Return the rate of a class at the destination: its own, else the standard one, else none."""
    return context.taxes.get(tax_class) or context.taxes.get("standard") or NO_TAX


def split_tax(amount: Money, tax: Tax, *, included: bool) -> TaxedMoney:
    """Split `amount` (with tax if `included`, else without) into net, tax and gross."""
    return TaxedMoney.from_gross(amount, tax.rate) if included else TaxedMoney.from_net(amount, tax.rate)


def quote(lines: Sequence[LineInput], context: QuoteContext) -> Quote:
    """Return the totals of `lines` in `context`, with the reason for each part.

    Tax is rounded per line (half up), on the line's price after discounts. Raises InvalidInput for a
    quantity below one, DiscountTooLarge, and CurrencyMismatch for a price of another currency.
    """
    currency = context.currency
    zero = Money.zero(currency)
    quoted: list[QuotedLine] = []
    adjustments: list[Adjustment] = []
    for line in lines:
        if line.quantity < 1:
            raise InvalidInput(field="quantity")
        if line.unit_price.currency != currency:
            raise CurrencyMismatch(f"{line.unit_price.currency} in a quote of {currency}")
        subtotal = line.unit_price * line.quantity
        discount = total((entry.amount for entry in line.discounts), currency)
        if discount > subtotal or any(entry.amount < zero for entry in line.discounts):
            raise DiscountTooLarge()
        for entry in line.discounts:
            adjustments.append(
                Adjustment("discount", entry.code, entry.label, -entry.amount, True, entry.why, line.key)
            )
        tax = line.tax or tax_for(context, line.tax_class)
        parts = line.fixed or split_tax(subtotal - discount, tax, included=context.prices_include_tax)
        quoted.append(
            QuotedLine(
                key=line.key,
                variant_id=line.variant_id,
                quantity=line.quantity,
                unit_price=line.unit_price,
                subtotal=subtotal,
                discount=discount,
                net=parts.net,
                tax=parts.tax,
                total=parts.gross,
                tax_name=tax.name,
                tax_rate=tax.rate,
            )
        )
    shipping = None
    if context.shipping is not None:
        choice = context.shipping
        tax = choice.tax or tax_for(context, choice.tax_class)
        parts = choice.fixed or split_tax(choice.price, tax, included=context.prices_include_tax)
        shipping = QuotedShipping(choice.code, choice.name, choice.price, parts.net, parts.tax, parts.gross, tax.rate)
        adjustments.append(Adjustment("shipping", choice.code, choice.name, choice.price, True, choice.why))
    taxes = _tax_sums(quoted, shipping, context)
    shipping_price = shipping.price if shipping else zero
    subtotal = total((line.subtotal for line in quoted), currency)
    discount = total((line.discount for line in quoted), currency)
    tax_total = total((entry.tax for entry in taxes), currency)
    goods = total((line.total for line in quoted), currency)
    return Quote(
        currency=currency,
        prices_include_tax=context.prices_include_tax,
        lines=tuple(quoted),
        shipping_choice=shipping,
        subtotal=subtotal,
        discount=discount,
        shipping=shipping_price,
        tax=tax_total,
        total=goods + (shipping.total if shipping else zero),
        taxes=taxes,
        adjustments=tuple(adjustments),
    )


def spread(discount: LineDiscount, lines: Sequence[LineInput]) -> list[LineInput]:
    """Return the lines with `discount` taken off them in proportion to what each still costs.

    Lines that are fixed stay as they are. Raises DiscountTooLarge if the others do not cost that much.
    """
    costs = [
        0 if line.fixed else (line.unit_price * line.quantity).minor - sum(cut.amount.minor for cut in line.discounts)
        for line in lines
    ]
    if not 0 <= discount.amount.minor <= sum(costs):
        raise DiscountTooLarge()
    if not discount.amount:
        return list(lines)
    shares = discount.amount.allocate(costs)
    return [
        replace(line, discounts=(*line.discounts, replace(discount, amount=share))) if share else line
        for line, share in zip(lines, shares, strict=True)
    ]


def _tax_sums(
    lines: Sequence[QuotedLine], shipping: QuotedShipping | None, context: QuoteContext
) -> tuple[TaxSum, ...]:
    sums: dict[tuple[str, Decimal], tuple[Money, Money]] = {}
    zero = Money.zero(context.currency)
    rows = [(line.tax_name, line.tax_rate, line.net, line.tax) for line in lines]
    if shipping is not None and context.shipping is not None:
        name = (context.shipping.tax or tax_for(context, context.shipping.tax_class)).name
        rows.append((name, shipping.tax_rate, shipping.net, shipping.tax))
    for name, rate, net, tax in rows:
        if rate:
            before = sums.get((name, rate), (zero, zero))
            sums[name, rate] = (before[0] + net, before[1] + tax)
    return tuple(TaxSum(name, rate, net, tax) for (name, rate), (net, tax) in sorted(sums.items()))
