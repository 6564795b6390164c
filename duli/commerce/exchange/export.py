"""Products as rows of Duli's own CSV; reads in pages, so that a shop of any size is written with little memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from duli.base.money import Money
from duli.commerce.catalogue.models import (
    Bundle,
    Category,
    CollectionProduct,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductMedia,
    ProductOption,
    RelatedProduct,
    SafetyContact,
    Variant,
)
from duli.commerce.catalogue.states import CollectionKind
from duli.commerce.exchange.formats.own import (
    HANDLE,
    IMAGE_COLUMNS,
    LEVEL_COLUMNS,
    OPTIONS,
    PRODUCT_COLUMNS,
    TEXT_COLUMNS,
    VARIANT_COLUMNS,
)
from duli.commerce.exchange.parts import attribute_cell, bundle_cells, file_cell
from duli.commerce.exchange.values import joined
from duli.commerce.inventory.models import Location, StockLevel
from duli.commerce.pricing.models import Cost, Price
from duli.commerce.pricing.selectors import price_list_ids
from duli.commerce.revisions.parts import variant_parts
from duli.platform.media.models import Asset
from duli.platform.media.selectors import file_url
from duli.platform.store.models import Translation
from duli.platform.store.selectors import current_store, languages
from duli.platform.store.translations import texts

PAGE = 100
Cells = dict[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of an export: fixed ones, and those per language, currency and stock location."""

    languages: tuple[str, ...]
    currencies: tuple[str, ...]
    locations: tuple[str, ...]
    costs: tuple[str, ...] = ()
    """Currencies of costs; empty for whoever may not see what goods cost."""

    @property
    def titles(self) -> list[str]:
        options = [f"Option {index} {part}" for index in range(1, OPTIONS + 1) for part in ("name", "value", "swatch")]
        return [
            HANDLE,
            *PRODUCT_COLUMNS,
            *(f"{column} [{language}]" for language in self.languages for column in TEXT_COLUMNS),
            *options,
            *(
                f"Option {index} {part} [{language}]"
                for language in self.languages
                for index in range(1, OPTIONS + 1)
                for part in ("name", "value")
            ),
            *VARIANT_COLUMNS,
            *(f"{column} [{currency}]" for currency in self.currencies for column in ("Price", "Compare-at price")),
            *(f"Cost [{currency}]" for currency in self.costs),
            *(f"{column} [{code}]" for code in self.locations for column in ("Stock", *LEVEL_COLUMNS)),
            *(f"Back-order promise ({language}) [{code}]" for code in self.locations for language in self.languages),
            *IMAGE_COLUMNS,
        ]


def layout(*, with_costs: bool = True, told: Sequence[str] | None = None) -> Layout:
    """Return the columns that an export of this shop has now; costs only for whoever may see them.

    Texts are those of the languages `told`; without, of all that the shop has some in, also where it does not speak
    one (yet): nothing that was given gets lost on the way out.
    """
    own = current_store()
    currencies = sorted(price_list_ids(), key=lambda currency: (currency != own.default_currency, currency))
    return Layout(
        tuple(told if told is not None else dict.fromkeys([*languages()[1:], *_kept_languages()])),
        tuple(currencies or [own.default_currency]),
        tuple(Location.objects.filter(is_active=True).values_list("code", flat=True)),
        tuple(Cost.objects.order_by("currency").values_list("currency", flat=True).distinct()) if with_costs else (),
    )


def _kept_languages() -> list[str]:
    rows = Translation.objects.filter(kind__in=("product", "option", "option_value"))
    own = current_store().default_language
    return sorted(rows.exclude(language=own).values_list("language", flat=True).distinct())


def product_ids() -> Iterator[list[int]]:
    """Yield the ids of all products, a page at a time, by id."""
    last = 0
    while page := list(Product.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PAGE]):
        yield page
        last = page[-1]


def export_rows(ids: Sequence[int], shape: Layout) -> Iterator[tuple[int, str, list[Cells]]]:
    """Yield (product id, handle, its rows) in the order of `ids`; the same number of queries for any page."""
    page = _Page(ids, shape)
    for pk in ids:
        if pk in page.products:
            yield pk, page.products[pk].handle, page.rows(pk)


class _Page:
    """Everything about some products, read at once."""

    def __init__(self, ids: Sequence[int], shape: Layout) -> None:
        self.shape = shape
        found = Product.objects.filter(pk__in=ids).select_related(
            "brand", "product_type", "maker", "responsible_person"
        )
        self.products = {product.pk: product for product in found}
        self.texts = {language: texts("product", ids, language) for language in shape.languages}
        self.options: dict[int, list[ProductOption]] = _grouped(
            ProductOption.objects.filter(product_id__in=ids).prefetch_related("values"), "product_id"
        )
        option_ids = [option.pk for rows in self.options.values() for option in rows]
        value_ids = [value.pk for rows in self.options.values() for option in rows for value in option.values.all()]
        self.option_texts = {language: texts("option", option_ids, language) for language in shape.languages}
        self.value_texts = {language: texts("option_value", value_ids, language) for language in shape.languages}
        self.variants: dict[int, list[Variant]] = _grouped(
            Variant.objects.filter(product_id__in=ids, is_active=True), "product_id"
        )
        variant_ids = [variant.pk for variants in self.variants.values() for variant in variants]
        currency_of = {pk: currency for currency, pk in price_list_ids().items()}
        self.prices: dict[int, list[tuple[str, int, int | None]]] = defaultdict(list)
        for variant_id, list_id, minor, former in Price.objects.filter(variant_id__in=variant_ids).values_list(
            "variant_id", "price_list_id", "minor", "compare_at_minor"
        ):
            if list_id in currency_of:
                self.prices[variant_id].append((currency_of[list_id], minor, former))
        self.levels: dict[int, list[StockLevel]] = _grouped(
            StockLevel.objects.filter(variant_id__in=variant_ids).select_related("location"), "variant_id"
        )
        level_ids = [level.pk for levels in self.levels.values() for level in levels]
        self.promises = {language: texts("stock_level", level_ids, language) for language in shape.languages}
        costs = Cost.objects.filter(variant_id__in=variant_ids, currency__in=shape.costs)
        self.costs = {row.variant_id: row for row in costs} if shape.costs else {}
        self.bundles = {
            row.variant_id: row
            for row in Bundle.objects.filter(variant_id__in=variant_ids).prefetch_related(
                "components__variant__product"
            )
        }
        self.files = variant_parts.get("files").read(variant_ids) if "files" in variant_parts else {}
        self.media: dict[int, list[ProductMedia]] = _grouped(
            ProductMedia.objects.filter(product_id__in=ids).select_related("asset"), "product_id"
        )
        own_pictures = {variant.image_id for rows in self.variants.values() for variant in rows if variant.image_id}
        self.assets = {asset.pk: asset for asset in Asset.objects.filter(pk__in=own_pictures)}
        self.tags = _named(
            Product.tags.through.objects.filter(product_id__in=ids).order_by("pk"), "product_id", "tag__name"
        )
        self.collections = _named(
            CollectionProduct.objects.filter(product_id__in=ids, collection__kind=CollectionKind.MANUAL).order_by(
                "collection_id"
            ),
            "product_id",
            "collection__title",
        )
        self.related = _named(
            RelatedProduct.objects.filter(product_id__in=ids).order_by("position", "pk"),
            "product_id",
            "related__handle",
        )
        self.categories = self._category_paths(ids)
        self.attributes: dict[int, list[str]] = defaultdict(list)
        for row in ProductAttribute.objects.filter(product_id__in=ids).select_related("attribute").order_by("pk"):
            self.attributes[row.product_id].append(attribute_cell(row.attribute, _attribute_text(row)))

    def _category_paths(self, ids: Sequence[int]) -> dict[int, list[str]]:
        links = list(
            ProductCategory.objects.filter(product_id__in=ids, is_direct=True)
            .order_by("pk")
            .values_list("product_id", "category__path")
        )
        step = Category.steplen
        wanted = {path[:end] for _, path in links for end in range(step, len(path) + 1, step)}
        names = dict(Category.objects.filter(path__in=wanted).values_list("path", "name"))
        found: dict[int, list[str]] = defaultdict(list)
        for product_id, path in links:
            found[product_id].append(" > ".join(names[path[:end]] for end in range(step, len(path) + 1, step)))
        return found

    def rows(self, pk: int) -> list[Cells]:
        options = self.options.get(pk, [])
        names = {value.pk: value for option in options for value in option.values.all()}
        rows: list[Cells] = []
        for variant in self.variants.get(pk, []):
            cells = self._variant_cells(variant)
            for index, value_id in enumerate(variant.option_value_ids, 1):
                cells[f"Option {index} value"] = names[value_id].name
                cells[f"Option {index} swatch"] = names[value_id].swatch
                for language in self.shape.languages:
                    told = self.value_texts[language].get(value_id, {})
                    cells[f"Option {index} value [{language}]"] = told.get("name", "")
            rows.append(cells)
        for index, media in enumerate(self.media.get(pk, [])):
            if index == len(rows):
                rows.append({})
            rows[index] |= {"Image": address(media.asset), "Image alt": media.asset.alt}
        if not rows:
            rows.append({})
        rows[0] |= self._product_cells(pk)
        for index, option in enumerate(options, 1):
            rows[0][f"Option {index} name"] = option.name
            for language in self.shape.languages:
                told = self.option_texts[language].get(option.pk, {})
                rows[0][f"Option {index} name [{language}]"] = told.get("name", "")
        handle = self.products[pk].handle
        return [{HANDLE: handle, **cells} for cells in rows]

    def _product_cells(self, pk: int) -> Cells:
        product = self.products[pk]
        cells = {
            "Title": product.title,
            "Status": product.status,
            "Published at": product.published_at.isoformat() if product.published_at else "",
            "Unpublished at": product.unpublished_at.isoformat() if product.unpublished_at else "",
            "Description": product.description_html,
            "Type": product.product_type.name if product.product_type else "",
            "Gift card": "1" if product.is_gift_card else "",
            "Brand": product.brand.name if product.brand else "",
            "Tags": joined(tuple(self.tags.get(pk, ()))),
            "Categories": joined(tuple(self.categories.get(pk, ()))),
            "Collections": joined(tuple(self.collections.get(pk, ()))),
            "Attributes": joined(tuple(self.attributes.get(pk, ()))),
            "Tax class": product.tax_class,
            "HS code": product.hs_code,
            "Country of origin": product.origin_country,
            "Maker": _contact_cell(product.maker),
            "Responsible person": _contact_cell(product.responsible_person),
            "Safety information": product.safety_text,
            "Related products": joined(tuple(self.related.get(pk, ()))),
            "SEO title": product.seo_title,
            "SEO description": product.seo_description,
        }
        for language in self.shape.languages:
            own = self.texts[language].get(pk, {})
            for title, field in TEXT_COLUMNS.items():
                cells[f"{title} [{language}]"] = own.get(field, "")
        return cells

    def _variant_cells(self, variant: Variant) -> Cells:
        cells = {
            "SKU": variant.sku,
            "Barcode": variant.barcode,
            "Variant tax class": variant.tax_class,
            "Variant HS code": variant.hs_code,
            "Variant country of origin": variant.origin_country,
            "Weight (g)": str(variant.weight_grams),
            "Content": variant.content,
            "Requires shipping": "1" if variant.requires_shipping else "0",
            "Tracks stock": "1" if variant.tracks_stock else "0",
        }
        for currency, minor, former in self.prices.get(variant.pk, ()):
            cells[f"Price [{currency}]"] = str(Money(minor, currency).amount)
            cells[f"Compare-at price [{currency}]"] = str(Money(former, currency).amount) if former else ""
        for level in self.levels.get(variant.pk, ()):
            code = level.location.code
            if code in self.shape.locations:
                cells[f"Stock [{code}]"] = str(level.on_hand)
                cells |= _level_cells(level, code)
                for language, told in self.promises.items():
                    cells[f"Back-order promise ({language}) [{code}]"] = told.get(level.pk, {}).get("promise", "")
        cost = self.costs.get(variant.pk)
        if cost is not None:
            cells[f"Cost [{cost.currency}]"] = str(Money(cost.minor, cost.currency).amount)
        bundle = self.bundles.get(variant.pk)
        if bundle is not None:
            cells |= bundle_cells(bundle)
        if variant.pk in self.files:
            cells["Files"] = file_cell(self.files[variant.pk])
        if variant.image_id in self.assets:
            cells["Variant image"] = address(self.assets[variant.image_id])
        return cells


def _level_cells(level: StockLevel, code: str) -> Cells:
    """Return the rules of a level that are not the shop's own."""
    threshold = "" if level.low_stock_threshold is None else str(level.low_stock_threshold)
    return {
        f"Low stock at [{code}]": threshold,
        f"Back-order limit [{code}]": str(level.backorder_limit) if level.backorder_limit else "",
        f"Back-order from [{code}]": level.backorder_on.isoformat() if level.backorder_on else "",
        f"Back-order promise [{code}]": level.backorder_promise,
    }


def _contact_cell(contact: SafetyContact | None) -> str:
    return joined((contact.name, contact.address, contact.contact)) if contact else ""


def address(asset: Asset) -> str:
    """Return the absolute address under which a file of this shop can be fetched by another one."""
    url = file_url(asset)
    return url if "://" in url else f"{settings.PUBLIC_URL}{url}"


def _attribute_text(row: ProductAttribute) -> str:
    if row.number is not None:
        return f"{row.number.normalize():f}" if isinstance(row.number, Decimal) else str(row.number)
    if row.boolean is not None:
        return "1" if row.boolean else "0"
    return row.text


def _grouped(rows: Iterable, field: str) -> dict[int, list]:  # type: ignore[type-arg]
    found: dict[int, list] = defaultdict(list)  # type: ignore[type-arg]
    for row in rows:
        found[getattr(row, field)].append(row)
    return found


def _named(rows, owner: str, name: str) -> dict[int, list[str]]:  # type: ignore[no-untyped-def]
    found: dict[int, list[str]] = defaultdict(list)
    for pk, text in rows.values_list(owner, name):
        found[pk].append(text)
    return found
