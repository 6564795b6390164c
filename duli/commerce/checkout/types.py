from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money
from duli.commerce.catalogue.titles import NamedPart
from duli.commerce.catalogue.units import Content
from duli.commerce.customers.addresses import AddressForm
from duli.commerce.customers.types import Address
from duli.commerce.inventory.types import PickupPlace, Promise
from duli.commerce.membership.types import PointsOffer
from duli.commerce.payments.gift_cards import CardUse
from duli.commerce.payments.gifts import Gift
from duli.commerce.payments.types import MethodView
from duli.commerce.pricing.promotion_types import Promotion
from duli.commerce.pricing.types import Quote
from duli.commerce.shipping.estimates import Estimate
from duli.commerce.shipping.types import Rate
from duli.platform.media.types import ImageView

MAXIMUM_QUANTITY = 999
MAXIMUM_LINES = 200


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class CartLineView:
    """One line as it is now. `problem` is "" or why it cannot be bought: "gone", "sold_out", "too_many", "no_price"; in
    a flash sale "flash_had" (the buyer has all that one buyer may have), "flash_limit", "flash_wait" (not let in).

    `available` is None where stock has no limit; `former_price` is what it cost when it was put in, if that
    has changed.
    """

    id: int
    variant_id: int
    product_id: int
    product_handle: str
    title: str
    variant_title: str
    sku: str
    image: ImageView | None
    quantity: int
    unit_price: Money | None
    compare_at: Money | None
    former_price: Money | None
    subtotal: Money | None
    available: int | None
    problem: str
    requires_shipping: bool
    weight_grams: int
    tax_class: str
    discount: Money | None = None
    """What staff took off the whole line, in a draft."""
    is_agreed: bool = False
    """Whether staff agreed on `unit_price`, in a draft."""
    is_reduced: bool = False
    """Whether its own price is below its former one."""
    shelf: tuple[tuple[Promotion, int], ...] = ()
    """Promotions that are in `unit_price`, with what each took off a unit."""
    list_price: Money | None = None
    """What a unit costs without an agreement; None where it has no price, or is not in the catalogue."""
    custom_id: int | None = None
    """Set where the line is not in the catalogue; `variant_id` and `product_id` are 0 then."""
    is_taxed: bool = True
    parts: tuple[NamedPart, ...] = ()
    """What one unit consists of, if it is a bundle."""
    later_units: int = 0
    """Of the quantity, the units that are not there: they are sold ahead, on the terms of `promise`."""
    promise: Promise | None = None
    content: Content | None = None
    """How much is in one unit, for its unit price."""
    is_gift_card: bool = False
    gift: Gift | None = None
    """For whom a gift card is, if the buyer said so."""
    hs_code: str = ""
    """Under which customs tariff it falls."""


@dataclass(frozen=True, slots=True)
class CodeView:
    """A code in a cart; `why` says why it gives nothing."""

    text: str
    applied: bool
    why: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class RestrictedGoods:
    """A line that cannot be sent to `country`: by `methods` (names), or not at all where none is named."""

    line_id: int
    title: str
    country: str
    methods: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class CartView:
    """A cart with its totals; `quote` covers the lines without a problem. An empty cart has token ""."""

    token: str
    currency: str
    language: str
    market_code: str
    lines: Sequence[CartLineView]
    quote: Quote
    item_count: int
    has_problems: bool
    shipping_is_estimate: bool
    free_shipping_missing: Money | None
    country: str = ""
    """Where to: as the shopper said, or as the estimate assumes; "" if nobody can say."""
    restricted: Sequence[RestrictedGoods] = ()
    is_fetched: bool = False
    estimate: Estimate | None = None
    """When it arrives (or lies ready) by the method that is counted; None where nobody can say."""
    codes: tuple[CodeView, ...] = ()
    points: PointsOffer | None = None
    """What points the buyer may spend, and what the cart earns; None where the shop gives none."""


@dataclass(frozen=True, slots=True)
class CartFacts:
    """What can be said of an open cart without reading prices or stock."""

    market_code: str
    language: str
    item_count: int
    needs_shipping: bool


@dataclass(frozen=True, slots=True)
class Details:
    """What the shopper has told us so far. `billing_address` None means the shipping address."""

    email: str = ""
    phone: str = ""
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method_id: int | None = None
    payment_method_code: str = ""
    note: str = ""
    vat_id: str = ""
    pickup_location_id: int | None = None
    """Where it is to be fetched, if the method means that."""


@dataclass(frozen=True, slots=True)
class PickupChoice:
    """A place at which the cart can be fetched, if all of it `is_there`, and from when on."""

    place: PickupPlace
    is_there: bool
    ready: Estimate


@dataclass(frozen=True, slots=True)
class PickupView:
    """The way to fetch it, its places, and the one that is chosen (0: none)."""

    rate: Rate
    choices: Sequence[PickupChoice]
    chosen_id: int


@dataclass(frozen=True, slots=True)
class CreditOffer:
    """A customer's store credit in the cart's currency, what it would pay of the cart, and whether it shall."""

    there: Money
    pays: Money
    chosen: bool

    @property
    def amount(self) -> Money:
        """What it pays as things stand."""
        return self.pays if self.chosen else Money.zero(self.pays.currency)


@dataclass(frozen=True, slots=True)
class CheckoutView:
    """Everything the one checkout page shows; all costs are in `cart.quote`."""

    cart: CartView
    details: Details
    country: str
    countries: Sequence[tuple[str, str]]
    form: AddressForm
    rates: Sequence[Rate]
    chosen_rate: Rate | None
    methods: Sequence[MethodView]
    needs_shipping: bool
    gift_cards: Sequence[CardUse] = ()
    """What gift cards pay of the total."""
    credit: CreditOffer | None = None
    """What store credit may pay beside them; None where the buyer has none in this currency."""
    credit_elsewhere: tuple[Money, ...] = ()
    """The buyer's store credit in other currencies, which cannot pay this cart."""
    due: Money | None = None
    """What is left to be paid another way."""
    held_until: datetime | None = None
    """Until when stock holds what is in it, for it alone; None where nothing is held yet."""
    estimates: Mapping[int, Estimate] = field(default_factory=dict)
    """By method, when it arrives."""
    pickup: PickupView | None = None
    """Where it can be fetched; None where that is not offered."""


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """The wish to buy. `shown_total` is the total the shopper saw; if it is another one now: PriceChanged.

    The cart itself is the idempotency key: one cart becomes one order, however often this is asked. `details` are what
    the shopper sent along with the wish; without them what the cart holds already counts.
    """

    cart_token: str
    shown_total: Money | None
    actor: str
    user_id: int | None = None
    details: Details | None = None
    shown_due: Money | None = None
    """What the shopper saw is left to pay beside gift cards; if it is something else now: GiftCardSpent."""


class CartNotFound(DuliError):
    """No open cart has this token."""

    code = "cart_not_found"
    message = _("This cart is no longer here.")
    status = 404


class CartClosed(Conflict):
    """The cart became an order; it does not change any more."""

    code = "cart_closed"
    message = _("This cart has already become an order.")


class CartEmpty(DuliError):
    code = "cart_empty"
    message = _("Your cart is empty.")
    status = 422


class NotForSale(DuliError):
    """The variant is gone, unpublished or has no price here."""

    code = "not_for_sale"
    message = _("This item cannot be bought right now.")
    status = 409


class InvalidQuantity(DuliError):
    code = "invalid_quantity"
    message = _("Please choose a quantity between 1 and %(maximum)s.")
    status = 422


class TooManyLines(DuliError):
    code = "too_many_lines"
    message = _("A cart holds up to %(maximum)s different items.")
    status = 422


class LineUnavailable(Conflict):
    """A line cannot be bought as it stands; the cart page says which one and why."""

    code = "line_unavailable"
    message = _("“%(title)s” cannot be bought as it is in your cart. Please look at your cart again.")


class PriceChanged(Conflict):
    """The total is not what was shown; the shopper must see the new one first."""

    code = "price_changed"
    message = _("The total has changed from %(before)s to %(after)s. Please check it and order again.")


class PaymentMethodUnavailable(DuliError):
    code = "payment_method_unavailable"
    message = _("Please choose a payment method.")
    status = 422


class PickupUnavailable(Conflict):
    """What is to be fetched does not lie there (any more)."""

    code = "pickup_unavailable"
    message = _("“%(place)s” does not have everything. Please choose another place, or let us send it.")


class CurrencyFixed(Conflict):
    """What was sold was sold in a currency: sums of two would be no money."""

    code = "currency_fixed"
    message = _("The store has sold in its currency already. Sell in another one by a market of its own.")


class NothingToBuy(Conflict):
    code = "nothing_to_buy"
    message = _("There is nothing to buy yet. Publish a product that has a price and is in stock first.")


class InvalidDetails(DuliError):
    """`fields` maps each field to "required", "invalid" or "too_long"; address fields as in `Address`."""

    code = "invalid_details"
    message = _("Please check the marked fields.")
    status = 422

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(fields=dict(fields))
        self.fields = dict(fields)


class DraftFixed(Conflict):
    """Staff agreed on goods and prices; the shopper pays them as they are."""

    code = "draft_fixed"
    message = _("This order was put together for you and cannot be changed here. Please write to the shop.")


class DraftClosed(Conflict):
    """The draft has become an order, was withdrawn, or its time is over."""

    code = "draft_closed"
    message = _("This draft is closed: it became an order, was withdrawn, or its time is over.")


class DraftChanged(Conflict):
    """More is given away than when a second person was asked."""

    code = "draft_changed"
    message = _("The draft gives more away now than when it was asked for. Ask again.")


class DraftUnreachable(DuliError):
    code = "draft_unreachable"
    message = _("Enter an e-mail address first: the link to pay is sent there.")
    status = 422


class DraftEmpty(DuliError):
    code = "draft_empty"
    message = _("Add something to the draft first.")
    status = 422


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One draft in a list; `total` is what its lines cost now, without shipping."""

    id: int
    customer_name: str
    contact: str
    total: Money
    units: int
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class DraftView:
    """A draft as its page shows it; `state` is "open", "sent", "ordered" or "closed"."""

    id: int
    state: str
    cart: CartView
    prices: Mapping[int, int | None]
    details: Details
    customer_name: str
    staff_note: str
    order_id: int | None
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime
    token: str
    customer_id: int | None
    discount_minor: int
    discount_percent: Decimal
    discount_reason: str
    shipping_minor: int | None
    shipping_name: str
    rates: Sequence[Rate]
    chosen_rate: Rate | None
    tags: Sequence[str]
    reserves_stock: bool
    reduction: Decimal
    """The percent that the goods cost less than their list prices, for the limits of roles."""
