from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money
from duli.commerce.catalogue.titles import NamedPart
from duli.commerce.customers.types import Address
from duli.commerce.orders.states import ReturnState, RiskLevel
from duli.commerce.pricing.types import Quote


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class LineDraft:
    """What the quote does not know of a line: the texts and facts to keep. `key` is the quoted line's key."""

    key: str
    product_id: int
    product_handle: str
    title: str
    variant_title: str
    sku: str
    image: Mapping[str, Any] | None
    requires_shipping: bool
    weight_grams: int
    parts: Sequence[NamedPart] = ()
    backorder: Mapping[str, Any] = field(default_factory=dict)
    is_gift_card: bool = False
    gift: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """Everything an order is made from. `expires_at` (UTC) is when an unpaid one gives its stock back."""

    idempotency_key: str
    quote: Quote
    lines: Sequence[LineDraft]
    customer_id: int | None
    customer_name: str
    email: str
    phone: str
    language: str
    market_code: str
    shipping_address: Address | None
    billing_address: Address | None
    shipping_method_code: str
    shipping_method_name: str
    payment_method_code: str
    note: str
    source: str
    actor: str
    expires_at: datetime | None
    tags: Sequence[str] = ()
    pickup_location_id: int | None = None
    arrives: tuple[date, date] | None = None
    """The first and the last day on which it was promised to arrive."""


@dataclass(frozen=True, slots=True)
class FulfilLine:
    """`quantity` units of an order line that go into the parcel."""

    order_line_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What a list of orders is narrowed to; empty parts do not narrow. Dates are days of the store's zone."""

    query: str = ""
    statuses: Sequence[str] = ()
    payment_states: Sequence[str] = ()
    fulfilment_states: Sequence[str] = ()
    market_codes: Sequence[str] = ()
    placed_from: date | None = None
    placed_to: date | None = None
    customer_id: int | None = None
    to_ship: bool = False
    """Open orders that may be shipped now: paid, or payable on delivery, and not held."""
    to_fetch: bool = False
    """Open orders that shoppers fetch and that were not handed over."""
    return_states: Sequence[str] = ()
    tags: Sequence[str] = ()
    countries: Sequence[str] = ()
    risks: Sequence[str] = ()
    sku: str = ""
    held: bool = False
    ids: Sequence[int] | None = None
    """Only these orders; None does not narrow."""

    @property
    def narrows(self) -> bool:
        """Whether anything but the search leaves orders out."""
        parts = {name: getattr(self, name) for name in self.__slots__ if name not in {"query", "ids"}}
        return self.ids is not None or any(parts.values())


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list."""

    id: int
    number: str
    status: str
    payment_state: str
    fulfilment_state: str
    customer_name: str
    email: str
    phone: str
    total: Money
    item_count: int
    first_title: str
    market_code: str
    placed_at: datetime
    token: str
    return_state: str = ReturnState.NONE
    country: str = ""
    tags: Sequence[str] = ()
    risk: str = RiskLevel.NONE
    is_held: bool = False
    shipping_method: str = ""
    payment_method: str = ""
    paid_at: datetime | None = None
    expires_at: datetime | None = None
    reminded_at: datetime | None = None
    source: str = ""
    is_fetched: bool = False
    pickup_ready_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """`after` is the cursor of the next page, empty on the last one."""

    rows: Sequence[OrderRow]
    after: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line of an order's history: the event's name and data, who and when (UTC)."""

    event_id: int
    name: str
    data: Mapping[str, Any]
    actor: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class DaySales:
    day: date
    orders: int
    revenue: Money


@dataclass(frozen=True, slots=True)
class ListNumbers:
    """The numbers above the list of orders; what waits is counted up to `MOST_COUNTED`, beyond it "1,000+"."""

    to_ship: int
    unpaid: int
    review: int
    today: DaySales
    same_day_last_week: DaySales


@dataclass(frozen=True, slots=True)
class HomeNumbers:
    """The numbers of the back office's first page; revenue in the store's own currency."""

    to_ship: int
    unpaid: int
    review: int
    today: DaySales
    same_day_last_week: DaySales
    days: Sequence[DaySales] = field(default_factory=tuple)


class OrderClosed(Conflict):
    """The order is cancelled or complete, so that this verb makes no sense any more."""

    code = "order_closed"
    message = _("This order is already closed.")


class AlreadyShipped(Conflict):
    """Parcels left already; what is on its way comes back as a return."""

    code = "already_shipped"
    message = _("A parcel of this order has already left. Use a return instead of a cancellation.")


class OrderHeld(Conflict):
    """Somebody has put the order on hold; it has to be released before anything is shipped."""

    code = "order_held"
    message = _("This order is on hold. Release it first.")


class TooManyTags(DuliError):
    code = "too_many_tags"
    message = _("An order can have %(most)s tags at most.")
    status = 422


class TooManyUnits(DuliError):
    """More units than are still to be shipped."""

    code = "too_many_units"
    message = _("Only %(left)s of “%(title)s” are left to ship.")
    status = 409


class NoSuchOrder(DuliError):
    code = "no_such_order"
    message = _("There is no order %(number)s.")
    status = 422


class NothingLeft(DuliError):
    code = "nothing_left"
    message = _("Everything of this order has been shipped, with numbers.")
    status = 409


class NumberKnown(DuliError):
    code = "number_known"
    message = _("A parcel of this order has the number %(number)s already.")
    status = 409


class CarrierUnclear(DuliError):
    """Parameters: carriers, those that it may be, or what was written."""

    code = "carrier_unclear"
    message = _("Which carrier is it? Write its name behind the number (%(carriers)s).")
    status = 422


class CustomsFactsMissing(DuliError):
    code = "customs_facts_missing"
    message = _("Customs want to know the HS code and the country of origin of %(goods)s. Write them into the product.")
    status = 409


class ParcelHasNumber(DuliError):
    """A label brings a number; a parcel that has one needs none."""

    code = "parcel_has_number"
    message = _("This parcel has a tracking number already, or it has arrived.")
    status = 409


class LabelNotSent(DuliError):
    """A label goes to an address; what is fetched or downloaded has none."""

    code = "label_not_sent"
    message = _("This order has no address that a label could go to.")
    status = 409


class NothingToShip(DuliError):
    code = "nothing_to_ship"
    message = _("Choose at least one item to ship.")
    status = 422


class NothingToCollect(Conflict):
    code = "nothing_to_collect"
    message = _("This order is not fetched, or everything of it was handed over already.")


class NotPaidYet(Conflict):
    """Shipping an unpaid order needs a method that settles on delivery, or a person who says so."""

    code = "not_paid_yet"
    message = _("This order is not paid yet.")


class OrdersUnderWay(Conflict):
    """Parcels still have to find their way; the person can be forgotten afterwards."""

    code = "orders_under_way"
    message = _("There are orders that are not shipped yet. Ship or cancel them first.")


class TooManyToRefund(DuliError):
    """More units than have not been refunded yet."""

    code = "too_many_to_refund"
    message = _("Only %(left)s of “%(title)s” can still be refunded.")
    status = 409


class NothingToRefund(DuliError):
    code = "nothing_to_refund"
    message = _("Choose what is to be refunded first.")
    status = 422


class NoCustomer(DuliError):
    """Store credit needs somebody to give it to."""

    code = "no_customer"
    message = _("This order belongs to no customer, so there is nobody to give store credit to.")
    status = 409


class AmountChanged(Conflict):
    """The refund is not what the person saw when pressing the button."""

    code = "amount_changed"
    message = _("The refund is %(amount)s now, not what was shown. Please look at it again.")


class StaleOrder(Conflict):
    """Somebody else, or a payment, changed the order since the page was opened; what was typed is kept."""

    code = "stale_order"
    message = _("This order changed since you opened it. Nothing was saved; look at it again, then save once more.")


class LineIsFixed(Conflict):
    """A line of which something was refunded stays as it is: its refunds would not match any more."""

    code = "line_is_fixed"
    message = _("Part of “%(title)s” was refunded or sent back. Refund the rest, or add it as a new line.")


class TooFewUnits(Conflict):
    """Units that have left cannot be taken out of the order."""

    code = "too_few_units"
    message = _("%(least)s of “%(title)s” have already left; they come back as a return.")


class BelowRefunded(Conflict):
    """The order would cost less than what was refunded of it."""

    code = "below_refunded"
    message = _("More than that was already refunded for this order.")


class EmptyOrder(DuliError):
    code = "empty_order"
    message = _("An order needs at least one item. Cancel it instead.")
    status = 409


class CaptureFirst(Conflict):
    """The authorised amount does not cover more."""

    code = "capture_first"
    message = _("Capture the authorised payment before you make the order dearer.")


class NothingChanged(DuliError):
    code = "nothing_changed"
    message = _("Nothing was changed.")
    status = 422


class VariantGone(DuliError):
    code = "variant_gone"
    message = _("This product cannot be added: it has no price in %(currency)s or does not exist any more.")
    status = 409


@dataclass(frozen=True, slots=True)
class RefundLine:
    """`quantity` units of a line to refund; `restock` puts them back on sale."""

    order_line_id: int
    quantity: int
    restock: bool = False


@dataclass(frozen=True, slots=True)
class ReturnWish:
    """`quantity` units of an order line that somebody wants to send back, and why (empty: no reason is owed)."""

    order_line_id: int
    quantity: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the inspection of a return's line found; `restock` units go back on sale, the rest is written off."""

    return_line_id: int
    condition: str
    restock: int = 0


@dataclass(frozen=True, slots=True)
class ReturnableLine:
    """A line of an order and how many of its units may still come back; `each` is what a unit cost with tax."""

    line_id: int
    title: str
    variant_title: str
    image: Mapping[str, Any] | None
    units: int
    each: Money


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    """Whether goods may be sent back, until when (UTC; None: the period has not begun to run), and which."""

    is_possible: bool
    ends_at: datetime | None
    lines: Sequence[ReturnableLine]


class TooManyToReturn(DuliError):
    """More units than may come back."""

    code = "too_many_to_return"
    message = _("Only %(left)s of “%(title)s” can be sent back.")
    status = 409


class NothingToReturn(DuliError):
    code = "nothing_to_return"
    message = _("Choose at least one item.")
    status = 422


class ReturnNotPossible(Conflict):
    """The time for it has passed, or the shop does not offer it for this order."""

    code = "return_not_possible"
    message = _("This order cannot be sent back online any more. Please contact us.")


class ReturnMovedOn(Conflict):
    """The return is not where this step starts from."""

    code = "return_moved_on"
    message = _("This return has moved on in the meantime. Please look at it again.")


class ReasonMissing(DuliError):
    code = "reason_missing"
    message = _("Say why, so that the shopper understands.")
    status = 422


class TooManyPhotos(DuliError):
    code = "too_many_photos"
    message = _("At most %(limit)s pictures of up to %(megabytes)s MB each, please.")
    status = 422


class NotChangeable(Conflict):
    """The order is being packed or has left."""

    code = "not_changeable"
    message = _("This order is already being packed and cannot be changed here any more. Please contact us.")


class AddressChangesPrice(Conflict):
    """Another country or another tax region would change what the order costs."""

    code = "address_changes_price"
    message = _("This address would change shipping or tax. Please contact us, and we will change it for you.")


class NothingToInvoice(Conflict):
    """A cancelled order, or one that is still a draft, gets no invoice."""

    code = "nothing_to_invoice"
    message = _("There is nothing to invoice: the order is cancelled.")


class InvoiceFirst(Conflict):
    """A credit note takes back a part of an invoice; without one there is nothing to take back."""

    code = "invoice_first"
    message = _("This order has no invoice yet. Issue the invoice first.")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as it was sent along."""

    name: str
    content: bytes


class TooManyFiles(DuliError):
    code = "too_many_files"
    message = _("At most %(most)s files of up to %(megabytes)s MB each, please.")
    status = 422


class TooManyMessages(DuliError):
    """Somebody writes faster than anybody can answer."""

    code = "too_many_messages"
    message = _("You have written often in the last hour. Please wait for our answer.")
    status = 429


class NoAddress(Conflict):
    """Nobody left an e-mail address."""

    code = "no_address"
    message = _("This order has no e-mail address to write to. Ring the shopper instead.")


class NotDivisible(Conflict):
    """Money that was only authorised, or is in doubt, belongs to one order."""

    code = "not_divisible"
    message = _("The payment of this order is only authorised or needs review. Capture or settle it first.")


class AlreadyInvoiced(Conflict):
    """What was invoiced stays the order that was invoiced."""

    code = "already_invoiced"
    message = _("Order #%(number)s has an invoice and stays as it is. Send it in several parcels instead.")


class NotMergeable(Conflict):
    """The orders do not fit together; `reason` says why, in the reader's language."""

    code = "not_mergeable"
    message = _("Order #%(number)s cannot be merged: %(reason)s")


@dataclass(frozen=True, slots=True)
class MergeCandidate:
    """An open order of the same customer; `problem` is why it cannot be merged, or empty."""

    order_id: int
    number: str
    placed_at: datetime
    total: Money
    payment_state: str
    units: int
    first_title: str
    problem: Promise | str
