"""What templates see: frozen dataclasses without methods, every text ready to show.

No row, request or setting ever reaches a template; money is formatted, addresses are whole, pictures carry
their srcsets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ImageDrop:
    """A picture: `avif` and `webp` are srcsets, `src` the JPEG; `focus` names the CSS class that crops it well."""

    src: str
    srcset: str
    avif: str
    webp: str
    width: int
    height: int
    alt: str
    focus: str
    large: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class SwatchDrop:
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class CardDrop:
    id: int
    url: str
    title: str
    brand: str
    price: str
    compare_at: str
    lowest_note: str
    price_varies: bool
    sold_out: bool
    images: tuple[ImageDrop, ...]
    swatches: tuple[SwatchDrop, ...]
    variant_id: int
    unit_note: str = ""
    flash: str = ""
    """What is said of it in a flash sale: how many are left."""


@dataclass(frozen=True, slots=True)
class LinkDrop:
    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class QuestionDrop:
    question: str
    answer_html: str


@dataclass(frozen=True, slots=True)
class BlockDrop:
    """One block of a post or page; what belongs to other kinds is empty."""

    kind: str
    text: str = ""
    html: str = ""
    caption: str = ""
    url: str = ""
    player: str = ""
    image: ImageDrop | None = None
    cards: tuple[CardDrop, ...] = ()
    questions: tuple[QuestionDrop, ...] = ()


@dataclass(frozen=True, slots=True)
class PostDrop:
    """A post in a list; `date` is for readers, `day` for machines."""

    url: str
    title: str
    excerpt: str
    author: str
    date: str
    day: str
    cover: ImageDrop | None
    tags: tuple[LinkDrop, ...]


@dataclass(frozen=True, slots=True)
class StoryDrop:
    """A post or a page of the editor; `lang` is set where it is not written in the reader's language."""

    title: str
    excerpt: str
    author: str
    date: str
    day: str
    cover: ImageDrop | None
    tags: tuple[LinkDrop, ...]
    blocks: tuple[BlockDrop, ...]
    opening: str
    lang: str


@dataclass(frozen=True, slots=True)
class MenuDrop:
    label: str
    url: str
    handle: str
    image: ImageDrop | None
    children: tuple[MenuDrop, ...] = ()


@dataclass(frozen=True, slots=True)
class LanguageDrop:
    code: str
    lang: str
    name: str
    currency: str
    prefix: str
    current: bool


@dataclass(frozen=True, slots=True)
class MarketDrop:
    """Where somebody shops: the prices and taxes of a group of countries."""

    code: str
    name: str
    currency: str
    current: bool


@dataclass(frozen=True, slots=True)
class ShellDrop:
    """What surrounds every page; the same for everybody who reads the same language in the same market."""

    name: str
    tagline: str
    legal_name: str
    email: str
    phone: str
    address: str
    registration: str
    language: str
    lang: str
    currency: str
    announcement: str
    menu: tuple[MenuDrop, ...]
    help_links: tuple[LinkDrop, ...]
    about_links: tuple[LinkDrop, ...]
    legal_links: tuple[LinkDrop, ...]
    """The texts a shopper agrees to, in the order in which they matter."""
    languages: tuple[LanguageDrop, ...]
    markets: tuple[MarketDrop, ...]
    urls: Mapping[str, str]
    stylesheet: str
    year: int
    blog_url: str = ""
    coupons_url: str = ""
    member_url: str = ""
    """The member centre; "" where the shop has no program."""
    flash_url: str = ""
    invite_url: str = ""


@dataclass(frozen=True, slots=True)
class AlternateDrop:
    """The same page in another language."""

    lang: str
    url: str
    path: str
    name: str
    currency: str
    current: bool


@dataclass(frozen=True, slots=True)
class MetaDrop:
    """The head of a page; `json_ld` is safe to stand in a script element."""

    title: str
    description: str
    canonical: str
    alternates: tuple[AlternateDrop, ...]
    og_type: str
    og_image: str
    json_ld: tuple[str, ...]
    robots: str
    previous: str = ""
    next: str = ""
    feed: str = ""


@dataclass(frozen=True, slots=True)
class PageDrop:
    """Facts of this very request that the layout shows; `path` is the address without language or query."""

    kind: str
    path: str
    cart_count: int


@dataclass(frozen=True, slots=True)
class FacetValueDrop:
    param: str
    value: str
    label: str
    count: int
    selected: bool
    swatch: str


@dataclass(frozen=True, slots=True)
class FacetDrop:
    key: str
    label: str
    values: tuple[FacetValueDrop, ...]
    open: bool
    chosen: int
    has_swatches: bool


@dataclass(frozen=True, slots=True)
class ChipDrop:
    """An applied filter and the address without it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class PageLinkDrop:
    """A number of the pagination; `gap` stands for the ones left out."""

    number: int
    url: str
    current: bool
    gap: bool = False


@dataclass(frozen=True, slots=True)
class ListingDrop:
    title: str
    description_html: str
    crumbs: tuple[LinkDrop, ...]
    children: tuple[LinkDrop, ...]
    cards: tuple[CardDrop, ...]
    total: int
    facets: tuple[FacetDrop, ...]
    chips: tuple[ChipDrop, ...]
    clear_url: str
    action: str
    sorts: tuple[LinkDrop, ...]
    sort: str
    hidden: tuple[tuple[str, str], ...]
    in_stock: bool
    in_stock_count: int
    price_from: str
    price_to: str
    price_lowest: str
    price_highest: str
    currency_symbol: str
    pages: tuple[PageLinkDrop, ...]
    page: int
    page_count: int
    previous_url: str
    next_url: str
    query: str = ""
    corrected: str = ""
    relaxed: bool = False
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceDrop:
    """One value of an option; `state` is "", "sold_out" or "missing" (there is no such combination)."""

    id: int
    label: str
    swatch: str
    selected: bool
    state: str
    url: str


@dataclass(frozen=True, slots=True)
class OptionDrop:
    id: int
    name: str
    chosen: str
    has_swatches: bool
    values: tuple[ChoiceDrop, ...]


@dataclass(frozen=True, slots=True)
class MediaDrop:
    """`kind` is "image", "video" (a file) or "embed" (a player elsewhere, opened by a link)."""

    kind: str
    image: ImageDrop | None
    url: str
    mime: str
    alt: str


@dataclass(frozen=True, slots=True)
class StockDrop:
    """`state` is "in", "low", "out" or "missing"; `text` says it in words."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class HurryDrop:
    """How long something may still be ordered for a promise: `words` now; a script fills `long` or `short` later."""

    words: str
    seconds: int
    long: str
    short: str


@dataclass(frozen=True, slots=True)
class DeliveryDrop:
    name: str
    price: str
    is_free: bool
    note: str
    days: str
    arrives: str
    hurry: HurryDrop | None = None
    is_pickup: bool = False


@dataclass(frozen=True, slots=True)
class AttributeDrop:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class PartDrop:
    """A component of a bundle; `url` leads to its own page."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class TierDrop:
    """From so many units on, one costs this."""

    words: str
    price: str


@dataclass(frozen=True, slots=True)
class FlashDrop:
    """A flash sale of a variant: what is left, how many a buyer, and where its line is joined ("": there is none).

    `state_url` answers with what is left now, by variant; `left_words` hold "{count}".
    """

    variant_id: int
    left: str
    left_words: str
    out_words: str
    limit: str
    line_url: str
    state_url: str


@dataclass(frozen=True, slots=True)
class FlashSaleDrop:
    """A flash sale that runs or will: its goods, and until when (`ends_ms` since 1970) it runs or does not yet."""

    title: str
    when: str
    ends_ms: int
    words: str
    is_running: bool
    cards: tuple[CardDrop, ...]
    prices: tuple[str, ...]
    line_url: str
    anchor: str


@dataclass(frozen=True, slots=True)
class LineDrop:
    """A waiting room: `state` is "join", "waiting", "admitted", "over", "used", "ended" or "closed"."""

    title: str
    state: str
    words: str
    more: str
    ends_ms: int
    ends_words: str
    join_url: str
    turn_url: str
    form: str
    challenge: str
    bits: int
    seconds: int
    goods: tuple[LinkDrop, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OfferDrop:
    """The promotions in a variant's price: until when (`ends_ms` since 1970; 0: without end), and prices by quantity.

    Shown while that variant is chosen.
    """

    variant_id: int
    title: str
    ends: str
    ends_ms: int
    left: str
    tiers: tuple[TierDrop, ...]
    shown: bool
    flash: FlashDrop | None = None


@dataclass(frozen=True, slots=True)
class CouponDrop:
    """A code that shoppers may take by following `url`; `over`: it has been used as often as it may be."""

    title: str
    code: str
    words: str
    until: str
    url: str
    taken: bool
    over: bool
    note: str = ""
    own: str = ""


@dataclass(frozen=True, slots=True)
class CouponGroupDrop:
    """Coupons of an account that are in the same state."""

    title: str
    coupons: tuple[CouponDrop, ...]


@dataclass(frozen=True, slots=True)
class ContentsDrop:
    """What one unit of a variant holds; `note` says what is saved. Shown while that variant is chosen."""

    variant_id: int
    parts: tuple[PartDrop, ...]
    note: str
    shown: bool


@dataclass(frozen=True, slots=True)
class ProductDrop:
    id: int
    url: str
    title: str
    brand: str
    description_html: str
    crumbs: tuple[LinkDrop, ...]
    media: tuple[MediaDrop, ...]
    options: tuple[OptionDrop, ...]
    variant_id: int
    sku: str
    price: str
    compare_at: str
    lowest_note: str
    saving: str
    tax_note: str
    shipping_note: str
    stock: StockDrop
    maximum: int
    deliveries: tuple[DeliveryDrop, ...]
    attributes: tuple[AttributeDrop, ...]
    variants_json: str
    related: tuple[CardDrop, ...]
    safety: tuple[AttributeDrop, ...] = ()
    contents: tuple[ContentsDrop, ...] = ()
    is_gift_card: bool = False
    offers: tuple[OfferDrop, ...] = ()
    unit_note: str = ""
    earns: str = ""
    """What it earns in points, in words; "" where it earns none."""
    not_sent: str = ""
    """Why it cannot be sent to the shopper's country; "" where it can."""


@dataclass(frozen=True, slots=True)
class TextPageDrop:
    title: str
    body_html: str
    updated: str


@dataclass(frozen=True, slots=True)
class SuggestDrop:
    query: str
    terms: tuple[LinkDrop, ...]
    categories: tuple[LinkDrop, ...]
    cards: tuple[CardDrop, ...]
    all_url: str


@dataclass(frozen=True, slots=True)
class ErrorDrop:
    code: int
    title: str
    text: str
    cards: tuple[CardDrop, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
