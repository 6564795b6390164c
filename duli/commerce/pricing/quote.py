"""`quote`: a pure function over a snapshot. Nothing else in the shop computes a total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from duli.base.errors import InvalidInput
from duli.base.money import CurrencyMismatch, Money, TaxedMoney, total
from duli.commerce.pricing.promoting import promoted
from duli.commerce.pricing.taxing import parts_of, split_price, together
from duli.commerce.pricing.types import (
    Adjustment,
    DiscountTooLarge,
    LineDiscount,
    LineInput,
    Quote,
    QuoteContext,
    QuotedLine,
    QuotedShipping,
    ShippingInput,
    ShippingShare,
    Tax,
    TaxRounding,
    TaxSum,
)

NO_TAX = Tax("", Decimal(0))
SHIPPING = "shipping"
"""The class of goods whose rate, where there is one, is that of every shipment."""


def tax_for(context: QuoteContext, tax_class: str) -> Tax:
    """Return the rate of a class at the destination: its own, else the standard one, else none."""
    return context.taxes.get(tax_class) or context.taxes.get("standard") or NO_TAX


def quote(lines: Sequence[LineInput], context: QuoteContext) -> Quote:
    """Return the totals of `lines` in `context`, with the reason for each part, after its promotions.

    Tax is on a line's price after discounts, and rounded half up where `context.rounding` says. Raises InvalidInput
    for a quantity below one, DiscountTooLarge, and CurrencyMismatch for a price of another currency.
    """
    if context.offers is not None:
        lines, context = promoted(lines, context)
    currency = context.currency
    zero = Money.zero(currency)
    adjustments: list[Adjustment] = []
    negative: dict[int, Money] = {}
    priced: list[_Priced] = []
    for line in lines:
        if line.quantity < 1:
            raise InvalidInput(field="quantity")
        if line.unit_price.currency != currency:
            raise CurrencyMismatch(f"{line.unit_price.currency} in a quote of {currency}")
        subtotal = line.unit_price * line.quantity
        discount = _taken_off(line, subtotal)
        for entry in line.discounts:
            off = negative.get(entry.amount.minor)
            if off is None:
                off = negative[entry.amount.minor] = -entry.amount
            adjustments.append(Adjustment("discount", entry.code, entry.label, off, True, entry.why, line.key))
        tax = line.tax or tax_for(context, line.tax_class)
        priced.append(_Priced(subtotal - discount, line.quantity, tax, line.fixed))
    shares = _shipping_shares(context, priced) if context.shipping is not None else []
    split = _split([*priced, *shares], context)
    quoted = [
        QuotedLine(
            key=line.key,
            variant_id=line.variant_id,
            quantity=line.quantity,
            unit_price=line.unit_price,
            subtotal=line.unit_price * line.quantity,
            discount=line.unit_price * line.quantity - here.amount,
            net=parts.net,
            tax=parts.tax,
            total=parts.gross,
            tax_name=here.tax.name,
            tax_rate=here.tax.rate,
            taxes=parts_of(parts, here.tax),
        )
        for line, here, parts in zip(lines, priced, split, strict=False)
    ]
    shipping = None
    if context.shipping is not None:
        choice = context.shipping
        shipping = _quoted_shipping(context.shipping, shares, split[len(priced) :])
        adjustments.append(Adjustment("shipping", choice.code, choice.name, choice.price, True, choice.why))
    taxes = _tax_sums([*priced, *shares], split, context)
    return Quote(
        currency=currency,
        prices_include_tax=context.prices_include_tax,
        lines=tuple(quoted),
        shipping_choice=shipping,
        subtotal=total((line.subtotal for line in quoted), currency),
        discount=total((line.discount for line in quoted), currency),
        shipping=shipping.price if shipping else zero,
        tax=total((entry.tax for entry in taxes), currency),
        total=total((parts.gross for parts in split), currency),
        taxes=taxes,
        adjustments=tuple(adjustments),
        rounding=context.rounding,
        treatment=context.treatment,
        outcomes=context.outcomes,
    )


def _taken_off(line: LineInput, subtotal: Money) -> Money:
    """Return what all discounts of a line come to. DiscountTooLarge, CurrencyMismatch."""
    minors = []
    for entry in line.discounts:
        if entry.amount.currency != subtotal.currency:
            raise CurrencyMismatch(f"{entry.amount.currency} in a quote of {subtotal.currency}")
        minors.append(entry.amount.minor)
    if minors and (min(minors) < 0 or sum(minors) > subtotal.minor):
        raise DiscountTooLarge()
    return Money(sum(minors), subtotal.currency)


@dataclass(frozen=True, slots=True)
class _Priced:
    """A price to be taxed: of so many units of a line, or a share of the shipping."""

    amount: Money
    quantity: int
    tax: Tax
    fixed: TaxedMoney | None


def _included(tax: Tax, context: QuoteContext) -> bool:
    return context.prices_include_tax if tax.included is None else tax.included


def _split(priced: Sequence[_Priced], context: QuoteContext) -> list[TaxedMoney]:
    """Split every price into net, tax and gross, by the rounding rule; what is fixed stays."""
    if context.rounding is not TaxRounding.TOTAL:
        return [
            row.fixed
            or split_price(row.amount, row.quantity, row.tax, context.rounding, included=_included(row.tax, context))
            for row in priced
        ]
    groups: dict[Tax, list[int]] = {}
    for index, row in enumerate(priced):
        if row.fixed is None:
            groups.setdefault(row.tax, []).append(index)
    found = [row.fixed or TaxedMoney.zero(context.currency) for row in priced]
    for tax, places in groups.items():
        amounts = [priced[index].amount for index in places]
        for index, parts in zip(places, together(amounts, tax, included=_included(tax, context)), strict=True):
            found[index] = parts
    return found


def _shipping_shares(context: QuoteContext, goods: Sequence[_Priced]) -> list[_Priced]:
    """Return the shipping as prices of one rate each: its own, one agreed before, or those of the goods by value."""
    choice = context.shipping
    if choice is None:
        return []
    own = choice.tax or (tax_for(context, choice.tax_class) if choice.tax_class else context.taxes.get(SHIPPING))
    weights = dict(choice.shares)
    if own is not None:
        weights = {own: 1}
    elif not weights:
        for row in goods:
            weights[row.tax] = weights.get(row.tax, 0) + row.amount.minor
        weights = {tax: weight for tax, weight in weights.items() if weight} or {tax_for(context, SHIPPING): 1}
    fixed = choice.fixed or (None,) * len(weights)
    amounts = [choice.price] if len(weights) == 1 else choice.price.allocate(list(weights.values()))
    return [_Priced(amount, 1, tax, agreed) for tax, amount, agreed in zip(weights, amounts, fixed, strict=True)]


def _quoted_shipping(choice: ShippingInput, rows: Sequence[_Priced], split: Sequence[TaxedMoney]) -> QuotedShipping:
    shares = tuple(
        ShippingShare(row.tax.name, row.tax.rate, parts.net, parts.tax, parts.gross, parts_of(parts, row.tax))
        for row, parts in zip(rows, split, strict=True)
    )
    main = max(shares, key=lambda share: share.total.minor)
    currency = choice.price.currency
    return QuotedShipping(
        code=choice.code,
        name=choice.name,
        price=choice.price,
        net=total((share.net for share in shares), currency),
        tax=total((share.tax for share in shares), currency),
        total=total((share.total for share in shares), currency),
        tax_rate=main.rate,
        shares=shares,
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
        replace(line, discounts=(*line.discounts, discount._replace(amount=share))) if share else line
        for line, share in zip(lines, shares, strict=True)
    ]


def _tax_sums(priced: Sequence[_Priced], split: Sequence[TaxedMoney], context: QuoteContext) -> tuple[TaxSum, ...]:
    sums: dict[tuple[str, Decimal, bool], TaxedMoney] = {}
    for row, parts in zip(priced, split, strict=True):
        if row.tax.rate:
            key = (row.tax.name, row.tax.rate, _included(row.tax, context))
            sums[key] = sums[key] + parts if key in sums else parts
    return tuple(
        TaxSum(name, rate, parts.net, parts.tax, included)
        for (name, rate, included), parts in sorted(sums.items(), key=lambda found: found[0])
    )
