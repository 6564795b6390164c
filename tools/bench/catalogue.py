"""A catalogue of any size for measuring: N products × 3 variants in 20 categories, by bulk inserts.

`python -m tools.bench.catalogue 1000` fills the database that the environment names. The small parts (markets, taxes,
shipping, gateways, categories, attributes) are made by the shop's own verbs; prices and search are derived by them too.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

CATEGORIES = 20
BRANDS = 50
ASSETS = 200
BATCH = 1000
ACTOR = "system"
SIZES = ("小", "中", "大")
MATERIALS = ("橡木", "胡桃木", "亚麻", "羊毛", "陶瓷", "黄铜", "玻璃", "真皮")
COLOURS = ("石板灰", "雾白", "青瓷", "墨绿", "赭石", "深蓝", "米色", "炭黑", "砖红", "姜黄", "天青", "原木")
STYLES = ("简约", "北欧", "复古", "手工", "轻便", "可折叠", "加厚", "户外", "儿童", "商用")
GOODS = (
    *("餐椅", "书桌", "台灯", "沙发", "地毯", "花瓶", "茶壶", "背包", "外套", "围巾"),
    *("毛毯", "靠垫", "相框", "挂钟", "书架", "衣帽架", "马克杯", "餐盘", "砧板", "水壶"),
)
ENGLISH = (
    *("dining chair", "desk", "table lamp", "sofa", "rug", "vase", "teapot", "backpack", "coat", "scarf"),
    *(
        "blanket",
        "cushion",
        "picture frame",
        "wall clock",
        "bookshelf",
        "coat stand",
        "mug",
        "plate",
        "board",
        "bottle",
    ),
)
SENTENCE = "选用优质材料，细节经得起细看；尺寸适中，适合日常使用，也方便打理。"


@dataclass(frozen=True, slots=True)
class Plan:
    """What product number `number` is; the same for the same number, whatever the database."""

    number: int
    category: int
    material: str
    colour: str
    title: str
    english: str
    minor: int


def plans(count: int) -> Iterator[Plan]:
    chance = random.Random(7)
    for number in range(1, count + 1):
        kind = chance.randrange(len(GOODS))
        material, colour, style = chance.choice(MATERIALS), chance.choice(COLOURS), chance.choice(STYLES)
        yield Plan(
            number,
            number % CATEGORIES,
            material,
            colour,
            f"{style}{colour}{material}{GOODS[kind]} {number}",
            f"{ENGLISH[kind].capitalize()} {number}",
            chance.randrange(2_900, 299_900, 100),
        )


def search_words(count: int) -> list[str]:
    """Return what shoppers would type: two words, and one word that many products have."""
    chance = random.Random(11)
    return [f"{chance.choice(MATERIALS)} {chance.choice(GOODS)}" for _ in range(count)] + list(GOODS[:5])


def handle(number: int) -> str:
    return f"product-{number}"


def category_handle(number: int) -> str:
    return f"category-{number}"


def fill(count: int) -> None:
    """Make the whole shop; Django must be set up and the database migrated and empty."""
    from tests import factories

    factories.shop()
    work = _Filler()
    stream = plans(count)
    while batch := list(islice(stream, BATCH)):
        work.add(batch)
        print(f"\r{batch[-1].number} / {count}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    _index()


def _index() -> None:
    from django.db import connection

    from duli.commerce.catalogue import documents
    from duli.platform.search.services import rebuild
    from duli.platform.store.changes import mark

    rebuild(kind=documents.KIND, documents=documents.all_documents())
    mark("store", "prices", "catalogue", "structure")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


class _Filler:
    """Inserts batches of products with everything that belongs to them."""

    def __init__(self) -> None:
        from duli.base.clock import now
        from duli.commerce.catalogue import services as catalogue
        from duli.commerce.catalogue.models import Brand
        from duli.commerce.inventory.models import Location
        from duli.commerce.pricing.models import PriceList
        from duli.platform.media.models import Asset

        self.now = now()
        self.location = Location.objects.order_by("priority", "pk")[0]
        self.lists = {entry.currency: entry for entry in PriceList.objects.all()}
        self.categories = [
            catalogue.save_category(name=f"分类 {number}", handle=category_handle(number), actor=ACTOR)
            for number in range(CATEGORIES)
        ]
        self.material = catalogue.save_attribute(name="材质", code="material", is_filterable=True)
        self.colour = catalogue.save_attribute(name="颜色", code="colour", is_filterable=True)
        self.brands = Brand.objects.bulk_create(
            [Brand(handle=f"brand-{number}", name=f"品牌 {number}") for number in range(BRANDS)]
        )
        self.assets = Asset.objects.bulk_create(
            [
                Asset(
                    kind="image",
                    file=f"originals/00/{number:064x}.jpg",
                    content_hash=f"{number:064x}",
                    mime="image/jpeg",
                    width=1600,
                    height=2000,
                    bytes=400_000,
                    alt=f"图片 {number}",
                    created_at=self.now,
                )
                for number in range(ASSETS)
            ]
        )

    def add(self, batch: list[Plan]) -> None:
        from django.db import transaction

        with transaction.atomic():
            self._add(batch)

    def _add(self, batch: list[Plan]) -> None:
        from duli.commerce.catalogue.models import (
            OptionValue,
            Product,
            ProductAttribute,
            ProductCategory,
            ProductMedia,
            ProductOption,
            Variant,
        )
        from duli.commerce.inventory.models import StockLevel
        from duli.commerce.pricing.models import Price
        from duli.commerce.pricing.services.prices import refresh_ranges
        from duli.platform.store.models import Translation

        products = Product.objects.bulk_create(
            [
                Product(
                    handle=handle(plan.number),
                    title=plan.title,
                    description_html=f"<p>{plan.title}。{SENTENCE}</p><p>{SENTENCE * 3}</p>",
                    status="active",
                    published_at=self.now - timedelta(days=1),
                    brand=self.brands[plan.number % BRANDS],
                    sales_count=plan.number * 37 % 900,
                    created_at=self.now - timedelta(minutes=plan.number),
                    updated_at=self.now,
                )
                for plan in batch
            ]
        )
        pairs = list(zip(products, batch, strict=True))
        Translation.objects.bulk_create(
            [
                Translation(kind="product", object_id=product.pk, language="en", field="title", value=plan.english)
                for product, plan in pairs
            ]
        )
        ProductCategory.objects.bulk_create(
            [ProductCategory(product=product, category=self.categories[plan.category]) for product, plan in pairs]
        )
        ProductAttribute.objects.bulk_create(
            [
                ProductAttribute(product=product, attribute=attribute, text=text)
                for product, plan in pairs
                for attribute, text in ((self.material, plan.material), (self.colour, plan.colour))
            ]
        )
        ProductMedia.objects.bulk_create(
            [
                ProductMedia(product=product, asset=self.assets[(plan.number * 2 + place) % ASSETS], position=place)
                for product, plan in pairs
                for place in range(2)
            ]
        )
        options = ProductOption.objects.bulk_create(
            [ProductOption(product=product, name="尺寸") for product in products]
        )
        values = OptionValue.objects.bulk_create(
            [
                OptionValue(option=option, name=name, position=place)
                for option in options
                for place, name in enumerate(SIZES)
            ]
        )
        variants = Variant.objects.bulk_create(
            [
                Variant(
                    product=product,
                    sku=f"SKU-{plan.number}-{place}",
                    position=place,
                    option_value_ids=[values[index * len(SIZES) + place].pk],
                    combination=str(values[index * len(SIZES) + place].pk),
                    title=SIZES[place],
                    weight_grams=800,
                )
                for index, (product, plan) in enumerate(pairs)
                for place in range(len(SIZES))
            ]
        )
        StockLevel.objects.bulk_create(
            [StockLevel(variant=variant, location=self.location, on_hand=1_000_000) for variant in variants]
        )
        Price.objects.bulk_create(
            [
                Price(price_list=entry, variant=variant, minor=self._minor(batch, index, currency))
                for index, variant in enumerate(variants)
                for currency, entry in self.lists.items()
            ]
        )
        refresh_ranges(product_ids=[product.pk for product in products])

    @staticmethod
    def _minor(batch: list[Plan], index: int, currency: str) -> int:
        minor = batch[index // len(SIZES)].minor + 1_000 * (index % len(SIZES))
        return minor if currency == "CNY" else minor // 7


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    from duli.cli import setup
    from duli.cli.migrate import migrate_if_needed

    setup()
    migrate_if_needed(quiet=True)
    fill(int(sys.argv[1]))
