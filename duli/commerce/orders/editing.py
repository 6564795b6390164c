"""What an edit makes of an order, as a pure function: new lines, a new quote, and the changes in words' parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from duli.base.errors import InvalidInput
from duli.base.money import Money, TaxedMoney
from duli.commerce.orders.types import BelowRefunded, EmptyOrder, LineIsFixed, NothingChanged, TooFewUnits
from duli.commerce.payments.gift_cards import GiftCardFixed
from duli.commerce.pricing.quote import quote, spread
from duli.commerce.pricing.serialise import tax_of, to_json
from duli.commerce.pricing.types import LineDiscount, LineInput, Quote, QuoteContext, ShippingInput, Tax, TaxRounding

MAXIMUM_UNITS = 1_000_000
MAXIMUM_MINOR = 10**12
MAXIMUM_LINES = 500


@dataclass(frozen=True, slots=True)
class AddedLine:
    """Units of a variant to add; `unit_price_minor` None takes today's price for so many."""

    variant_id: int
    quantity: int
    unit_price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class EditWish:
    """What is to change; amounts in minor units, in the tax mode of the order's prices.

    A line whose quantity changes goes on in today's price lists if its price stands in them; `prices` keeps it.

    `quantities` (0 removes), `prices` and `discounts` (what comes off the whole line) are by line id;
    `order_discount_minor` comes off all lines that may change. `shipping_method_code` re-rates or names a method.
    """

    quantities: Mapping[int, int] = field(default_factory=dict)
    prices: Mapping[int, int] = field(default_factory=dict)
    discounts: Mapping[int, int] = field(default_factory=dict)
    additions: Sequence[AddedLine] = ()
    order_discount_minor: int = 0
    shipping_minor: int | None = None
    shipping_method_code: str | None = None


@dataclass(frozen=True, slots=True)
class EditLine:
    """A line of the order before the edit. `locked` units have left or were cancelled."""

    id: int
    variant_id: int
    title: str
    quantity: int
    locked: int
    unit_price: int
    discount: int
    tax: int
    total: int
    rate: Decimal
    rate_name: str
    is_fixed: bool
    is_gift_card: bool = False
    taxes: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class NewGoods:
    """A variant that is added: its title, price and tax are today's."""

    variant_id: int
    title: str
    quantity: int
    unit_price: int
    tax: Tax
    is_gift_card: bool = False
    listed: ListPrice | None = None
    """The list by which it costs that; None where somebody named the price."""


@dataclass(frozen=True, slots=True)
class ShippingBefore:
    code: str
    name: str
    price: int
    net: int
    tax: int
    total: int
    rate: Decimal
    rate_name: str
    is_fixed: bool
    shares: Sequence[Mapping[str, Any]] = ()

    def taxes(self) -> tuple[tuple[Tax, int], ...]:
        """Return the rates the shipping was taxed at, each with its weight."""
        if not self.shares:
            return ((Tax(self.rate_name, self.rate), 1),)
        weigh = any(share["total"] for share in self.shares)
        return tuple(
            (tax_of(share["name"], Decimal(share["rate"]), share["taxes"]), share["total"] if weigh else 1)
            for share in self.shares
        )

    def agreed(self, currency: str) -> tuple[TaxedMoney, ...]:
        """Return what was agreed for each of these rates."""
        rows = self.shares or [{"net": self.net, "tax": self.tax, "total": self.total}]
        return tuple(
            TaxedMoney(Money(row["net"], currency), Money(row["tax"], currency), Money(row["total"], currency))
            for row in rows
        )


@dataclass(frozen=True, slots=True)
class EditInput:
    """An order before the edit. `refunded` is (gross, tax) per rate that went back already."""

    currency: str
    prices_include_tax: bool
    instant: datetime
    market_code: str
    lines: Sequence[EditLine]
    shipping: ShippingBefore | None
    total: int
    quote: Mapping[str, Any]
    refunded: Mapping[Decimal, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes. `what` is "added", "removed", "quantity", "price", "discount", "order_discount",
    "shipping" or "method"; before and after are units, minor units or names."""

    what: str
    title: str
    before: int | str
    after: int | str


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What a unit of a line costs by today's promotions and price lists for so many units, in minor units, and which
    of them make that."""

    minor: int
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EditResult:
    """`difference` is what the order costs more (below zero: less). Keys of the quote's lines are line ids, or
    "new:0", "new:1" … for additions. `listed` are the prices, by such a key, that lists gave to what was added or whose
    quantity changed, where nobody named another."""

    quote: Quote
    quote_json: dict[str, Any]
    changes: tuple[Change, ...]
    before: int
    difference: int
    listed: Mapping[str, ListPrice] = field(default_factory=dict)


def _in_range(value: int, most: int, name: str) -> int:
    if not 0 <= value <= most:
        raise InvalidInput(field=name)
    return value


def edit(
    order: EditInput,
    wish: EditWish,
    added: Sequence[NewGoods],
    shipping: ShippingInput | None,
    listed: Mapping[int, ListPrice] | None = None,
) -> EditResult:
    """Return the order as the wish makes it; lines that do not change keep their amounts to the minor unit.

    `shipping` is the method that the wish names, if it names another; `listed` are the prices, by line id, of lines
    whose quantity moves them on in a price list. Raises LineIsFixed, TooFewUnits, EmptyOrder,
    BelowRefunded, NothingChanged, InvalidInput, DiscountTooLarge.
    """
    known = {line.id for line in order.lines}
    if not known.issuperset({*wish.quantities, *wish.prices, *wish.discounts}):
        raise InvalidInput(field="line")
    if len(known) + len(added) > MAXIMUM_LINES:
        raise InvalidInput(field="additions")
    changes: list[Change] = []
    inputs: list[LineInput] = []
    for line in order.lines:
        by_list = (listed or {}).get(line.id) if line.id not in wish.prices else None
        found = _line(order, line, wish, changes, by_list)
        if found is not None:
            inputs.append(found)
    for number, goods in enumerate(added):
        _in_range(goods.quantity - 1, MAXIMUM_UNITS, "quantity")
        price = Money(_in_range(goods.unit_price, MAXIMUM_MINOR, "price"), order.currency)
        inputs.append(LineInput(f"new:{number}", goods.variant_id, goods.quantity, price, tax=goods.tax))
        changes.append(Change("added", goods.title, 0, goods.quantity))
    if not inputs:
        raise EmptyOrder()
    if wish.order_discount_minor:
        off = Money(_in_range(wish.order_discount_minor, MAXIMUM_MINOR, "order_discount"), order.currency)
        fixed = {str(line.id) for line in order.lines if line.is_fixed or line.is_gift_card}
        fixed |= {f"new:{number}" for number, goods in enumerate(added) if goods.is_gift_card}
        inputs = _spread_over(off, inputs, fixed)
        changes.append(Change("order_discount", "", 0, off.minor))
    result = quote(
        inputs,
        QuoteContext(
            currency=order.currency,
            prices_include_tax=order.prices_include_tax,
            instant=order.instant,
            shipping=_shipping(order, wish, shipping, changes),
            market_code=order.market_code,
            rounding=TaxRounding(order.quote.get("rounding", TaxRounding.LINE)),
        ),
    )
    if not changes:
        raise NothingChanged()
    _check_refunded(order, result)
    return EditResult(
        quote=result,
        quote_json=_explained(order, result, wish),
        changes=tuple(changes),
        before=order.total,
        difference=result.total.minor - order.total,
        listed={
            **{str(pk): entry for pk, entry in (listed or {}).items() if pk not in wish.prices},
            **{f"new:{at}": goods.listed for at, goods in enumerate(added) if goods.listed is not None},
        },
    )


def _spread_over(off: Money, inputs: Sequence[LineInput], fixed: set[str]) -> list[LineInput]:
    """Take an order's discount off every line that may change; those are rounded again."""
    free = [replace(line, fixed=None) for line in inputs if line.key not in fixed]
    cut = {line.key: line for line in spread(LineDiscount("edit", gettext("Order discount"), off), free)}
    return [cut.get(line.key, line) for line in inputs]


def _line(
    order: EditInput, line: EditLine, wish: EditWish, changes: list[Change], listed: ListPrice | None
) -> LineInput | None:
    quantity = _in_range(wish.quantities.get(line.id, line.quantity), MAXIMUM_UNITS, "quantity")
    usual = listed.minor if listed is not None else line.unit_price
    price = _in_range(wish.prices.get(line.id, usual), MAXIMUM_MINOR, "price")
    # What comes off a line grows and shrinks with its units, unless somebody says what it is.
    kept = line.discount
    if quantity not in {line.quantity, 0}:
        kept = (Money(line.discount, order.currency) * (Decimal(quantity) / line.quantity)).minor
    discount = _in_range(wish.discounts.get(line.id, min(kept, price * quantity)), MAXIMUM_MINOR, "discount")
    is_same = (quantity, price, discount) == (line.quantity, line.unit_price, line.discount)
    if line.is_gift_card and (discount or (line.is_fixed and not is_same)):
        raise GiftCardFixed(title=line.title)
    if not is_same and line.is_fixed:
        raise LineIsFixed(title=line.title)
    if quantity < line.locked:
        raise TooFewUnits(least=line.locked, title=line.title)
    if not quantity:
        changes.append(Change("removed", line.title, line.quantity, 0))
        return None
    if quantity != line.quantity:
        changes.append(Change("quantity", line.title, line.quantity, quantity))
    if price != line.unit_price:
        changes.append(Change("price", line.title, line.unit_price, price))
    if line.id in wish.discounts and discount != line.discount:
        changes.append(Change("discount", line.title, line.discount, discount))
    agreed = None
    if is_same:
        gross = Money(line.total, order.currency)
        tax = Money(line.tax, order.currency)
        agreed = TaxedMoney(gross - tax, tax, gross)
    off = (LineDiscount("line", gettext("Discount"), Money(discount, order.currency)),) if discount else ()
    return LineInput(
        key=str(line.id),
        variant_id=line.variant_id,
        quantity=quantity,
        unit_price=Money(price, order.currency),
        discounts=off,
        tax=tax_of(line.rate_name, line.rate, line.taxes),
        fixed=agreed,
    )


def _shipping(
    order: EditInput, wish: EditWish, chosen: ShippingInput | None, changes: list[Change]
) -> ShippingInput | None:
    before = order.shipping
    if chosen is not None and before is not None and chosen.code == before.code and wish.shipping_minor is None:
        wanted = chosen.price.minor
    else:
        wanted = chosen.price.minor if chosen else before.price if before else 0
    if wish.shipping_minor is not None:
        wanted = _in_range(wish.shipping_minor, MAXIMUM_MINOR, "shipping")
    name = chosen.name if chosen else before.name if before else ""
    code = chosen.code if chosen else before.code if before else ""
    if before is None and not wanted and chosen is None:
        return None
    if before is not None and (wanted, code) == (before.price, before.code):
        agreed = before.agreed(order.currency)
        price = Money(before.price, order.currency)
        return ShippingInput(before.code, before.name, price, shares=before.taxes(), fixed=agreed)
    if before is not None and before.is_fixed and wanted != before.price:
        raise LineIsFixed(title=gettext("Shipping"))
    if code != (before.code if before else ""):
        changes.append(Change("method", "", before.name if before else "", name))
    if wanted != (before.price if before else 0):
        changes.append(Change("shipping", "", before.price if before else 0, wanted))
    price = Money(wanted, order.currency)
    if before is not None:
        agreed = before.agreed(order.currency) if before.is_fixed else ()
        return ShippingInput(code, name, price, shares=before.taxes(), fixed=agreed)
    return ShippingInput(code, name, price, tax=chosen.tax if chosen else Tax("", Decimal(0)))


def _check_refunded(order: EditInput, result: Quote) -> None:
    """No rate may be charged less than went back of it."""
    charged: dict[Decimal, tuple[int, int]] = {}
    rows = [(line.tax_rate, line.total.minor, line.tax.minor) for line in result.lines]
    if result.shipping_choice is not None:
        rows += [(share.rate, share.total.minor, share.tax.minor) for share in result.shipping_choice.shares]
    for rate, gross, tax in rows:
        before = charged.get(rate.normalize(), (0, 0))
        charged[rate.normalize()] = (before[0] + gross, before[1] + tax)
    for rate, (gross, tax) in order.refunded.items():
        now_gross, now_tax = charged.get(rate.normalize(), (0, 0))
        if gross > now_gross or tax > now_tax or gross - tax > now_gross - now_tax:
            raise BelowRefunded()


BY_HAND = "edit"


def by_hand(quote_json: Mapping[str, Any]) -> int:
    """Return what staff took off the order so far, in minor units."""
    rows = quote_json.get("adjustments", [])
    return -sum(int(entry["amount"]) for entry in rows if entry.get("code") == BY_HAND and entry.get("applied"))


def reduction_of(order: EditInput, wish: EditWish, result: EditResult, list_prices: Mapping[int, int]) -> Decimal:
    """Return the percent that goods cost less by hand after the edit, for the limits of roles; 0 if it gives nothing.

    What was taken off by hand before counts too, so that many small steps are one large one. A price that is lowered
    is measured by today's price (`list_prices`, by variant) where that is higher.
    """
    before = {str(line.id): line for line in order.lines}
    gives = bool(wish.order_discount_minor)
    base = paid = 0
    for line in result.quote.lines:
        former = before.get(line.key)
        now_each = line.unit_price.minor
        list_price = list_prices.get(line.variant_id, now_each)
        each = list_price if former is None else former.unit_price
        if line.key in result.listed:
            # What a price list gives nobody gives by hand.
            each = list_price = now_each
        if now_each < each:
            gives = True
            each = max(each, list_price)
        if former is not None and former.id in wish.discounts and line.discount.minor > former.discount:
            gives = True
        base += max(each, now_each) * line.quantity
        paid += line.subtotal.minor - line.discount.minor
    by_rules = sum(line.discount for line in order.lines) - by_hand(order.quote)
    base -= min(max(0, by_rules), base - paid)
    if not gives or base <= paid:
        return Decimal(0)
    return (Decimal(base - paid) * 100 / base).quantize(Decimal("0.01"))


def _explained(order: EditInput, result: Quote, wish: EditWish) -> dict[str, Any]:
    """Return the quote as JSON, with the reasons of the discounts that were there before and stay."""
    data = to_json(result)
    old = [entry for entry in order.quote.get("adjustments", []) if entry.get("kind") == "discount"]
    rest = [entry for entry in data["adjustments"] if entry["kind"] != "discount"]
    before = -sum(entry["amount"] for entry in old if entry.get("applied"))
    by_hand = -data["discount"] + before
    if wish.order_discount_minor or by_hand:
        rest = [
            {
                "kind": "discount",
                "code": BY_HAND,
                "label": gettext("Discount by the shop"),
                "amount": by_hand,
                "applied": True,
                "why": gettext("Changed with the order"),
                "line_key": "",
            },
            *rest,
        ]
    data["adjustments"] = [*old, *rest]
    data["promotions"] = order.quote.get("promotions", [])
    return data
