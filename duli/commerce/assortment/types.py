from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from duli.base.errors import Conflict, DuliError
from duli.base.money import Money
from duli.commerce.catalogue.titles import NamedPart
from duli.commerce.catalogue.units import Content
from duli.commerce.inventory.types import Promise
from duli.commerce.revisions.types import Merged
from duli.platform.media.types import ImageView

PAGE_SIZE = 24
MAXIMUM_VALUES = 60


@dataclass(frozen=True, slots=True)
class Swatch:
    """A colour a product comes in; `colour` is #rrggbb."""

    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class ProductCard:
    """What a listing shows of a product. No `price`: it has none in this currency and cannot be bought.

    `price` and `highest_price` are the cheapest and dearest variant's; `compare_at` is the former price of
    the cheapest. `only_variant_id` is set when there is nothing to choose.
    """

    id: int
    handle: str
    title: str
    brand: str
    price: Money | None
    highest_price: Money | None
    compare_at: Money | None
    lowest_before: Money | None
    images: tuple[ImageView, ...]
    swatches: tuple[Swatch, ...]
    in_stock: bool
    only_variant_id: int | None
    content: Content | None = None
    """How much is in the variant that `price` is of, if somebody said."""


@dataclass(frozen=True, slots=True)
class OptionValueView:
    id: int
    name: str
    swatch: str


@dataclass(frozen=True, slots=True)
class OptionView:
    id: int
    name: str
    values: tuple[OptionValueView, ...]


@dataclass(frozen=True, slots=True)
class VariantView:
    """One variant; `available` is None where stock has no limit, `value_ids` follow the options' order.

    `lowest_before` is the lowest price of the 30 days before the reduction that `compare_at` announces.
    """

    id: int
    sku: str
    barcode: str
    title: str
    value_ids: tuple[int, ...]
    price: Money | None
    compare_at: Money | None
    lowest_before: Money | None
    available: int | None
    image_id: int | None
    weight_grams: int
    requires_shipping: bool
    parts: tuple[NamedPart, ...] = ()
    """What one unit consists of, if it is a bundle."""
    parts_price: Money | None = None
    """What the parts cost one by one, if that is more."""
    content: Content | None = None
    """How much is in it, if somebody said."""
    at_hand: int | None = None
    """Of `available`, the units that are there; the rest is sold ahead, on the terms of `promise`."""
    promise: Promise | None = None
    offer: str = ""
    """The promotions that are in the price, and until when they last."""
    offer_ends: datetime | None = None
    tiers: tuple[tuple[int, Money], ...] = ()
    """From how many units on one costs what, if that differs."""

    @property
    def in_stock(self) -> bool:
        return self.available is None or self.available > 0


@dataclass(frozen=True, slots=True)
class MediaView:
    """A picture, an uploaded film (`url`) or a link to a film elsewhere (`url`)."""

    kind: str
    image: ImageView | None
    url: str
    mime: str
    alt: str


@dataclass(frozen=True, slots=True)
class AttributeView:
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crumb:
    """A category on the way to a product or listing."""

    id: int
    name: str
    handle: str


@dataclass(frozen=True, slots=True)
class Company:
    """Who made a product, or answers for it in the EU."""

    name: str
    address: str
    contact: str


@dataclass(frozen=True, slots=True)
class ProductDetail:
    """Everything a product's page shows, in one language and currency."""

    id: int
    handle: str
    title: str
    description_html: str
    brand: str
    seo_title: str
    seo_description: str
    tax_class: str
    media: tuple[MediaView, ...]
    options: tuple[OptionView, ...]
    variants: tuple[VariantView, ...]
    attributes: tuple[AttributeView, ...]
    breadcrumb: tuple[Crumb, ...]
    category_ids: tuple[int, ...]
    visible_until: datetime | None
    updated_at: datetime
    related_ids: tuple[int, ...] = ()
    maker: Company | None = None
    responsible_person: Company | None = None
    safety_text: str = ""
    is_gift_card: bool = False


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category with its children, as the navigation shows them; `image` may be a product's if it has none."""

    id: int
    handle: str
    name: str
    image: ImageView | None
    children: tuple[CategoryNode, ...]


@dataclass(frozen=True, slots=True)
class ListingHead:
    """What a category's or collection's page says about itself; `kind` is "category" or "collection"."""

    kind: str
    id: int
    handle: str
    title: str
    description_html: str
    seo_title: str
    seo_description: str
    image: ImageView | None
    sort: str
    breadcrumb: tuple[Crumb, ...] = ()
    children: tuple[CategoryNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """What is listed: everything, a category, a collection, or the given products in order of relevance."""

    kind: str = "all"
    id: int = 0
    product_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """What a shopper chose. Values of one facet widen, facets narrow each other.

    `options` is {option name: value names}, `attributes` {attribute code: values as text}; prices are minor
    units of the listing's currency, both ends included.
    """

    brands: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    in_stock: bool = False
    price_from: int | None = None
    price_to: int | None = None

    def key(self) -> tuple[object, ...]:
        """Return the choice in a form that can be compared and hashed."""
        return (
            tuple(sorted(self.brands)),
            tuple(sorted(self.categories)),
            tuple(sorted(self.tags)),
            tuple(sorted((name, tuple(sorted(values))) for name, values in self.options.items())),
            tuple(sorted((name, tuple(sorted(values))) for name, values in self.attributes.items())),
            self.in_stock,
            self.price_from,
            self.price_to,
        )


@dataclass(frozen=True, slots=True)
class FacetValue:
    """`value` is what a filter takes, `label` what a person reads, `count` what choosing it would list."""

    value: str
    label: str
    count: int
    selected: bool
    swatch: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """`kind` is "brand", "category", "option" or "attribute"; `name` the option's or attribute's key."""

    kind: str
    name: str
    label: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a listing. `lowest` and `highest` are minor units over the scope, before the price filter."""

    product_ids: tuple[int, ...]
    total: int
    page: int
    pages: int
    facets: tuple[Facet, ...]
    in_stock_count: int
    lowest: int | None
    highest: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """Units counted at a location; `seen` is the number that stood there when the page was opened (None: none)."""

    location_id: int
    counted: int
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class VariantFacts:
    """What an editor says of one combination beyond the catalogue; what is not mentioned stays.

    `prices` are {currency: (minor, compare-at minor)}, None to take a currency's own price away.
    """

    names: tuple[str, ...]
    prices: Mapping[str, tuple[int, int | None] | None] = field(default_factory=dict)
    counts: tuple[Count, ...] = ()
    cost: Money | None = None
    changes_cost: bool = False


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What an editor says of a picture: its description (`texts` in other languages), and what must stay visible."""

    alt: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    focal_x: float | None = None
    focal_y: float | None = None


@dataclass(frozen=True, slots=True)
class CellEdit:
    """One cell of a sheet over several products: the field of the snapshot, its new value, and what stood there."""

    product_id: int
    path: tuple[str, ...]
    value: Any
    seen: Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """A product that a bulk edit left as it is, and the error that forbade it."""

    product_id: int
    title: str
    error: DuliError


@dataclass(slots=True)
class BulkReport:
    """How many products a bulk edit changed; `change_set_id` takes it back (0: nothing was changed)."""

    change_set_id: int
    changed: int = 0
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PriceStep:
    """A variant's price before and after a rule, in minor units."""

    product_id: int
    title: str
    variant: str
    before: int
    after: int
    former: int | None


def _(message: str) -> str:
    return message


class CellChanged(DuliError):
    """Somebody else changed the cell since the sheet was opened."""

    code = "cell_changed"
    message = _("Somebody else changed it in the meantime.")
    status = 409


class EditConflict(Conflict):
    """Somebody saved the product since the page was opened: `merged` says what they changed, `version` is theirs."""

    code = "product_conflict"
    message = _("Somebody else saved this product in the meantime. Compare and save again.")

    def __init__(self, *, merged: Merged, version: int) -> None:
        self.merged = merged
        self.version = version
        super().__init__()
