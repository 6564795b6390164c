"""Real files of real shops. What to expect is counted here by a plain reading of each file, and pinned as numbers."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from duli.commerce.catalogue.models import Category, Product, Variant
from duli.commerce.inventory.models import StockLevel
from duli.commerce.inventory.selectors import integrity
from duli.commerce.pricing.models import Price
from tests.commerce.exchange.doing import counts, notes, reasons, take
from tests.shared_data import shared

pytestmark = pytest.mark.django_db


def plain_rows(path: Path) -> list[dict[str, str]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return [{(name or "").lower(): (value or "").strip() for name, value in row.items() if name} for row in rows]


# file: rows, products, variants, of these refused, pictures
SHOPIFY = {
    "gatsby_starter_300rows.csv": (300, 99, 300, 1, 100),
    "packt_theme_course.csv": (21, 20, 21, 0, 21),
    "shopify_partners_apparel.csv": (22, 20, 22, 0, 20),
    "shopify_partners_home-and-garden.csv": (21, 20, 21, 0, 21),
    "shopify_partners_jewelery.csv": (41, 20, 23, 0, 41),
    "shopify_product_template.csv": (17, 3, 16, 0, 11),
}


@pytest.mark.parametrize("name", SHOPIFY)
def test_a_shopify_file_is_taken_whole(name: str) -> None:
    path = shared(f"shopify/{name}")
    rows = plain_rows(path)
    handles = list(dict.fromkeys(row["handle"] for row in rows))
    lines = [row for row in rows if row["variant price"]]
    combinations = Counter(
        (row["handle"], row["option1 value"], row["option2 value"], row["option3 value"]) for row in lines
    )
    repeats = sum(count - 1 for count in combinations.values())
    pictures = {
        (row["handle"], row[column]) for row in rows for column in ("image src", "variant image") if row[column]
    }
    assert (len(rows), len(handles), len(lines), repeats, len(pictures)) == SHOPIFY[name]

    report = take(path)

    assert report.rows == len(rows)
    assert counts(report) == {
        "products": (len(handles), 0, 0, 0),
        "variants": (len(lines) - repeats, 0, 0, repeats),
        "images": (0, 0, 0, len(pictures)),
    }
    assert Product.objects.count() == len(handles)
    assert set(Product.objects.values_list("handle", flat=True)) == set(handles)
    prices = sorted(Price.objects.values_list("minor", flat=True))
    first = {
        key: row for row in reversed(lines) for key in [(row["handle"], row["option1 value"], row["option2 value"])]
    }
    assert prices == sorted(int(Decimal(row["variant price"]) * 100) for row in first.values())
    with_quantity = [
        row for row in first.values() if row.get("variant inventory qty", row.get("variant inventory quantity"))
    ]
    assert StockLevel.objects.count() == len(with_quantity)
    assert integrity() == []

    again = take(path)
    assert counts(again)["products"] == (0, 0, len(handles), 0)
    assert counts(again)["variants"] == (0, 0, len(lines) - repeats, repeats)
    assert not again.changed


def test_the_repeated_combination_is_named_with_its_row() -> None:
    report = take(shared("shopify/gatsby_starter_300rows.csv"))
    assert reasons(report) == [(170, "combination_twice")]


def test_what_a_shopify_row_says_arrives() -> None:
    take(shared("shopify/shopify_product_template.csv"))
    shirt = Product.objects.get(handle="example-shirt")
    assert (shirt.title, shirt.status, shirt.brand.name) == ("Example T-Shirt", "active", "Acme")  # type: ignore[union-attr]
    assert shirt.seo_title == "Example T-Shirt | Test Store"
    assert sorted(tag.name for tag in shirt.tags.all()) == ["Made to Order", "Shirt Tag"]
    assert [option.name for option in shirt.options.all()] == ["Color", "Size"]
    assert [value.name for value in shirt.options.get(name="Color").values.all()] == ["Green", "Blue", "Gray", "Purple"]
    path = [category.name for category in Category.objects.get(name="T-Shirts").get_ancestors()]
    assert path == ["Apparel & Accessories", "Clothing", "Clothing Tops"]
    assert shirt.category_links.count() == 4
    green = Variant.objects.get(sku="SRT_COT_111")
    assert (green.weight_grams, green.title, green.tracks_stock) == (145, "Green / S", False)
    pants = Variant.objects.get(sku="PNT_DEN_285")
    assert (pants.weight_grams, pants.tracks_stock, pants.product.status) == (227, True, "draft")
    assert Product.objects.get(handle="example-hat").status == "archived"
    hat = Price.objects.get(variant__sku="HAT_GRY_275")
    assert (hat.minor, hat.compare_at_minor) == (1799, 2299)
    assert hat.variant.title == ""


def test_prices_that_were_not_higher_before_and_broken_barcodes_are_noted() -> None:
    report = take(shared("shopify/shopify_product_template.csv"))
    found = Counter(code for _, code in notes(report))
    assert found == {"barcode_damaged": 16, "former_price_ignored": 3}


def test_the_woocommerce_file_is_taken_whole() -> None:
    path = shared("woocommerce/sample_products.csv")
    rows = plain_rows(path)
    kinds = Counter(row["type"].split(",")[0] for row in rows)
    assert kinds == {"simple": 14, "variation": 7, "variable": 2, "grouped": 1, "external": 1}
    groups = {row["sku"]: row["sku"] for row in rows if row["type"] != "variation"}
    pictures = {
        (groups.get(row["parent"], row["sku"]), address.strip())
        for row in rows
        for address in row["images"].split(",")
        if address.strip()
    }

    report = take(path)

    assert report.rows == len(rows) == 25
    assert counts(report) == {
        "products": (16, 0, 0, 2),
        "variants": (21, 0, 0, 0),
        "images": (0, 0, 0, len(pictures)),
    }
    assert reasons(report) == [(24, "kind_not_imported"), (25, "kind_not_imported")]
    hoodie = Product.objects.get(title="Hoodie")
    assert [(option.name, [value.name for value in option.values.all()]) for option in hoodie.options.all()] == [
        ("Color", ["Blue", "Green", "Red"]),
        ("Logo", ["Yes", "No"]),
    ]
    assert {variant.sku for variant in hoodie.variants.all()} == {
        "woo-hoodie-red",
        "woo-hoodie-green",
        "woo-hoodie-blue",
        "woo-hoodie-blue-logo",
    }
    red = Variant.objects.get(sku="woo-hoodie-red")
    assert (red.title, red.weight_grams) == ("Red / No", 680)
    price = Price.objects.get(variant=red)
    assert (price.minor, price.compare_at_minor) == (4200, 4500)
    album = Variant.objects.get(sku="woo-album")
    assert not album.requires_shipping
    assert Product.objects.get(title="Hoodie with Pocket").status == "draft"
    assert Category.objects.get(name="Hoodies").get_parent().name == "Clothing"
    assert Product.objects.get(title="Polo").attribute_values.get().text == "Blue"
    assert not take(path).changed


def test_prestashop_products_and_then_their_combinations() -> None:
    products, combinations = shared("prestashop/products_import.csv"), shared("prestashop/combinations_import.csv")
    assert len(plain_rows(products)) == 7
    rows = plain_rows(combinations)
    columns = list(rows[0])
    distinct = {(row[columns[0]], row[columns[2]], row[columns[3]]) for row in rows}
    assert (len(rows), len(distinct)) == (27, 26)

    first = take(products)
    assert counts(first) == {"products": (7, 0, 0, 0), "variants": (7, 0, 0, 0), "images": (0, 0, 0, 7)}
    second = take(combinations)
    owners = {row[columns[0]] for row in rows}
    assert counts(second) == {"products": (0, len(owners), 0, 0), "variants": (26, 0, 0, 1), "images": (0, 0, 0, 4)}
    assert reasons(second) == [(25, "combination_twice")]
    assert notes(second) == [(23, "sku_twice")]

    nano = Product.objects.get(handle="ipod-nano")
    assert (nano.title, nano.seo_title, nano.brand.name) == ("iPod Nano", "Meta title-Nano", "Apple")  # type: ignore[union-attr]
    assert nano.variants.filter(is_active=True).count() == 16
    big = Price.objects.get(variant__sku="RP-Nano-Blue-16GB", variant__is_active=True)
    assert big.minor == 14000
    assert big.variant.weight_grams == 68
    assert Product.objects.get(title="iPod touch").status == "draft"
    assert not take(combinations).changed
    # The products' file knows nothing of combinations and must not take them away.
    assert not take(products).changed
    assert nano.variants.filter(is_active=True).count() == 16
    assert integrity() == []


def test_combinations_without_their_products_are_refused_row_by_row() -> None:
    report = take(shared("prestashop/combinations_import.csv"))
    assert counts(report)["variants"] == (0, 0, 0, 27)
    assert [code for _, code in reasons(report)] == ["parent_missing"] * 27
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "woocommerce/sample_tax_rates.csv",
        "prestashop/customers_import.csv",
        "prestashop/addresses_import.csv",
        "prestashop/categories_import.csv",
        "demo_catalogue/photos/paul-weaver-1120584-unsplash.jpg",
        "exchange_rates/monthly.csv.gz",
    ],
)
def test_other_files_are_refused_as_a_whole(name: str) -> None:
    report = take(shared(name))
    assert report.failed
    assert not Product.objects.exists()
    assert report.refused[0].error.code in {"format_unknown", "file_not_text"}


def test_a_chinese_mall_loads_with_its_neighbouring_tables() -> None:
    path = shared("products_zh_litemall/goods.csv.gz")
    goods = plain_rows(path)
    skus = plain_rows(path.parent / "goods_product.csv")
    assert (len(goods), len(skus)) == (239, 244)
    report = take(path)
    assert counts(report)["products"] == (239, 0, 0, 0)
    assert counts(report)["variants"] == (244, 0, 0, 0)
    bedding = Product.objects.get(source="litemall:1181000")
    assert [option.name for option in bedding.options.all()] == ["规格", "颜色"]
    assert bedding.variants.count() == 6
    assert Product.objects.get(source="litemall:1006002").attribute_values.get(attribute__name="材质").text == "100%棉"
    assert sum(Price.objects.values_list("minor", flat=True)) == sum(int(Decimal(row["price"]) * 100) for row in skus)
    assert sum(StockLevel.objects.values_list("on_hand", flat=True)) == sum(int(row["number"]) for row in skus)
    assert not take(path).changed
