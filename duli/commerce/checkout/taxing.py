"""Who charges which tax on a cart, and what customs take: between the lines of a cart and its quote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext

from duli.base.money import Money, total
from duli.commerce.orders.tax_report import distance_sales
from duli.commerce.pricing.quote import NO_TAX, quote, tax_for
from duli.commerce.pricing.selectors import taxes_for
from duli.commerce.pricing.types import Duty, LineDiscount, LineInput, Place, QuoteContext, Treatment
from duli.commerce.taxes.selectors import duty_of, profile, treatment_of
from duli.commerce.taxes.types import CHARGED, Goods

DUTY = "duty"
"""The key of the line that customs take; its variant is 0."""
RELIEF = "tax_relief"


def treated(
    inputs: Sequence[LineInput],
    context: QuoteContext,
    place: Place,
    *,
    vat_id: str,
    goods: Goods,
    codes: Iterable[str],
) -> tuple[list[LineInput], QuoteContext]:
    """Return lines and context as they are taxed at a place, for a buyer with a VAT id or without.

    `codes` are the HS codes of the kinds of goods. Where nobody charges tax that the prices include, it comes off
    them; a duty that the shop pays becomes a line of its own.
    """
    there = replace(context, taxes=taxes_for(place, context.instant) if place.country else {})
    if not profile().country or not place.country:
        return list(inputs), there
    value = total((line.net for line in quote(inputs, replace(there, shipping=None)).lines), context.currency)
    treatment = treatment_of(
        place=place, value=value, at=context.instant, vat_id=vat_id, goods=goods, distance_sales=distance_sales
    )
    rates = taxes_for(treatment.place, context.instant) if treatment.place.country else {}
    lines, own = list(inputs), replace(context, taxes=rates, treatment=treatment)
    if treatment.drops_tax and treatment.home is not None and context.prices_include_tax:
        lines, own = _relieved(lines, own, treatment.home)
    duty = None
    if goods is Goods.PHYSICAL:
        duty = duty_of(place=place, value=value, codes=codes, at=context.instant, vat_id=vat_id)
    if duty is not None:
        own = replace(own, treatment=replace(treatment, duty=duty))
        if duty.is_charged:
            lines.append(_duty_line(duty, own, treatment))
    return lines, own


def _relieved(inputs: Sequence[LineInput], context: QuoteContext, home: Place) -> tuple[list[LineInput], QuoteContext]:
    """Take the tax that prices include at home off lines and shipping."""
    before = quote(inputs, replace(context, taxes=taxes_for(home, context.instant), treatment=None))
    label = gettext("Tax that is not charged")
    lines = [
        replace(line, discounts=(*line.discounts, LineDiscount(RELIEF, label, found.tax))) if found.tax else line
        for line, found in zip(inputs, before.lines, strict=True)
    ]
    shipping = context.shipping
    if shipping is not None and before.shipping_choice is not None:
        shipping = replace(shipping, price=before.shipping_choice.net)
    return lines, replace(context, shipping=shipping)


def _duty_line(duty: Duty, context: QuoteContext, treatment: Treatment) -> LineInput:
    tax = NO_TAX
    if duty.is_taxed and treatment.scheme in CHARGED:
        tax = replace(tax_for(context, "standard"), included=False)
    return LineInput(DUTY, 0, duty.count, duty.each, tax=tax)


def duty_title(duty: Duty) -> str:
    """Return what an order calls the duty, with the customs codes it is for."""
    if not duty.codes:
        return gettext("EU import duty")
    return gettext("EU import duty (%(codes)s)") % {"codes": ", ".join(duty.codes)}


def goods_only(subtotal: Money, lines: Iterable[tuple[str, Money]]) -> Money:
    """Return a subtotal without the duty that is among its lines (key and subtotal each)."""
    return subtotal - total((amount for key, amount in lines if key == DUTY), subtotal.currency)
