"""The columns of a product file that no shop system wrote: each field is a column of our own CSV."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.text import slugify
from duli.commerce.exchange.reading import column_name, opened, read_table
from duli.commerce.exchange.records.base import Field
from duli.commerce.inventory.models import Location
from duli.platform.store.selectors import current_store

PRODUCT_FIELDS = (
    Field(
        "Title",
        _("Title"),
        (
            "Title",
            "Name",
            "Product name",
            "Product",
            "商品名称",
            "品名",
            "商品名",
            "产品名称",
            "名称",
            "标题",
            "商品标题",
        ),
        True,
    ),
    Field(
        "price",
        _("Price"),
        ("Price", "Variant price", "Sale price", "Unit price", "售价", "价格", "单价", "销售价"),
        True,
    ),
    Field("Product handle", _("Address"), ("Handle", "Slug", "URL handle", "网址别名", "别名")),
    Field(
        "compare",
        _("Former price"),
        ("Compare at price", "Variant compare at price", "Regular price", "Original price", "原价", "划线价", "市场价"),
    ),
    Field("SKU", _("SKU"), ("SKU", "Variant SKU", "Code", "Item number", "商品编码", "货号", "编码", "商家编码")),
    Field("Barcode", _("Barcode"), ("Barcode", "Variant barcode", "EAN", "UPC", "GTIN", "条码", "条形码")),
    Field(
        "stock",
        _("In stock"),
        (
            "Stock",
            "Quantity",
            "Qty",
            "Variant inventory qty",
            "Inventory",
            "On hand",
            "库存",
            "库存量",
            "数量",
            "库存数量",
        ),
    ),
    Field(
        "Description",
        _("Description"),
        ("Description", "Body", "Body HTML", "Details", "描述", "商品描述", "详情", "商品详情"),
    ),
    Field("Type", _("Type"), ("Type", "Product type", "商品类型", "类型")),
    Field("Brand", _("Brand"), ("Brand", "Vendor", "Manufacturer", "品牌", "厂商")),
    Field("Tags", _("Tags"), ("Tags", "标签")),
    Field("Categories", _("Categories"), ("Categories", "Category", "分类", "商品分类", "类目")),
    Field("Weight (g)", _("Weight, g"), ("Weight g", "Weight", "Grams", "重量", "重量 克", "重量 g")),
    Field("Option 1 name", _("Option, name"), ("Option1 name", "Option name", "规格名", "规格名称")),
    Field(
        "Option 1 value",
        _("Option, value"),
        ("Option1 value", "Option value", "Variant", "Size", "Colour", "Color", "规格", "规格值", "尺码", "颜色"),
    ),
    Field("Image", _("Picture"), ("Image", "Image URL", "Image src", "Picture", "Photo", "图片", "主图", "商品图片")),
    Field("Status", _("Status"), ("Status", "状态")),
)


def rewrite(source: Path, target: Path, mapping: Mapping[str, str]) -> None:
    """Write the file again as our own CSV, its columns named by `mapping`, with the same row numbers. FileProblem."""
    currency = current_store().default_currency
    own = {"price": f"Price [{currency}]", "compare": f"Compare-at price [{currency}]", "stock": "Stock [main]"}
    location = Location.objects.filter(is_active=True).order_by("priority", "pk").first()
    if location is not None:
        own["stock"] = f"Stock [{location.code}]"
    columns = {code: column_name(title) for code, title in mapping.items() if title}
    codes = [code for code in columns if code != "Product handle"]
    unnamed = "Option 1 value" in codes and "Option 1 name" not in codes
    if unnamed:
        codes.append("Option 1 name")
    with opened(source) as file, target.open("w", encoding="utf-8", newline="") as written:
        table = read_table(file)
        writer = csv.writer(written)
        writer.writerow(["Product handle", *(own.get(code, code) for code in codes)])
        number = 1
        handle = ""
        for row in table.rows():
            while number + 1 < row.number:
                # A blank row stays one, so that the report names the rows of the merchant's own file.
                writer.writerow([])
                number += 1
            cells = {code: row.cells.get(column, "").strip() for code, column in columns.items()}
            title, sku = cells.get("Title", ""), cells.get("SKU", "")
            if title or cells.get("Product handle"):
                handle = cells.get("Product handle") or slugify(title) or slugify(sku)
            if unnamed:
                cells["Option 1 name"] = gettext("Option") if cells["Option 1 value"] else ""
            writer.writerow([handle or sku, *(cells[code] for code in codes)])
            number = row.number
