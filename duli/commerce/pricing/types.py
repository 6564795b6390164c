"""The shapes of a quote: what goes in (a snapshot), what comes out (totals that explain themselves)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money, TaxedMoney
from duli.commerce.pricing.promotion_types import Offers, Outcome, Promotion


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class PriceInput:
    """A price to store; minor units of `currency`."""

    variant_id: int
    currency: str
    minor: int
    compare_at_minor: int | None = None


@dataclass(frozen=True, slots=True)
class PriceView:
    """The price of one variant as shown; `compare_at` only if it is higher.

    `lowest_before` is the lowest price of the 30 days before that reduction; see `history.shown_former`.
    """

    price: Money
    compare_at: Money | None = None
    lowest_before: Money | None = None


class TaxRounding(StrEnum):
    """Where tax is rounded to minor units: for each unit sold, each line, or each rate of the whole order."""

    UNIT = "unit"
    LINE = "line"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class TaxPart:
    """One tax of several on the same goods (GST and PST); `compound` is on the price with the taxes before it.

    `rule_id` is the row of rates it comes from.
    """

    name: str
    rate: Decimal
    rule_id: int | None = None
    compound: bool = False


@dataclass(frozen=True, slots=True)
class Tax:
    """A rate (0.13 for 13 %) and the name it has on documents; `parts` say what it is made of.

    `rate` has five decimals; compound taxes may have more, so that `exact` is what is reckoned with. `included` says
    that prices contain this tax, or do not, whatever the market's prices do (None: as they do).
    """

    name: str
    rate: Decimal
    parts: tuple[TaxPart, ...] = ()
    included: bool | None = None

    @property
    def exact(self) -> Decimal:
        """The rate of all parts together, in as many decimals as it has."""
        return combined(self.parts) if self.parts else self.rate

    @classmethod
    def of(cls, parts: Sequence[TaxPart], included: bool | None = None) -> Tax:
        """Put parts together, in the order in which they are levied."""
        rate = combined(parts).quantize(Decimal("0.00001"))
        return cls(" + ".join(dict.fromkeys(part.name for part in parts)), rate, tuple(parts), included)


def combined(parts: Sequence[TaxPart]) -> Decimal:
    """Return the rate of several taxes together: plain ones add up, a compound one is on all that came before."""
    whole = Decimal(0)
    for part in parts:
        whole += part.rate * (1 + whole) if part.compound else part.rate
    return whole


class LineDiscount(NamedTuple):
    """Something off one line: `amount` above zero, in the tax mode of the prices; `why` is shown beside it."""

    code: str
    label: str
    amount: Money
    why: str = ""


@dataclass(frozen=True, slots=True)
class LineInput:
    """One line to quote, with everything the computation needs, so that `quote` reads nothing itself.

    `tax` wins over the rate of the class: a placed order keeps the rate it was sold at. `fixed` is the net, tax
    and gross that were agreed already: a line that is not changed is not rounded again.
    """

    key: str
    variant_id: int
    quantity: int
    unit_price: Money
    tax_class: str = "standard"
    discounts: tuple[LineDiscount, ...] = ()
    tax: Tax | None = None
    fixed: TaxedMoney | None = None
    facets: frozenset[str] | None = None
    """What promotions know it by ("product:3", "tag:sale"); None: they leave it alone."""
    is_reduced: bool = False
    """Whether it costs less than it did, by its own price."""
    shelf: tuple[tuple[Promotion, int], ...] = ()
    """Promotions that are in `unit_price` already, with what each took off a unit."""
    cost: int | None = None
    """What a unit costs the merchant, in minor units of the quote's currency."""


@dataclass(frozen=True, slots=True)
class ShippingInput:
    """The chosen method and its price, in the same tax mode as the goods; `why` is shown beside it.

    With a `tax_class` it is taxed as goods of that class. Else it has the rate of the class "shipping", where there is
    one, or follows the goods: the price is split by their value over their rates. `shares` is such a split that was
    agreed already, as weights; `fixed` as for a line, one for each of the `shares`.
    """

    code: str
    name: str
    price: Money
    why: str = ""
    tax_class: str = ""
    tax: Tax | None = None
    shares: tuple[tuple[Tax, int], ...] = ()
    fixed: tuple[TaxedMoney, ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """What customs take of a parcel: so much for each of `codes`, six digits each."""

    each: Money
    codes: tuple[str, ...]
    unknown: int
    is_charged: bool
    is_taxed: bool

    @property
    def count(self) -> int:
        return len(self.codes) + self.unknown

    @property
    def amount(self) -> Money:
        return self.each * self.count


@dataclass(frozen=True, slots=True)
class Treatment:
    """Under which scheme a sale is taxed and by the rates of which place (no country: the seller charges nothing).

    `drops_tax` says that prices which include tax become cheaper by that of `home`. `vat_id` is the buyer's, with what
    its register said ("valid", "invalid", "unavailable", "unchecked"), the register's `proof` of having been asked and
    when that was (ISO).
    """

    scheme: str
    place: Place
    vat_id: str = ""
    vat_state: str = ""
    proof: str = ""
    checked_at: str = ""
    drops_tax: bool = False
    home: Place | None = None
    duty: Duty | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what an order keeps of it."""
        kept: dict[str, Any] = {
            "place": asdict(self.place),
            "vat_id": self.vat_id,
            "vat_state": self.vat_state,
            "proof": self.proof,
            "checked_at": self.checked_at,
        }
        if self.duty is not None:
            kept["duty"] = {
                "each": self.duty.each.minor,
                "currency": self.duty.each.currency,
                "codes": list(self.duty.codes),
                "unknown": self.duty.unknown,
                "charged": self.duty.is_charged,
            }
        return {key: value for key, value in kept.items() if value}


@dataclass(frozen=True, slots=True)
class Place:
    """Where goods go, as far as tax depends on it."""

    country: str
    region: str = ""
    postal_code: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class QuoteContext:
    """Everything outside the lines that a total depends on.

    `taxes` maps a tax class to its rate at the destination; a class that is missing uses "standard", and
    no rate at all means no tax. `rounding` says where tax becomes minor units.
    """

    currency: str
    prices_include_tax: bool
    instant: datetime
    taxes: Mapping[str, Tax] = field(default_factory=dict)
    shipping: ShippingInput | None = None
    market_code: str = ""
    rounding: TaxRounding = TaxRounding.LINE
    treatment: Treatment | None = None
    offers: Offers | None = None
    """The promotions that are to be worked in; None: they were, or there are none."""
    outcomes: tuple[Outcome, ...] = ()


class Adjustment(NamedTuple):
    """One rule that was looked at: what it did to which line, or why it did nothing.

    `kind` is the family ("shipping", "tax", "discount"); `amount` is negative for a discount. A tuple, since a large
    cart with many promotions has tens of thousands of them.
    """

    kind: str
    code: str
    label: str
    amount: Money
    applied: bool
    why: str
    line_key: str = ""


@dataclass(frozen=True, slots=True)
class QuotedTax:
    """One tax on one line: its rule, what it is on (`base`) and what it comes to."""

    name: str
    rate: Decimal
    rule_id: int | None
    compound: bool
    base: Money
    amount: Money
    included: bool | None = None


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """`subtotal` is unit price × quantity; `net + tax = total`, what the shopper pays for the line.

    `taxes` are the parts of the tax, which sum to it.
    """

    key: str
    variant_id: int
    quantity: int
    unit_price: Money
    subtotal: Money
    discount: Money
    net: Money
    tax: Money
    total: Money
    tax_name: str
    tax_rate: Decimal
    taxes: tuple[QuotedTax, ...] = ()


@dataclass(frozen=True, slots=True)
class ShippingShare:
    """The part of the shipping that is taxed at one rate."""

    name: str
    rate: Decimal
    net: Money
    tax: Money
    total: Money
    taxes: tuple[QuotedTax, ...] = ()


@dataclass(frozen=True, slots=True)
class QuotedShipping:
    """`tax_rate` is the rate of the largest of its `shares`, mostly the only one."""

    code: str
    name: str
    price: Money
    net: Money
    tax: Money
    total: Money
    tax_rate: Decimal
    shares: tuple[ShippingShare, ...] = ()


@dataclass(frozen=True, slots=True)
class TaxSum:
    """All tax of one name and rate, with the net it is on; `included` where prices contain it."""

    name: str
    rate: Decimal
    net: Money
    tax: Money
    included: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """A total that explains itself.

    ``subtotal`` (goods as priced) − ``discount`` + ``shipping`` + those of the ``taxes`` that prices do not include =
    ``total``.
    """

    currency: str
    prices_include_tax: bool
    lines: tuple[QuotedLine, ...]
    shipping_choice: QuotedShipping | None
    subtotal: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money
    taxes: tuple[TaxSum, ...]
    adjustments: tuple[Adjustment, ...]
    rounding: TaxRounding = TaxRounding.LINE
    treatment: Treatment | None = None
    outcomes: tuple[Outcome, ...] = ()
    """What became of each promotion that was looked at."""


class PricesStand(Conflict):
    code = "prices_stand"
    message = _("Goods have prices in %(currency)s already, or its coins are of another size. Sell in it by a market.")


class PriceMissing(DuliError):
    """A variant has no price in the currency and none can be derived."""

    code = "price_missing"
    message = _("%(title)s has no price in %(currency)s yet.")
    status = 409


class DiscountTooLarge(DuliError):
    """More would come off a line than it costs."""

    code = "discount_too_large"
    message = _("A discount cannot be larger than what it is taken off.")
    status = 422


class TaxRateTwice(DuliError):
    """The same place, class and first day: only one of the two could count."""

    code = "tax_rate_twice"
    message = _("There is a rate for this place and class from the same day on. Change that one instead.")
    status = 409


class InvalidPrice(DuliError):
    code = "invalid_price"
    message = _("A price must be zero or more, and the former price higher than the price.")
    status = 422
