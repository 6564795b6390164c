"""What goes over the wire. Money is `{minor, currency, text}`: whole minor units, and the text to show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from ninja import Field, Schema
from pydantic import StringConstraints

MONEY_EXAMPLE = {"minor": 12800, "currency": "CNY", "text": "¥128.00"}


class MoneyOut(Schema):
    minor: int
    currency: str
    text: str


class ErrorOut(Schema):
    """`code` is stable, `message` a sentence in the language asked for, `fields` names what is wrong."""

    code: str = Field(examples=["insufficient_stock"])
    message: str = Field(examples=["Only 3 left."])
    fields: dict[str, str] = {}


class ImageOut(Schema):
    url: str
    srcset: str
    width: int
    height: int
    alt: str


class StoreOut(Schema):
    name: str
    tagline: str
    language: str
    languages: list[str]
    market: str
    currency: str
    prices_include_tax: bool
    countries: list[tuple[str, str]]


class CardOut(Schema):
    id: int
    handle: str
    title: str
    brand: str
    price: MoneyOut | None
    highest_price: MoneyOut | None
    compare_at: MoneyOut | None
    lowest_price_30_days: MoneyOut | None
    images: list[ImageOut]
    in_stock: bool
    only_variant_id: int | None


class FacetValueOut(Schema):
    value: str
    label: str
    count: int
    selected: bool
    swatch: str


class FacetOut(Schema):
    kind: str
    name: str
    label: str
    values: list[FacetValueOut]


class PlaceNameOut(Schema):
    handle: str
    name: str


class SuggestOut(Schema):
    terms: list[str]
    categories: list[PlaceNameOut]
    products: list[CardOut]


class ListingOut(Schema):
    total: int
    page: int
    pages: int
    products: list[CardOut]
    facets: list[FacetOut]
    in_stock_count: int
    corrections: list[tuple[str, str]] = []


class CategoryOut(Schema):
    id: int
    handle: str
    name: str
    children: list[CategoryOut]


class OptionValueOut(Schema):
    id: int
    name: str
    swatch: str


class OptionOut(Schema):
    id: int
    name: str
    values: list[OptionValueOut]


class AheadOut(Schema):
    """What shoppers are told of units that are sold ahead: the day from which they are sent, and words."""

    on: date | None
    words: str


class UnitPriceOut(Schema):
    """What `quantity` of `unit` costs (directive 98/6/EC)."""

    price: MoneyOut
    quantity: int
    unit: str


class VariantOut(Schema):
    id: int
    sku: str
    title: str
    value_ids: list[int]
    price: MoneyOut | None
    compare_at: MoneyOut | None
    lowest_price_30_days: MoneyOut | None
    in_stock: bool
    available: int | None
    at_hand: int | None = Field(description="Of `available`, what is there; the rest is sold ahead.")
    ahead: AheadOut | None
    content: str = Field(description='How much is in it: "500 g".')
    measure_price: UnitPriceOut | None


class AttributeOut(Schema):
    name: str
    values: list[str]


class ProductOut(Schema):
    id: int
    handle: str
    title: str
    description_html: str
    brand: str
    images: list[ImageOut]
    options: list[OptionOut]
    variants: list[VariantOut]
    attributes: list[AttributeOut]
    is_gift_card: bool
    updated_at: datetime


class GiftIn(Schema):
    """For whom a gift card is; every part may be left out, and without an address it comes to the buyer."""

    recipient_name: str = Field("", examples=["Anna"])
    recipient_email: str = Field("", examples=["anna@example.com"])
    sender_name: str = ""
    message: str = Field("", description="Up to 500 signs.")
    deliver_on: str = Field("", description="ISO date, within a year.", examples=["2026-12-24"])


class LineOut(Schema):
    id: int
    variant_id: int
    product_handle: str
    title: str
    variant_title: str
    sku: str
    quantity: int
    unit_price: MoneyOut | None
    former_price: MoneyOut | None
    subtotal: MoneyOut | None
    available: int | None
    problem: str = Field(
        description='"", "gone", "sold_out", "too_many", "no_price", "flash_had", "flash_limit" or "flash_wait"'
    )
    image: ImageOut | None
    later_units: int = Field(description="Units that are not there, sold ahead.")
    ahead: AheadOut | None
    measure_price: UnitPriceOut | None
    gift: GiftIn | None


class AdjustmentOut(Schema):
    kind: str
    label: str
    amount: MoneyOut
    applied: bool
    why: str


class TotalsOut(Schema):
    subtotal: MoneyOut
    discount: MoneyOut
    shipping: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    prices_include_tax: bool
    adjustments: list[AdjustmentOut]


class CodeOut(Schema):
    """A discount code in the cart, or that of who recommended the shop; `why` says why it gives nothing, or who."""

    code: str = Field(examples=["SPRING10"])
    applied: bool
    why: str


class CartOut(Schema):
    token: str
    language: str
    market: str
    item_count: int
    lines: list[LineOut]
    codes: list[CodeOut]
    totals: TotalsOut
    has_problems: bool
    shipping_is_estimate: bool
    free_shipping_missing: MoneyOut | None


class LineIn(Schema):
    variant_id: int = Field(examples=[12])
    quantity: int = Field(1, examples=[2])
    gift: GiftIn | None = Field(None, description="Only for a gift card.", examples=[None])
    tickets: list[Annotated[str, StringConstraints(max_length=300)]] = Field(
        [], max_length=10, description="Of waiting rooms, for what a flash sale sells.", examples=[[]]
    )


class CodeIn(Schema):
    code: str = Field(max_length=100, examples=["SPRING10"])


class QuantityIn(Schema):
    quantity: int = Field(examples=[3])


class AddressIn(Schema):
    country: str = Field("", examples=["CN"])
    name: str = Field("", examples=["林晓"])
    phone: str = Field("", examples=["13800138000"])
    company: str = ""
    region: str = Field("", examples=["浙江省"])
    city: str = Field("", examples=["杭州市"])
    district: str = Field("", examples=["西湖区"])
    line1: str = Field("", examples=["龙井路 1 号"])
    line2: str = ""
    postal_code: str = ""


class DetailsIn(Schema):
    email: str = Field("", examples=["lin@example.com"])
    phone: str = ""
    shipping_address: AddressIn | None = None
    billing_address: AddressIn | None = None
    shipping_method_id: int | None = None
    payment_method_code: str = Field("", examples=["bank_transfer"])
    note: str = ""
    vat_id: str = Field("", examples=["DE136695976"])


class RateOut(Schema):
    id: int
    name: str
    description: str
    price: MoneyOut
    why: str
    min_days: int
    max_days: int


class MethodOut(Schema):
    code: str
    name: str
    description: str
    kind: str


class AddressFormOut(Schema):
    country: str
    fields: list[str]
    required: list[str]
    regions: list[tuple[str, str]]
    postal_code_example: str


class CreditOut(Schema):
    """Store credit of the cart's owner in its currency: `pays` is what it could pay of the cart, `amount` what it does.

    Only its owner, signed in, is told.
    """

    there: MoneyOut
    pays: MoneyOut
    amount: MoneyOut
    chosen: bool


class CheckoutOut(Schema):
    """`due` is what is left to pay beside gift cards and store credit. `credit_elsewhere` is store credit in other
    currencies, which cannot pay this cart."""

    cart: CartOut
    due: MoneyOut
    credit: CreditOut | None
    credit_elsewhere: list[MoneyOut]
    country: str
    countries: list[tuple[str, str]]
    address_form: AddressFormOut
    shipping_methods: list[RateOut]
    chosen_shipping_method_id: int | None
    payment_methods: list[MethodOut]


class PlaceIn(Schema):
    """`shown_total_minor` is the total that the shopper saw, in minor units of the cart's currency."""

    shown_total_minor: int = Field(ge=0, le=10**15, examples=[31200])
    shown_due_minor: int | None = Field(
        None,
        ge=0,
        le=10**15,
        description="What was shown as left to pay: 409 where it is another by now.",
    )


class OrderLineOut(Schema):
    title: str
    variant_title: str
    sku: str
    quantity: int
    fulfilled_quantity: int
    is_gift_card: bool
    unit_price: MoneyOut
    total: MoneyOut


class ParcelOut(Schema):
    state: str
    carrier: str
    tracking_number: str
    tracking_url: str
    shipped_at: datetime
    delivered_at: datetime | None


class OrderOut(Schema):
    number: str
    token: str
    status: str
    payment_state: str
    fulfilment_state: str
    placed_at: datetime
    language: str
    lines: list[OrderLineOut]
    parcels: list[ParcelOut]
    subtotal: MoneyOut
    shipping: MoneyOut
    tax: MoneyOut
    total: MoneyOut
    paid_by_credit: MoneyOut | None = Field(description="What store credit paid of it and was not given back.")
    due: MoneyOut = Field(description="What is still to be paid.")


class SignInIn(Schema):
    login: str = Field(max_length=254, description="E-mail address, or phone number.", examples=["lin@example.com"])
    password: str = Field(max_length=256)


class SessionOut(Schema):
    """Send the token along as ``Authorization: Bearer …``. A changed password ends it before its time."""

    token: str
    expires_at: datetime


class AccountOut(Schema):
    """Who is signed in. `store_credit` has one sum for each currency; `points` is null where the shop has none."""

    name: str
    email: str
    phone: str
    store_credit: list[MoneyOut]
    points: int | None
    tier: str


class CouponOut(Schema):
    """A code somebody has. `state` is ready, later, used or over; `reason` birthday, referral or empty."""

    code: str
    title: str
    words: str = Field(description="What it gives, in a few words.")
    state: str = Field(examples=["ready"])
    ends_at: datetime | None
    is_own: bool = Field(description="Good for this customer alone.")
    reason: str = Field(examples=["referral"])


class UseCreditIn(Schema):
    use: bool = Field(description="Whether store credit pays as far as it reaches.")


class StepOut(Schema):
    """What the shopper must do: `kind` is redirect, show_qr, client_form, instructions, settled or failed."""

    kind: str = Field(examples=["redirect"])
    data: dict[str, object] = Field(examples=[{"url": "https://pay.example/session/1"}])
