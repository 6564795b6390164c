"""What templates see from the cart on: cart, checkout, order, account; frozen and without methods like `drops`."""

from __future__ import annotations

from dataclasses import dataclass

from duli.web.storefront.drops import HurryDrop, ImageDrop
from duli.web.storefront.return_drops import ActionsDrop, ReturnDrop


@dataclass(frozen=True, slots=True)
class CartLineDrop:
    """`problem` and `notice` are sentences, empty where all is well; `contents` is what is in a bundle."""

    id: int
    title: str
    variant: str
    url: str
    image: ImageDrop | None
    quantity: int
    maximum: int
    unit_price: str
    compare_at: str
    subtotal: str
    problem: str
    notice: str
    removable_only: bool
    contents: tuple[str, ...] = ()
    gift: tuple[str, ...] = ()
    """For whom a gift card is, in words."""
    later: str = ""
    """What is said of units that are sold ahead."""
    unit_note: str = ""


@dataclass(frozen=True, slots=True)
class TotalDrop:
    """One row of a sum: `kind` is "subtotal", "discount", "shipping", "tax" or "total"."""

    kind: str
    label: str
    amount: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlaceDrop:
    """A place at which an order is fetched; `note` says when it lies ready, or why it cannot be chosen."""

    id: int
    name: str
    address: tuple[str, ...]
    hours: tuple[str, ...]
    instructions: tuple[str, ...] = ()
    note: str = ""
    chosen: bool = False
    can_be_chosen: bool = True
    map_url: str = ""


@dataclass(frozen=True, slots=True)
class CodeDrop:
    """A discount code that was entered; `why` is what it still needs, empty where it counts."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class AddOnDrop:
    """Goods that may be added at a price, or as a gift; without a `variant_id` there is something to choose first."""

    variant_id: int
    title: str
    url: str
    image: ImageDrop | None
    price: str
    former: str


@dataclass(frozen=True, slots=True)
class AddOnsDrop:
    """One promotion that lets shoppers add something, with what they may choose from."""

    title: str
    choices: tuple[AddOnDrop, ...]


@dataclass(frozen=True, slots=True)
class PointsDrop:
    """What a cart's page says of points, in words; `most` is 0 where none may be spent."""

    earns: str
    there: str = ""
    most: int = 0
    most_words: str = ""
    least: int = 0
    chosen: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class MemberEntryDrop:
    """A line of somebody's history of points; `tone` is "plus" or "minus"."""

    when: str
    words: str
    change: str
    tone: str
    note: str = ""
    url: str = ""
    url_words: str = ""


@dataclass(frozen=True, slots=True)
class TierDrop:
    name: str
    needs: str
    benefits: tuple[str, ...]
    state: str
    """"now", "reached" or "next"."""


@dataclass(frozen=True, slots=True)
class MemberDrop:
    """The member centre."""

    tier: str
    progress: int
    progress_words: str
    warning: str
    has_points: bool
    points: str
    pending: str
    owed: str
    worth: str
    endings: tuple[str, ...]
    how: tuple[str, ...]
    tiers: tuple[TierDrop, ...]
    entries: tuple[MemberEntryDrop, ...]
    changes: tuple[tuple[str, str], ...]
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class CartDrop:
    lines: tuple[CartLineDrop, ...]
    count: int
    totals: tuple[TotalDrop, ...]
    total: str
    tax_note: str
    free_shipping: str
    free_shipping_value: int
    free_shipping_goal: int
    blocked: bool
    codes: tuple[CodeDrop, ...] = ()
    code_error: str = ""
    hints: tuple[str, ...] = ()
    """What a little more would bring: "¥31.00 more for ¥50.00 off"."""
    arrival: str = ""
    hurry: HurryDrop | None = None
    add_ons: tuple[AddOnsDrop, ...] = ()
    points: PointsDrop | None = None


@dataclass(frozen=True, slots=True)
class FieldDrop:
    """One form field. `kind` is text, email, tel, select or hidden; `choices` are (value, label)."""

    name: str
    label: str
    value: str
    kind: str = "text"
    autocomplete: str = ""
    inputmode: str = ""
    required: bool = True
    error: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""
    half: bool = False
    refresh: str = ""
    hint: str = ""
    maximum: int = 200


@dataclass(frozen=True, slots=True)
class RateDrop:
    id: int
    name: str
    price: str
    days: str
    why: str
    chosen: bool
    hurry: HurryDrop | None = None


@dataclass(frozen=True, slots=True)
class MethodDrop:
    code: str
    name: str
    description: str
    chosen: bool
    is_test: bool


@dataclass(frozen=True, slots=True)
class ProblemDrop:
    """A sentence of the summary above a form, and the field it leads to."""

    text: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class CreditDrop:
    """A customer's store credit at the checkout; `used` is what it pays as things stand, "" for nothing."""

    there: str
    pays: str
    used: str


@dataclass(frozen=True, slots=True)
class CheckoutDrop:
    """`billing` is empty where the invoice goes to the delivery address."""

    contact: FieldDrop
    country: FieldDrop
    fields: tuple[FieldDrop, ...]
    more: tuple[FieldDrop, ...]
    places: tuple[FieldDrop, ...]
    places_first: bool
    note: FieldDrop
    rates: tuple[RateDrop, ...]
    methods: tuple[MethodDrop, ...]
    needs_shipping: bool
    needs_payment: bool
    address_known: bool
    problems: tuple[ProblemDrop, ...]
    shown_total: int
    total: str
    hold_note: str
    csrf: str
    saved: tuple[tuple[int, str], ...] = ()
    billing: tuple[FieldDrop, ...] = ()
    newsletter: bool = False
    offers_sms: bool = False
    """News of the parcel can be sent to the phone number of the address."""
    sms: bool = False
    gift_cards: tuple[CardUseDrop, ...] = ()
    credit: CreditDrop | None = None
    credit_elsewhere: tuple[str, ...] = ()
    """Which store credit cannot be used here and why, a sentence each."""
    due: str = ""
    shown_due: int = 0
    gift_card_error: str = ""
    held_until: str = ""
    """The instant (ISO) until which stock holds the goods; "" where nothing is held yet."""
    restricted: tuple[str, ...] = ()
    """What cannot be sent there, or not by every method, a sentence each."""
    can_fetch: bool = False
    is_fetched: bool = False
    pickup_method: int = 0
    pickup_price: str = ""
    pickup_name: str = ""
    pickup_places: tuple[PlaceDrop, ...] = ()
    pickup_error: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    """Fields of the address that are not asked now and must not be lost."""
    fapiao: FapiaoChoiceDrop | None = None
    """None where no fapiao is offered."""


@dataclass(frozen=True, slots=True)
class StageDrop:
    """A step of an order's way: `state` is "done", "now" or "next"."""

    label: str
    when: str
    state: str


@dataclass(frozen=True, slots=True)
class OrderLineDrop:
    title: str
    variant: str
    sku: str
    url: str
    image: ImageDrop | None
    quantity: int
    unit_price: str
    total: str
    contents: tuple[str, ...] = ()
    gift: tuple[str, ...] = ()
    later: str = ""


@dataclass(frozen=True, slots=True)
class SightingDrop:
    """One line of a parcel's way: what happened, where and when; `tone` is "now", "bad" or ""."""

    label: str
    text: str
    place: str
    when: str
    at: str
    tone: str
    map_url: str = ""


@dataclass(frozen=True, slots=True)
class ParcelDrop:
    """`steps` are the stations of its way, (label, state) with "done", "now" or "next"; `sightings` newest first."""

    number: int
    state: str
    state_label: str
    carrier: str
    tracking_number: str
    tracking_url: str
    shipped: str
    delivered: str
    lines: tuple[tuple[str, int], ...]
    sightings: tuple[SightingDrop, ...] = ()
    steps: tuple[tuple[str, str], ...] = ()
    expected: str = ""
    updated: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PaymentDrop:
    """`state` is "due", "instructions", "qr", "form", "failed", "paid", "on_delivery", "closed" or "none"."""

    state: str
    method: str
    amount: str
    lines: tuple[tuple[str, str], ...] = ()
    note: str = ""
    qr: str = ""
    app_url: str = ""
    script_url: str = ""
    adapter_url: str = ""
    script_origins: tuple[str, ...] = ()
    values_json: str = ""
    error: str = ""
    under_way: str = ""
    """What is said to somebody who comes back from the provider before its word has."""
    methods: tuple[MethodDrop, ...] = ()
    deadline: str = ""
    deadline_at: str = ""
    """The same instant for a script that counts down."""
    proofs: tuple[tuple[str, str], ...] = ()
    """(name, when) of what the shopper has shown of a transfer."""
    proof_url: str = ""
    """Where a picture of the transfer can be sent; empty where none is taken."""
    proof_problem: str = ""


@dataclass(frozen=True, slots=True)
class GiftCardDrop:
    """A gift card as its holder sees it; `entries` are (when, what, how much), newest first."""

    last4: str
    balance: str
    state: str
    expires: str
    entries: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class CardUseDrop:
    """A gift card that pays part of a total."""

    id: int
    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class BoughtCardDrop:
    """A gift card that an order bought. `code` is empty where it was sent to somebody else."""

    label: str
    code: str
    value: str
    state: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DownloadDrop:
    """A bought file: `url` is empty where it cannot be had any more, and `note` says why, or how long and how often."""

    name: str
    title: str
    size: str
    url: str
    note: str
    order: str = ""
    order_url: str = ""


@dataclass(frozen=True, slots=True)
class MessageDrop:
    """What was written about an order: by the buyer, or by the shop."""

    is_own: bool
    parts: tuple[str, ...]
    written: str


@dataclass(frozen=True, slots=True)
class FapiaoChoiceDrop:
    """Whether a fapiao is wanted with the order, and the fields for it (none while it is not)."""

    is_wanted: bool
    note: str
    title_kind: str
    is_special: bool
    offers_special: bool
    fields: tuple[FieldDrop, ...]


@dataclass(frozen=True, slots=True)
class FapiaoPaperDrop:
    number: str
    amount: str
    is_red: bool
    issued: str
    url: str


@dataclass(frozen=True, slots=True)
class FapiaoDrop:
    """`url` opens the form, "" where it may no longer be filled in; `state` is "" where nobody asked."""

    url: str
    state: str
    label: str
    title: str
    tax_number: str
    reason: str
    papers: tuple[FapiaoPaperDrop, ...]


@dataclass(frozen=True, slots=True)
class OrderDrop:
    number: str
    token: str
    url: str
    headline: str
    text: str
    tone: str
    placed: str
    stages: tuple[StageDrop, ...]
    lines: tuple[OrderLineDrop, ...]
    count: int
    parcels: tuple[ParcelDrop, ...]
    totals: tuple[TotalDrop, ...]
    total: str
    tax_note: str
    payment: PaymentDrop
    contact: str
    address: tuple[str, ...]
    billing: tuple[str, ...]
    shipping_method: str
    note: str
    csrf: str
    is_new: bool
    print_url: str
    actions: ActionsDrop
    returns: tuple[ReturnDrop, ...]
    refunds: tuple[tuple[str, str], ...]
    exchanged: str = ""
    """What goods that came back count for in the total."""
    downloads: tuple[DownloadDrop, ...] = ()
    messages: tuple[MessageDrop, ...] = ()
    message_url: str = ""
    message_problem: str = ""
    message_text: str = ""
    bought_cards: tuple[BoughtCardDrop, ...] = ()
    paid_by_cards: tuple[CardUseDrop, ...] = ()
    paid_by_credit: str = ""
    points: tuple[str, ...] = ()
    """What it earned and what came back of it, a sentence each."""
    pickup: PlaceDrop | None = None
    arrival: str = ""
    fapiao: FapiaoDrop | None = None
    texts: TextsDrop | None = None
    """None where no text message about this order could be sent any more."""


@dataclass(frozen=True, slots=True)
class TextsDrop:
    """Whether news of the parcels come as text messages, to which number, and where that is changed."""

    is_wanted: bool
    phone: str
    url: str


@dataclass(frozen=True, slots=True)
class OrderRowDrop:
    number: str
    url: str
    placed: str
    state: str
    tone: str
    title: str
    count: int
    total: str


@dataclass(frozen=True, slots=True)
class AddressDrop:
    id: int
    lines: tuple[str, ...]
    phone: str
    is_default: bool
