from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from duli.commerce.catalogue.models import Attribute, Collection, Product, Variant
from duli.commerce.catalogue.services import delete_product, save_product
from duli.commerce.catalogue.types import ProductDraft
from duli.commerce.exchange.models import ImportRun
from duli.commerce.exchange.records import suggest
from duli.commerce.exchange.records.products import PRODUCT_FIELDS
from duli.commerce.exchange.services import importing, saving
from duli.commerce.inventory.models import StockLevel, StockMovement
from duli.commerce.inventory.services import adjust, reserve
from duli.commerce.inventory.types import StockRequest
from duli.commerce.pricing.models import Price, PriceRange
from duli.platform.media.models import Asset
from tests.commerce.exchange.catalogues import SHOPIFY, as_csv, shopify_rows
from tests.commerce.exchange.conftest import Web
from tests.commerce.exchange.doing import counts, notes, reasons, take
from tests.platform.media.pictures import picture

pytestmark = pytest.mark.django_db

WOO = ["ID", "Type", "SKU", "Name", "Published", "Regular price", "Sale price", "Stock", "Parent"]


def shirts(products: int = 2, **first: str) -> list[dict[str, str]]:
    rows = list(shopify_rows(products))
    rows[0] |= first
    return rows


def test_what_a_product_brings_is_stored_where_it_belongs() -> None:
    take(as_csv(shirts()))
    shirt = Product.objects.get(handle="shirt-1")
    assert (shirt.status, shirt.source) == ("active", "shopify:shirt-1")
    small = Variant.objects.get(sku="SH-1-S")
    assert Price.objects.get(variant=small).minor == 2100
    level = StockLevel.objects.get(variant=small)
    assert (level.on_hand, level.location.code) == (1, "main")
    movement = StockMovement.objects.get(level=level)
    assert (movement.reason, movement.actor) == ("imported", "user:1")
    assert movement.reference == f"import:{ImportRun.objects.get().pk}"
    spread = PriceRange.objects.get(product=shirt)
    assert (spread.minimum_minor, spread.maximum_minor) == (2100, 2120)


def test_the_same_file_again_changes_nothing_at_all() -> None:
    data = as_csv(shirts(5))
    take(data)
    before = list(Product.objects.order_by("pk").values_list("pk", "version", "updated_at"))
    moves = StockMovement.objects.count()
    report = take(data)
    assert counts(report) == {"products": (0, 0, 5, 0), "variants": (0, 0, 15, 0), "images": (0, 0, 0, 0)}
    assert list(Product.objects.order_by("pk").values_list("pk", "version", "updated_at")) == before
    assert StockMovement.objects.count() == moves


def test_only_what_changed_is_changed() -> None:
    rows = shirts(3)
    take(as_csv(rows))
    rows[4]["Variant Price"] = "77"
    report = take(as_csv(rows))
    assert counts(report)["products"] == (0, 1, 2, 0)
    assert counts(report)["variants"] == (0, 1, 8, 0)
    assert Price.objects.get(variant__sku="SH-1-M").minor == 7700


def test_stock_that_was_sold_is_not_put_back_by_importing_the_same_number() -> None:
    rows = shirts(2)
    rows[3]["Variant Inventory Qty"] = "9"
    take(as_csv(rows))
    level = StockLevel.objects.get(variant__sku="SH-1-S")
    adjust(variant_id=level.variant_id, location_id=level.location_id, change=-4, reason="corrected", actor="user:1")
    rows[3]["Variant Price"] = "50"
    take(as_csv(rows))
    level.refresh_from_db()
    assert level.on_hand == 5
    rows[3]["Variant Inventory Qty"] = "20"
    take(as_csv(rows))
    level.refresh_from_db()
    assert level.on_hand == 20


def test_stock_below_what_is_held_for_orders_is_left_and_noted() -> None:
    rows = shirts(2)
    rows[3]["Variant Inventory Qty"] = "9"
    take(as_csv(rows))
    level = StockLevel.objects.get(variant__sku="SH-1-S")
    reserve(requests=[StockRequest(level.variant_id, 6)], reference="order:1", expires_at=None)
    rows[3]["Variant Inventory Qty"] = "2"
    report = take(as_csv(rows))
    assert notes(report) == [(5, "stock_not_set")]
    level.refresh_from_db()
    assert level.on_hand == 9


def test_a_variant_that_left_the_file_is_taken_off_sale() -> None:
    rows = shirts(1)
    take(as_csv(rows))
    report = take(as_csv(rows[:2], SHOPIFY))
    assert notes(report) == [(2, "variants_removed")]
    assert set(Variant.objects.filter(is_active=True).values_list("sku", flat=True)) == {"SH-0-S", "SH-0-M"}
    assert Variant.objects.count() == 3


def test_a_product_that_was_deleted_comes_back() -> None:
    data = as_csv(shirts(2))
    take(data)
    delete_product(product_id=Product.objects.get(handle="shirt-0").pk, actor="user:1")
    assert counts(take(data))["products"] == (1, 0, 1, 0)


def test_an_edit_in_the_back_office_survives_the_same_file() -> None:
    data = as_csv(shirts(1))
    take(data)
    Product.objects.update(title="Our best shirt")
    take(data)
    assert Product.objects.get().title == "Our best shirt"


def test_a_product_of_ours_with_the_same_address_is_not_overwritten() -> None:
    save_product(draft=ProductDraft(title="Ours", handle="shirt-0"), actor="user:1")
    report = take(as_csv(shirts(1)))
    assert notes(report) == [(2, "handle_changed")]
    assert set(Product.objects.values_list("handle", "title")) == {("shirt-0", "Ours"), ("shirt-0-2", "Shirt 0")}
    assert not take(as_csv(shirts(1))).changed


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("Variant Price", "-5", "negative_number"),
        ("Variant Price", "cheap", "not_a_number"),
        ("Variant Price", "9" * 20, "number_too_large"),
        ("Variant Price", "", "value_missing"),
        ("Variant Inventory Qty", "many", "not_a_number"),
        ("Variant Inventory Qty", "9" * 12, "number_too_large"),
        ("Variant Grams", "-1", "negative_number"),
        ("Variant Compare At Price", "-1", "negative_number"),
    ],
)
def test_a_product_with_a_bad_value_is_refused_whole_and_the_others_come(column: str, value: str, code: str) -> None:
    rows = shirts(3)
    rows[4][column] = value
    report = take(as_csv(rows, SHOPIFY))
    assert reasons(report) == [(6, code)]
    assert counts(report)["products"] == (2, 0, 0, 1)
    assert counts(report)["variants"] == (6, 0, 0, 3)
    assert not Product.objects.filter(handle="shirt-1").exists()
    assert not Variant.objects.filter(sku__startswith="SH-1-").exists()


def test_a_bad_value_leaves_what_was_imported_before_as_it_was() -> None:
    rows = shirts(1)
    take(as_csv(rows))
    rows[0]["Variant Price"] = "-1"
    rows[1]["Variant Price"] = "99"
    report = take(as_csv(rows))
    assert counts(report)["products"] == (0, 0, 0, 1)
    assert sorted(Price.objects.values_list("minor", flat=True)) == [2000, 2010, 2020]


def test_rows_that_belong_nowhere_are_refused_one_by_one() -> None:
    rows = shirts(1)
    rows.insert(1, {"Title": "No handle", "Variant Price": "3"})
    rows.append({"Handle": "lonely", "Option1 Value": "S", "Variant Price": "3"})
    rows.append({"Handle": "shirt-0", "Tags": "nothing else"})
    report = take(as_csv(rows, SHOPIFY))
    assert reasons(report) == [(3, "value_missing"), (6, "value_missing"), (7, "row_not_understood")]
    assert counts(report)["products"] == (1, 0, 0, 2)


def test_variants_that_nothing_tells_apart_are_refused_with_what_to_do() -> None:
    rows = [{"Product handle": "cup", "Title": "Cup", "SKU": sku, "Price [CNY]": "3"} for sku in ("A", "B")]
    assert reasons(take(as_csv(rows))) == [(3, "nothing_tells_apart")]


def test_the_wizard_knows_the_columns_by_the_names_it_gives_them_itself() -> None:
    titles = ["品名", "库存量", "Option, name", "Option, value", "价格", "Price"]
    assert suggest(PRODUCT_FIELDS, titles) == {
        "Title": "品名",
        "price": "Price",
        "stock": "库存量",
        "Option 1 name": "Option, name",
        "Option 1 value": "Option, value",
    }


def test_a_row_with_too_many_cells_is_refused() -> None:
    lines = as_csv(shirts(2), SHOPIFY).decode().splitlines()
    lines[5] += ",surplus"
    report = take("\n".join(lines).encode())
    assert reasons(report) == [(6, "too_many_cells")]


def test_a_sku_is_used_once() -> None:
    rows = shirts(2)
    rows[1]["Variant SKU"] = "SH-0-S"
    rows[3]["Variant SKU"] = "SH-0-S"
    report = take(as_csv(rows))
    assert notes(report) == [(3, "sku_twice"), (5, "sku_twice")]
    assert counts(report)["variants"] == (6, 0, 0, 0)
    other = as_csv([{**rows[0], "Handle": "other"}], SHOPIFY)
    assert reasons(take(other)) == [(2, "sku_taken")]


def test_gift_cards_of_shopify_are_gift_cards_here() -> None:
    report = take(as_csv(shirts(2, **{"Gift Card": "TRUE"})))
    assert reasons(report) == []
    assert counts(report)["products"] == (2, 0, 0, 0)
    assert list(Product.objects.order_by("handle").values_list("is_gift_card", flat=True)) == [True, False]
    assert not Product.objects.get(is_gift_card=True).variants.filter(requires_shipping=True).exists()


def test_descriptions_are_cleaned() -> None:
    take(as_csv(shirts(1, **{"Body (HTML)": '<p onclick="x()">Fine</p><script>alert(1)</script>'})))
    assert Product.objects.get().description_html == "<p>Fine</p>"


def test_collections_and_hs_codes_of_shopify() -> None:
    take(as_csv(shirts(1, Collection="Summer", **{"Variant HS Code": "6205.20"})))
    assert Collection.objects.get(title="Summer").memberships.count() == 1
    assert Product.objects.get().hs_code == "6205.20"


def test_a_variation_may_stand_before_its_parent_and_name_it_by_id() -> None:
    rows = [
        {
            "ID": "2",
            "Type": "variation",
            "SKU": "c-red",
            "Parent": "id:1",
            "Regular price": "3",
            "Attribute 1 name": "Colour",
            "Attribute 1 value(s)": "Red",
        },
        {
            "ID": "1",
            "Type": "variable",
            "SKU": "cup",
            "Name": "Cup",
            "Published": "1",
            "Attribute 1 name": "Colour",
            "Attribute 1 value(s)": "Blue, Red",
        },
        {
            "ID": "3",
            "Type": "variation",
            "SKU": "c-blue",
            "Parent": "CUP",
            "Regular price": "4",
            "Attribute 1 name": "Colour",
            "Attribute 1 value(s)": "Blue",
        },
        {"ID": "4", "Type": "variation", "SKU": "x", "Parent": "gone", "Regular price": "4"},
        {"ID": "5", "Type": "variable", "SKU": "empty", "Name": "Empty", "Published": "1"},
    ]
    report = take(as_csv(rows))
    assert counts(report)["products"] == (1, 0, 0, 2)
    assert counts(report)["variants"] == (2, 0, 0, 2)
    assert reasons(report) == [(5, "parent_missing"), (6, "nothing_to_sell")]
    assert list(Variant.objects.order_by("position").values_list("title", flat=True)) == ["Red", "Blue"]
    assert [value.name for value in Product.objects.get().options.get().values.all()] == ["Blue", "Red"]


def test_a_woocommerce_sale_that_is_over_is_not_a_sale() -> None:
    row = {
        "ID": "1",
        "Type": "simple",
        "SKU": "a",
        "Name": "A",
        "Published": "1",
        "Regular price": "10",
        "Sale price": "8",
    }
    take(as_csv([{**row, "Date sale price ends": "2020-01-01"}]))
    assert Price.objects.values_list("minor", "compare_at_minor").get() == (1000, None)
    take(as_csv([row]))
    assert Price.objects.values_list("minor", "compare_at_minor").get() == (800, 1000)


def test_attributes_become_facts_of_the_product() -> None:
    row = {"ID": "1", "Type": "simple", "SKU": "a", "Name": "A", "Published": "1", "Regular price": "10"}
    take(as_csv([{**row, "Attribute 1 name": "材质", "Attribute 1 value(s)": "棉, 麻"}]))
    assert Attribute.objects.get().code == "cai-zhi"
    assert [value.text for value in Product.objects.get().attribute_values.all()] == ["棉", "麻"]


def test_a_dry_run_says_what_would_happen_and_does_nothing() -> None:
    rows = shirts(3)
    take(as_csv(rows[:6], SHOPIFY))
    runs = ImportRun.objects.count()
    rows[0]["Variant Price"] = "70"
    rows[5]["Variant Price"] = "-70"
    report = take(as_csv(rows, SHOPIFY), dry_run=True)
    assert counts(report)["products"] == (1, 1, 0, 1)
    assert counts(report)["variants"] == (3, 1, 2, 3)
    assert reasons(report) == [(7, "negative_number")]
    assert Product.objects.count() == 2
    assert Price.objects.get(variant__sku="SH-0-S").minor == 2000
    assert ImportRun.objects.count() == runs
    assert counts(take(as_csv(rows, SHOPIFY)))["products"] == (1, 1, 0, 1)


def test_an_import_that_was_interrupted_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    data = as_csv(shirts(7))
    real: Callable[..., Any] = importing.set_prices
    calls: list[int] = []

    def failing(**options: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(**options)

    # The last thing a batch does.
    monkeypatch.setattr(importing, "set_prices", failing)
    with pytest.raises(KeyboardInterrupt):
        take(data)
    # The batch that was under way is taken back whole.
    assert Product.objects.count() == 4
    assert ImportRun.objects.get().state == "failed"
    monkeypatch.setattr(importing, "set_prices", real)
    assert counts(take(data))["products"] == (3, 0, 4, 0)


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 5)
    told: list[tuple[int, int]] = []
    take(as_csv(shirts(12)), progress=lambda done, total: told.append((done, total)))
    assert told == [(5, 12), (10, 12), (12, 12)]


def test_the_currency_of_the_file_can_be_named() -> None:
    take(as_csv(shirts(1)), currency="USD")
    assert Price.objects.first().price_list.currency == "USD"  # type: ignore[union-attr]
    report = take(as_csv(shirts(1)), currency="XXQ")
    assert report.failed
    assert report.refused[0].error.code == "unknown_currency"


def test_reasons_are_sentences_in_the_readers_language() -> None:
    report = take(as_csv(shirts(1, **{"Variant Price": "-5"})))
    with translation.override("en"):
        assert report.as_json()["refused"] == [
            {
                "row": 2,
                "kind": "variant",
                "key": "shirt-0",
                "code": "negative_number",
                "reason": "“Variant Price” must not be negative: -5.",
            }
        ]


def test_pictures_come_from_addresses_once(web: Web) -> None:
    web.pages = {"https://cdn.example/a.jpg": picture(300, 200), "https://cdn.example/b.png": picture(200, 200, "PNG")}
    rows = shirts(2, **{"Image Src": "https://cdn.example/a.jpg", "Image Alt Text": "Front"})
    rows[1]["Image Src"] = "https://cdn.example/b.png"
    rows[2]["Image Src"] = "https://cdn.example/gone.jpg"
    rows[3]["Image Src"] = "https://cdn.example/a.jpg"
    rows[0]["Variant Image"] = "https://cdn.example/b.png"
    data = as_csv(rows)
    report = take(data, fetcher=web)
    assert counts(report)["images"] == (3, 0, 0, 1)
    assert counts(report)["products"] == (2, 0, 0, 0)
    assert [entry.error.code for entry in report.refused] == ["image_unreachable"]
    assert sorted(web.asked) == sorted([*web.pages, "https://cdn.example/gone.jpg"])
    shirt = Product.objects.get(handle="shirt-0")
    assert [media.asset.alt for media in shirt.media.all()] == ["Front", "Shirt 0"]
    assert Variant.objects.get(sku="SH-0-S").image == Asset.objects.get(mime="image/png")
    web.asked.clear()
    again = take(data, fetcher=web)
    assert counts(again)["images"] == (0, 0, 3, 1)
    assert counts(again)["products"] == (0, 0, 2, 0)
    assert web.asked == ["https://cdn.example/gone.jpg"]
    web.pages["https://cdn.example/gone.jpg"] = picture(100, 100)
    assert counts(take(data, fetcher=web))["images"] == (1, 0, 3, 0)
    assert shirt.media.count() == 3


def test_pictures_come_from_a_folder_or_a_zip(tmp_path: Path, web: Web) -> None:
    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "Front.JPG").write_bytes(picture(300, 200))
    (folder / "broken.jpg").write_bytes(b"no picture")
    rows = shirts(1, **{"Image Src": "https://old.example/files/front.jpg?v=3"})
    rows[1]["Image Src"] = "broken.jpg"
    rows[2]["Image Src"] = "nowhere.jpg"
    report = take(as_csv(rows), images=folder, fetcher=web)
    assert counts(report)["images"] == (1, 0, 0, 2)
    assert {entry.error.code for entry in report.refused} == {"unsupported_file", "image_not_found"}
    assert web.asked == []

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("shop/images/nowhere.jpg", picture(50, 50))
    packed.seek(0)
    assert counts(take(as_csv(rows), images=packed, fetcher=web))["images"] == (1, 0, 1, 1)
    assert take(as_csv(rows), images=io.BytesIO(b"no zip")).failed


def test_a_dry_run_fetches_no_pictures(web: Web) -> None:
    rows = shirts(1, **{"Image Src": "https://cdn.example/a.jpg"})
    rows[1]["Image Src"] = "missing.jpg"
    assert counts(take(as_csv(rows), fetcher=web, dry_run=True))["images"] == (1, 0, 0, 1)
    assert web.asked == []
    assert not Asset.objects.exists()


def test_a_host_that_never_answers_is_given_up(web: Web) -> None:
    rows = [{**row, "Image Src": f"https://dead.example/{index}.jpg"} for index, row in enumerate(shirts(20))]
    report = take(as_csv(rows), fetcher=web)
    assert counts(report)["images"] == (0, 0, 0, 60)
    assert len(web.asked) < 30


def test_many_products_at_once_are_stored_exactly_as_one_at_a_time(monkeypatch: pytest.MonkeyPatch, web: Web) -> None:
    web.pages = {f"https://cdn.example/{n}.jpg": picture(100 + n, 100) for n in range(3)}
    rows = shirts(3, **{"Product Category": "Clothing > Shirts", "Collection": "Summer", "Title": " Shirt  nought "})
    for index, row in enumerate(rows):
        row["Image Src"] = f"https://cdn.example/{index % 3}.jpg"
        row["Variant Image"] = "https://cdn.example/1.jpg"
    rows[3] |= {"Body (HTML)": "<b onclick=x>b</b>", "Status": "draft", "Tags": "a, a, b"}

    def stored() -> list[dict[str, object]]:
        take(as_csv(rows), fetcher=web)
        left_out = {"id", "created_at", "updated_at", "published_at", "brand_id", "product_type_id", "version"}
        found = []
        for product in Product.objects.order_by("handle"):
            found.append(
                {
                    **{key: value for key, value in vars(product).items() if key not in left_out and key[0] != "_"},
                    "brand": product.brand.handle if product.brand else "",
                    "type": product.product_type.handle if product.product_type else "",
                    "published": product.published_at is not None,
                    "tags": sorted(tag.handle for tag in product.tags.all()),
                    "categories": sorted(product.category_links.values_list("category__handle", "is_direct")),
                    "collections": list(product.memberships.values_list("collection__handle", "position")),
                    "media": list(product.media.values_list("asset__content_hash", "position")),
                    "options": [
                        (option.name, option.position, list(option.values.values_list("name", "swatch", "position")))
                        for option in product.options.all()
                    ],
                    "variants": list(
                        product.variants.values_list(
                            *("sku", "barcode", "title", "position", "weight_grams", "requires_shipping"),
                            *("tracks_stock", "image__content_hash", "is_active", "prices__minor"),
                        )
                    ),
                    "ranges": list(product.price_ranges.values_list("minimum_minor", "maximum_minor")),
                    "stock": list(
                        StockLevel.objects.filter(variant__product=product)
                        .order_by("pk")
                        .values_list("on_hand", "movements__on_hand_change", "movements__reason")
                    ),
                }
            )
        Product.objects.all().delete()
        return found

    together = stored()
    assert len(together) == 3
    monkeypatch.setattr(saving, "is_plain", lambda draft, taken: False)
    assert stored() == together
