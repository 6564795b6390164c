from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from duli.base.errors import Conflict, DuliError, InvalidInput

MAXIMUM_VARIANTS = 2000
MAXIMUM_OPTIONS = 5


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class OptionValueDraft:
    """`value_id` keeps a stored value under a new name; otherwise it is recognised by its name.

    An empty swatch leaves the stored one, unless the value is named by its id: then the draft is the whole truth.
    """

    name: str
    swatch: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The name in other languages: {language: name}."""
    value_id: int | None = None


@dataclass(frozen=True, slots=True)
class OptionDraft:
    name: str
    values: Sequence[OptionValueDraft]
    texts: Mapping[str, str] = field(default_factory=dict)
    option_id: int | None = None


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """One combination: `option_values` are value names in the order of the options (empty if no options).

    `variant_id` keeps an existing variant whatever its combination is now; otherwise it is recognised by
    its combination, then by its SKU.
    """

    option_values: Sequence[str] = ()
    variant_id: int | None = None
    sku: str = ""
    barcode: str = ""
    weight_grams: int = 0
    tax_class: str = ""
    """"" for the product's."""
    hs_code: str = ""
    origin_country: str = ""
    requires_shipping: bool = True
    tracks_stock: bool = True
    image_id: int | None = None
    content: str | None = None
    """How much is in it, as `units.parse_content` reads it: "500 g"; "" for nothing, None leaves it as it is.

    In files the column `content` of a variant.
    """


@dataclass(frozen=True, slots=True)
class AttributeDraft:
    """One value of an attribute (by code); exactly one of text, number and boolean."""

    code: str
    text: str = ""
    number: Decimal | None = None
    boolean: bool | None = None


@dataclass(frozen=True, slots=True)
class AttributeValueDraft:
    """A value that a choice or colour may have; `value_id` keeps a stored one under a new name.

    `texts` is what it is called in other languages: {language: name}.
    """

    text: str
    swatch: str = ""
    value_id: int | None = None
    texts: Mapping[str, str] = field(default_factory=dict)


class ValueNotAllowed(InvalidInput):
    """The attribute has a list of values, and this is not one of them."""

    code = "value_not_allowed"
    message = _("“%(value)s” is not one of the values of “%(attribute)s”. Choose one, or add it to the list first.")


class ValueInUse(Conflict):
    """Products have a value that would leave the list."""

    code = "value_in_use"
    message = _("“%(value)s” cannot be removed: %(count)s products have it.")


class AttributesMissing(InvalidInput):
    """What every product of the type needs before shoppers may see it is not filled in; `ids` are the attributes."""

    code = "attributes_missing"
    message = _("Fill this in before the product is shown: %(names)s.")

    def __init__(self, *, names: Sequence[str], ids: Sequence[int]) -> None:
        self.ids = tuple(ids)
        super().__init__(names=", ".join(names), field="attributes")


@dataclass(frozen=True, slots=True)
class Safety:
    """What the EU's product safety rules want on the page; ids of SafetyContact or None."""

    maker_id: int | None = None
    responsible_person_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A whole product as an editor or an import gives it. None leaves a part as it is."""

    title: str
    handle: str = ""
    description_html: str = ""
    status: str = "draft"
    published_at: datetime | None = None
    unpublished_at: datetime | None = None
    product_type: str = ""
    brand: str = ""
    tax_class: str = "standard"
    hs_code: str = ""
    origin_country: str = ""
    seo_title: str = ""
    seo_description: str = ""
    source: str = ""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """{language: {"title": …, "description_html": …, "seo_title": …, "seo_description": …}}"""
    options: Sequence[OptionDraft] | None = None
    variants: Sequence[VariantDraft] | None = None
    tags: Sequence[str] | None = None
    category_ids: Sequence[int] | None = None
    collection_ids: Sequence[int] | None = None
    media_ids: Sequence[int] | None = None
    attributes: Sequence[AttributeDraft] | None = None
    related_ids: Sequence[int] | None = None
    safety: Safety | None = None
    is_gift_card: bool | None = None
    """In files the column `gift card` (Shopify's "Gift Card": TRUE or FALSE); each variant is a denomination."""
    keeps_publication: bool = True
    """Whether an empty `published_at` leaves the stored one."""


@dataclass(frozen=True, slots=True)
class Component:
    """`quantity` units of a variant in one unit of a bundle."""

    variant_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Bundles:
    """Every bundle of the shop: its components by variant, and in which products' bundles a variant is."""

    components: Mapping[int, tuple[Component, ...]]
    products_with: Mapping[int, frozenset[int]]


class InvalidBundle(InvalidInput):
    """A component is unknown, no longer sold, named twice, or a bundle itself."""

    code = "invalid_bundle"
    message = _("This cannot be part of the bundle: %(name)s. A bundle consists of variants that are no bundles.")


class GiftCardInBundle(Conflict):
    """A gift card stands for money: it is no part of a bundle, and no bundle either."""

    code = "gift_card_in_bundle"
    message = _("“%(name)s” cannot be a gift card and a bundle, or part of one.")


class PartOfBundle(Conflict):
    """Other bundles consist of this variant."""

    code = "part_of_bundle"
    message = _("“%(name)s” is part of a bundle. Take it out of there first.")


class HandleTaken(DuliError):
    code = "handle_taken"
    message = _("The address “%(handle)s” is already in use.")
    status = 409


class SkuTaken(DuliError):
    code = "sku_taken"
    message = _("The SKU “%(sku)s” already belongs to another variant.")
    status = 409


class TooManyVariants(DuliError):
    code = "too_many_variants"
    message = _("A product can have up to %(maximum)s variants.")
    status = 422


class InvalidVariants(InvalidInput):
    """The variants do not fit the options, or two of them are the same combination."""

    code = "invalid_variants"
    message = _("The variants do not fit the options: %(detail)s.")


class VariantsInUse(Conflict):
    """Variants that would no longer be sold still have units in stock or held for orders; nobody agreed to that."""

    code = "variants_in_use"
    message = _("%(count)s variants that would be removed still have stock or open orders: %(names)s.")

    def __init__(self, *, names: Sequence[str], ids: Sequence[int]) -> None:
        self.ids = tuple(ids)
        super().__init__(count=len(names), names=", ".join(names[:5]) + ("…" if len(names) > 5 else ""))


class ProductChangedMeanwhile(Conflict):
    """Someone saved a newer version of the product."""

    code = "product_conflict"
    message = _("Somebody else saved this product in the meantime. Compare and save again.")
