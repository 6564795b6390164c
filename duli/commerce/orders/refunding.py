"""What a refund gives back, as pure functions over what was sold and what went back before.

Nothing else splits a refund. Each line gives back its share of what is left of it, so that the last unit takes
exactly the rest; the same holds for shipping and, per tax rate, for the whole order. A fee or goodwill is spread
over the rates, so that no rate ever gives back more, gross or tax, than it was charged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import get_language

from duli.base.errors import InvalidInput
from duli.base.money import Money
from duli.commerce.orders.types import NothingToRefund, TooManyToRefund
from duli.commerce.payments.types import RefundTooLarge


@dataclass(frozen=True, slots=True)
class LineStanding:
    """A line as it was sold and what of it was refunded; totals with tax, minor units."""

    line_id: int
    title: str
    quantity: int
    total: int
    tax: int
    rate: Decimal
    rate_name: str = ""
    refunded_quantity: int = 0
    refunded_total: int = 0
    refunded_tax: int = 0

    @property
    def left(self) -> int:
        return self.quantity - self.refunded_quantity


@dataclass(frozen=True, slots=True)
class ShippingShareStanding:
    """The part of the shipping that was taxed at one rate; with tax, minor units."""

    rate: Decimal
    rate_name: str
    total: int
    tax: int


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """An order before a refund. `refunded` is (gross, tax) per rate so far; `cash` what can go back in money.

    `shipping_shares` divide the shipping where its tax followed goods of several rates.
    """

    currency: str
    lines: Sequence[LineStanding]
    shipping_total: int = 0
    shipping_tax: int = 0
    shipping_rate: Decimal = Decimal(0)
    shipping_rate_name: str = ""
    shipping_refunded: int = 0
    shipping_tax_refunded: int = 0
    shipping_shares: Sequence[ShippingShareStanding] = ()
    refunded: Mapping[Decimal, tuple[int, int]] = field(default_factory=dict)
    cash: int = 0

    def charged(self) -> dict[Decimal, tuple[int, int]]:
        """Return (gross, tax) per rate that was charged."""
        sums: dict[Decimal, tuple[int, int]] = {}
        rows = [(line.rate, line.total, line.tax) for line in self.lines]
        rows += [(share.rate, share.total, share.tax) for share in self.shares()]
        for rate, gross, tax in rows:
            if gross or tax:
                before = sums.get(rate, (0, 0))
                sums[rate] = (before[0] + gross, before[1] + tax)
        return sums

    def left(self) -> dict[Decimal, tuple[int, int]]:
        """Return (gross, tax) per rate that has not been refunded."""
        return {
            rate: (gross - self.refunded.get(rate, (0, 0))[0], tax - self.refunded.get(rate, (0, 0))[1])
            for rate, (gross, tax) in self.charged().items()
        }

    def shares(self) -> Sequence[ShippingShareStanding]:
        """Return the shipping by rate; mostly there is one."""
        return self.shipping_shares or (
            ShippingShareStanding(self.shipping_rate, self.shipping_rate_name, self.shipping_total, self.shipping_tax),
        )

    @property
    def value_left(self) -> int:
        return sum(gross for gross, _ in self.left().values())

    @property
    def shipping_left(self) -> int:
        return self.shipping_total - self.shipping_refunded

    def names(self) -> dict[Decimal, str]:
        found = {line.rate: line.rate_name for line in self.lines}
        for share in self.shares():
            found.setdefault(share.rate, share.rate_name)
        return found


@dataclass(frozen=True, slots=True)
class RefundWish:
    """What is to be refunded: units per line, shipping with tax, and more (or, below zero, less) beside it."""

    units: Mapping[int, int] = field(default_factory=dict)
    shipping: int = 0
    adjustment: int = 0


@dataclass(frozen=True, slots=True)
class RefundedLine:
    line_id: int
    quantity: int
    total: int
    tax: int


@dataclass(frozen=True, slots=True)
class TaxBack:
    """What goes back of one rate; net + tax = gross."""

    name: str
    rate: Decimal
    gross: int
    net: int
    tax: int


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """``goods + shipping + adjustment = amount``, tax included; `cash_left` is what could still go back after it."""

    currency: str
    lines: tuple[RefundedLine, ...]
    goods: int
    shipping: int
    shipping_tax: int
    adjustment: int
    amount: int
    tax: int
    taxes: tuple[TaxBack, ...]
    cash_left: int


def _share(left: int, take: int, of: int, currency: str) -> int:
    """Return `take` parts out of `of` of what is left; all of them take all of it."""
    if take == of:
        return left
    return Money(left, currency).allocate([take, of - take])[0].minor


def everything(standing: OrderStanding) -> RefundWish:
    """Return the wish that gives back all that is left, to the last minor unit, whatever was adjusted before."""
    lines = sum(line.total - line.refunded_total for line in standing.lines if line.left)
    return RefundWish(
        units={line.line_id: line.left for line in standing.lines if line.left},
        shipping=standing.shipping_left,
        adjustment=standing.value_left - lines - standing.shipping_left,
    )


def preview(standing: OrderStanding, wish: RefundWish, *, offset: int = 0) -> RefundPreview:
    """Compute a refund and its tax per rate. `offset` of it stays with the order and needs no money.

    Raises TooManyToRefund, InvalidInput, NothingToRefund, RefundTooLarge (more than was charged or paid).
    """
    currency = standing.currency
    by_id = {line.line_id: line for line in standing.lines}
    lines: list[RefundedLine] = []
    wanted: dict[Decimal, tuple[int, int]] = {}

    def add(rate: Decimal, gross: int, tax: int) -> None:
        before = wanted.get(rate, (0, 0))
        wanted[rate] = (before[0] + gross, before[1] + tax)

    for line_id, units in wish.units.items():
        line = by_id.get(line_id)
        if line is None or units < 0:
            raise InvalidInput(field="line")
        if not units:
            continue
        if units > line.left:
            raise TooManyToRefund(left=line.left, title=line.title)
        gross = _share(line.total - line.refunded_total, units, line.left, currency)
        tax = _share(line.tax - line.refunded_tax, units, line.left, currency)
        lines.append(RefundedLine(line_id, units, gross, tax))
        add(line.rate, gross, tax)
    if not 0 <= wish.shipping <= standing.shipping_left:
        raise InvalidInput(field="shipping")
    shipping_tax = 0
    if wish.shipping:
        tax_left = standing.shipping_tax - standing.shipping_tax_refunded
        shipping_tax = _share(tax_left, wish.shipping, standing.shipping_left, currency)
        shares = standing.shares()
        gross_parts = Money(wish.shipping, currency).allocate([share.total for share in shares])
        tax_parts = Money(shipping_tax, currency).allocate([share.tax for share in shares])
        for share, gross_part, tax_part in zip(shares, gross_parts, tax_parts, strict=True):
            add(share.rate, gross_part.minor, tax_part.minor)
    goods = sum(line.total for line in lines)
    amount = goods + wish.shipping + wish.adjustment
    if amount < 0:
        raise InvalidInput(field="adjustment")
    if not amount and not lines:
        raise NothingToRefund()
    left = standing.left()
    most = min(sum(gross for gross, _ in left.values()), standing.cash + offset)
    if amount > most:
        raise RefundTooLarge(available=Money(max(0, most), currency).format(get_language() or "en"))
    taxes = _per_rate(left, wanted, amount, standing.names(), currency)
    return RefundPreview(
        currency=currency,
        lines=tuple(lines),
        goods=goods,
        shipping=wish.shipping,
        shipping_tax=shipping_tax,
        adjustment=wish.adjustment,
        amount=amount,
        tax=sum(entry.tax for entry in taxes),
        taxes=taxes,
        cash_left=standing.cash - (amount - offset),
    )


def _per_rate(
    left: Mapping[Decimal, tuple[int, int]],
    wanted: Mapping[Decimal, tuple[int, int]],
    amount: int,
    names: Mapping[Decimal, str],
    currency: str,
) -> tuple[TaxBack, ...]:
    """Spread `amount` over the rates: as wanted where that fits, the difference in proportion to what there is."""
    rates = sorted(left)
    gross = {rate: min(wanted.get(rate, (0, 0))[0], left[rate][0]) for rate in rates}
    missing = amount - sum(gross.values())
    if missing:
        weights = [left[rate][0] - gross[rate] if missing > 0 else gross[rate] for rate in rates]
        for rate, share in zip(rates, Money(missing, currency).allocate(weights), strict=True):
            gross[rate] += share.minor
    result = []
    for rate in rates:
        if not gross[rate]:
            continue
        back = gross[rate]
        gross_left, tax_left = left[rate]
        plain_gross, plain_tax = wanted.get(rate, (0, 0))
        fits = plain_gross == back and plain_tax <= tax_left and back - plain_tax <= gross_left - tax_left
        tax = plain_tax if fits and back != gross_left else _share(tax_left, back, gross_left, currency)
        result.append(TaxBack(names.get(rate, ""), rate, back, back - tax, tax))
    return tuple(result)
