from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import pytest

from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.services import save_attribute, save_category, save_collection, save_product
from duli.commerce.catalogue.types import AttributeDraft, OptionDraft, OptionValueDraft, ProductDraft, VariantDraft
from duli.commerce.exchange.export import layout
from duli.commerce.exchange.services import export_products
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.services import adjust, save_location
from duli.commerce.pricing.models import Price
from duli.commerce.pricing.services import set_prices
from duli.commerce.pricing.types import PriceInput
from duli.platform.media.services import store_image
from duli.platform.store.services import save_market, save_store
from duli.platform.store.translations import texts
from tests.commerce.exchange.catalogues import as_csv, shopify_rows
from tests.commerce.exchange.doing import counts, reasons, take
from tests.platform.media.pictures import picture

pytestmark = pytest.mark.django_db


def exported() -> bytes:
    stream = io.StringIO(newline="")
    export_products(stream=stream)
    return stream.getvalue().encode("utf-8-sig")


def as_rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.fixture
def shop(settings: Any) -> Product:
    """A shop with one product that has everything."""
    settings.PUBLIC_URL = "https://shop.example"
    save_store(name="Shop")
    save_market(code="cn", name="China", currency="CNY", language="zh-hans", is_default=True)
    save_market(code="int", name="World", currency="USD", language="en")
    main = save_location(code="main", name="Main")
    second = save_location(code="second", name="Second", priority=1)
    top = save_category(name="茶器", actor="user:1")
    below = save_category(name="茶杯", parent_id=top.pk, actor="user:1")
    manual = save_collection(title="Gifts | small", actor="user:1")
    save_attribute(code="material", name="Material")
    save_attribute(code="volume", name="Volume", kind="number", unit="ml")
    save_attribute(code="handmade", name="Handmade", kind="boolean")
    assets = [
        store_image(content=picture(200 + n, 100), name="a.jpg", alt=f"Cup {n}", actor="user:1") for n in range(3)
    ]
    product = save_product(
        draft=ProductDraft(
            title="=Cup, “small”",
            description_html="<p>Line\none</p>",
            status="active",
            product_type="Cup",
            brand="Kiln",
            hs_code="6911.10",
            origin_country="CN",
            seo_title="Cup",
            seo_description="A cup",
            texts={"en": {"title": "Cup", "description_html": "<p>One</p>"}},
            options=[
                OptionDraft(
                    "颜色", [OptionValueDraft("白", "#ffffff"), OptionValueDraft("青", "#2f6f62")], {"en": "Colour"}
                ),
                OptionDraft("尺寸", [OptionValueDraft("S"), OptionValueDraft("-")]),
            ],
            variants=[
                VariantDraft(("白", "S"), sku="C-W-S", weight_grams=120, image_id=assets[2].pk, barcode="12"),
                VariantDraft(("青", "S"), sku="C-G-S", tracks_stock=False),
                VariantDraft(("青", "-"), requires_shipping=False, hs_code="1"),
            ],
            tags=["new", "a | b"],
            category_ids=[below.pk],
            collection_ids=[manual.pk],
            media_ids=[asset.pk for asset in assets],
            attributes=[
                AttributeDraft("material", text="瓷"),
                AttributeDraft("volume", number=120),  # type: ignore[arg-type]
                AttributeDraft("handmade", boolean=True),
            ],
        ),
        actor="user:1",
    )
    for index, variant in enumerate(product.variants.all()):
        set_prices(
            prices=[PriceInput(variant.pk, "CNY", 8800 + index, 9900), PriceInput(variant.pk, "USD", 1200 + index)]
        )
        for location in (main, second):
            adjust(variant_id=variant.pk, location_id=location.pk, counted=3 + index, reason="initial", actor="user:1")
    save_product(draft=ProductDraft(title="Draft"), actor="user:1")
    return product


def test_what_is_exported_imports_unchanged(shop: Product) -> None:
    before = list(Product.objects.order_by("pk").values_list("pk", "version", "updated_at"))
    report = take(exported())
    assert reasons(report) == []
    assert counts(report) == {"products": (0, 0, 2, 0), "variants": (0, 0, 4, 0), "images": (0, 0, 3, 0)}
    assert list(Product.objects.order_by("pk").values_list("pk", "version", "updated_at")) == before


def test_an_export_fills_an_empty_shop_with_the_same(shop: Product) -> None:
    data = exported()
    Product.objects.all().delete()
    report = take(data)
    assert counts(report)["products"] == (2, 0, 0, 0)
    assert as_rows(exported()) == as_rows(data)


def test_formulas_are_kept_from_spreadsheet_programs(shop: Product) -> None:
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in as_rows(exported()) for cell in row.values())


def test_pictures_have_whole_addresses(shop: Product) -> None:
    images = [row["Image"] for row in as_rows(exported()) if row["Image"]]
    assert len(images) == 3
    assert all(image.startswith("https://shop.example/media/originals/") for image in images)


def edited(data: bytes, keep: list[str], change: Mapping[str, str], only: str = "") -> bytes:
    rows = [{name: row[name] for name in keep} for row in as_rows(data) if not only or row["SKU"] == only]
    for row in rows:
        row |= change
    return as_csv(rows, keep)


def test_a_file_with_prices_only_changes_prices_only(shop: Product) -> None:
    keep = ["Product handle", "Title", "SKU", "Price [CNY]"]
    report = take(edited(exported(), keep, {"Price [CNY]": "70"}, only="C-G-S"))
    assert counts(report)["products"] == (0, 1, 0, 0)
    assert counts(report)["variants"] == (0, 1, 2, 0)
    shop.refresh_from_db()
    assert (shop.description_html, shop.brand.name) == ("<p>Line\none</p>", "Kiln")  # type: ignore[union-attr]
    assert shop.media.count() == 3
    assert texts("product", [shop.pk], "en")[shop.pk]["title"] == "Cup"
    assert Variant.objects.filter(product=shop, is_active=True).count() == 3
    assert Price.objects.get(variant__sku="C-G-S", price_list__currency="CNY").minor == 7000
    assert Price.objects.get(variant__sku="C-G-S", price_list__currency="USD").minor == 1201
    assert Price.objects.get(variant__sku="C-W-S", price_list__currency="CNY").minor == 8800


def test_stock_is_per_location(shop: Product) -> None:
    keep = ["Product handle", "Title", "SKU", "Stock [second]"]
    take(edited(exported(), keep, {"Stock [second]": "50"}, only="C-W-S"))
    levels = StockLevel.objects.filter(variant__sku="C-W-S").values_list("location__code", "on_hand")
    assert dict(levels) == {"main": 3, "second": 50}
    wrong = edited(exported(), keep, {"Stock [second]": "60"}, only="C-W-S").replace(b"[second]", b"[moon]")
    assert reasons(take(wrong)) == [(2, "unknown_location")]


def test_an_unknown_status_is_refused(shop: Product) -> None:
    keep = ["Product handle", "Title", "Status", "SKU"]
    assert reasons(take(edited(exported(), keep, {"Status": "sold"}, only="C-W-S"))) == [(2, "value_unknown")]


def test_pages_cost_the_same_number_of_queries(shop: Product, django_assert_max_num_queries: Any) -> None:
    take(as_csv(shopify_rows(20)))
    with django_assert_max_num_queries(26):
        exported()


def test_columns_follow_the_shop(shop: Product) -> None:
    titles = layout().titles
    assert {"Title [en]", "Price [CNY]", "Price [USD]", "Stock [main]", "Stock [second]"} <= set(titles)
    assert len(titles) == len(set(titles))
