"""`duli demo --scale large`: a shop of the size that shows what holds, written in bulk in the database's fastest way.

100,000 products, 300,000 customers and 1,000,000 orders over two years; `--scale 0.1` makes a tenth of it. Unlike the
small demo these rows are written directly: no mail, no job, no event but that the order was placed. What the shop's
verbs would have derived (values of customers, units sold, what people are found by) is written as they do. The same
seed makes the same shop.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction

from duli.base.clock import now
from duli.base.ids import new_token
from duli.base.money import Money, TaxedMoney

PRODUCTS, CUSTOMERS, ORDERS = 100_000, 300_000, 1_000_000
SEED = 20260102
SPAN = timedelta(days=730)
BATCH = 5_000
SOURCE = "demo:large:"
RATE = Decimal("0.13")
_GOODS = (
    "餐椅",
    "书桌",
    "台灯",
    "沙发",
    "地毯",
    "花瓶",
    "茶壶",
    "背包",
    "外套",
    "围巾",
    "毛毯",
    "靠垫",
    "相框",
    "挂钟",
)
_LOOKS = ("石板灰", "雾白", "青瓷", "墨绿", "赭石", "深蓝", "米色", "炭黑", "砖红", "姜黄", "天青", "原木")
_FAMILIES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = ("伟", "芳", "娜", "敏", "静", "小明", "晓", "强", "磊", "洋", "艳", "勇", "军", "杰", "子涵", "梓萱", "宇航")
_FIRST = ("Ann", "Ben", "Clara", "David", "Emma", "Frank", "Grace", "Henry", "Iris", "Jack", "Kate", "Liam", "Mia")
_LAST = ("Smith", "Jones", "Brown", "Taylor", "Wilson", "Davies", "Evans", "Thomas", "Roberts", "Walker", "Wright")
_CITIES = (("浙江省", "杭州市"), ("上海", "上海市"), ("北京", "北京市"), ("广东省", "深圳市"), ("四川省", "成都市"))
_ABROAD = ("US", "GB", "DE", "FR", "JP", "AU", "CA", "SG")
_TAGS = ("VIP", "礼物", "加急", "电话确认", "wholesale")

# What the verbs keep beside customers and products, for all of them at once; both databases read these words.
_VALUES = """
UPDATE customers_customer SET orders_count = value.orders, spent_minor = value.spent, country = value.country,
  first_order_at = value.first, last_order_at = value.last
FROM (
  SELECT customer_id, COUNT(*) FILTER (WHERE counts) AS orders,
    COALESCE(SUM(total_minor) FILTER (WHERE counts AND paid_at IS NOT NULL AND currency = %s), 0) AS spent,
    MIN(placed_at) FILTER (WHERE counts) AS first, MAX(placed_at) FILTER (WHERE counts) AS last,
    MAX(country) AS country
  FROM (SELECT *, status <> 'cancelled' AS counts FROM orders_order WHERE idempotency_key LIKE 'large:%%') AS bought
  GROUP BY customer_id
) AS value WHERE id = value.customer_id"""
_SOLD = """
UPDATE catalogue_product SET sales_count = sold.units
FROM (
  SELECT product_id, SUM(quantity) AS units FROM orders_orderline AS line
  JOIN orders_order AS bought ON bought.id = line.order_id
  WHERE bought.paid_at IS NOT NULL AND bought.idempotency_key LIKE 'large:%%'
  GROUP BY product_id
) AS sold WHERE id = sold.product_id"""

Progress = Callable[[str, int, int], None]


class Table:
    """A table to fill: the columns that differ from row to row, and one value for each of the others."""

    def __init__(self, model: type[models.Model], *names: str, **same: Any) -> None:
        fields = {field.attname: field for field in model._meta.concrete_fields}
        rest = {
            name: _plain(same.get(name, field.get_default()))
            for name, field in fields.items()
            if name not in names and (name in same or not field.primary_key)
        }
        self.model = model
        self.columns = [fields[name].column or name for name in (*names, *rest)]
        self._same = tuple(rest.values())
        self._rows: list[tuple[Any, ...]] = []

    def add(self, *values: Any) -> None:
        self._rows.append((*values, *self._same))

    def flush(self) -> None:
        """Write what was added: COPY on PostgreSQL, one prepared statement on SQLite."""
        table, names = connection.ops.quote_name(self.model._meta.db_table), ", ".join(f'"{c}"' for c in self.columns)
        rows, self._rows = self._rows, []
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(self.columns))
                cursor.executemany(
                    f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608 (names of our own tables)
                    [tuple(_for_sqlite(value) for value in row) for row in rows],
                )


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return str(value) if isinstance(value, Decimal) else value


@contextmanager
def _without_indexes(tables: Sequence[str]) -> Iterator[None]:
    """Take the indexes off that no constraint needs and build them again at the end, which is many times faster."""
    listing = {
        "postgresql": "SELECT i.indexname, i.indexdef FROM pg_indexes i LEFT JOIN pg_constraint c ON"
        " c.conname = i.indexname WHERE i.tablename = %s AND c.oid IS NULL AND i.indexdef NOT LIKE '%%UNIQUE%%'",
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql IS NOT NULL"
        " AND sql NOT LIKE '%%UNIQUE%%'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        made: list[tuple[str, str]] = []
        for table in tables:
            cursor.execute(listing, [table])
            made += cursor.fetchall()
        for name, _definition in made:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
        yield
        for _name, definition in made:
            cursor.execute(definition)


@transaction.atomic
def load_large(scale: float, progress: Progress, *, index: bool = True) -> None:
    """Add the large shop to one that has markets, price lists and a location; `scale` 1 is the whole size."""
    from duli.commerce.catalogue.models import Product, Variant
    from duli.commerce.customers.models import Customer, CustomerKey, CustomerSearch
    from duli.commerce.inventory.models import StockLevel
    from duli.commerce.orders.models import Fulfilment, FulfilmentLine, Order, OrderLine, OrderTag
    from duli.commerce.payments.models import PaymentCollection
    from duli.commerce.pricing.models import Price
    from duli.platform.events.models import Event
    from duli.platform.store.changes import mark
    from duli.platform.store.selectors import current_store

    filled: list[type[models.Model]] = [
        *(Product, Variant, StockLevel, Price, Customer, CustomerSearch, CustomerKey, Order, OrderLine, OrderTag),
        *(Fulfilment, FulfilmentLine, PaymentCollection, Event),
    ]
    chance = random.Random(SEED)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Keys are checked batch by batch: a table with checks still to come takes no index.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with _without_indexes([model._meta.db_table for model in filled]):
        variants = _products(round(PRODUCTS * scale), chance, progress)
        buyers = _customers(round(CUSTOMERS * scale), chance, progress)
        _Orders(variants, buyers, chance).make(round(ORDERS * scale), progress)
        with connection.cursor() as cursor:
            cursor.execute(_VALUES, [current_store().default_currency])
            cursor.execute(_SOLD)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), filled):
            cursor.execute(statement)
        cursor.execute("ANALYZE")
    if index:
        index_large(progress)
    mark("store", "prices", "catalogue", "structure")


@lru_cache(maxsize=10_000)
def _tax_within(amount: int, currency: str) -> int:
    return TaxedMoney.from_gross(Money(amount, currency), RATE).tax.minor


def _next(model: type[models.Model]) -> int:
    return (model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1


def _batches(total: int, what: str, progress: Progress) -> Iterator[range]:
    for first in range(0, total, BATCH):
        yield range(first, min(first + BATCH, total))
        progress(what, min(first + BATCH, total), total)


def _products(total: int, chance: random.Random, progress: Progress) -> list[tuple[int, int, str, str, int]]:
    """Write products with two variants, their prices and stock; return (variant, product, SKU, title, fen) of each."""
    from duli.commerce.catalogue.models import Product, Variant
    from duli.commerce.inventory.models import Location, StockLevel
    from duli.commerce.pricing.models import Price, PriceList

    instant = now()
    place = Location.objects.order_by("priority", "pk")[0].pk
    lists = dict(PriceList.objects.filter(is_default=True).values_list("pk", "currency"))
    first_product, first_variant = _next(Product), _next(Variant)
    goods = Table(
        Product, "id", "handle", "title", "source", "created_at", status="active",
        description_html="<p>选用优质材料，细节经得起细看；尺寸适中，适合日常使用，也方便打理。</p>",
        published_at=instant - timedelta(days=1), updated_at=instant,
    )  # fmt: skip
    kinds = Table(Variant, "id", "product_id", "sku", "position", "combination", "title", weight_grams=800)
    levels = Table(StockLevel, "variant_id", "on_hand", location_id=place)
    prices = Table(Price, "price_list_id", "variant_id", "minor")
    made = []
    for batch in _batches(total, "products", progress):
        for number in batch:
            pk, title = first_product + number, f"{chance.choice(_LOOKS)}{chance.choice(_GOODS)} {number}"
            minor = chance.randrange(2_900, 99_900, 100)
            created = instant - timedelta(minutes=number)
            goods.add(pk, f"large-{number}", title, f"{SOURCE}{number}", created)
            for position in range(2):
                variant, sku = first_variant + number * 2 + position, f"L{number:06}-{position}"
                kinds.add(variant, pk, sku, position, str(position), "大" if position else "小")
                levels.add(variant, chance.randrange(1, 2_000))
                for list_id, currency in lists.items():
                    prices.add(list_id, variant, minor if currency == "CNY" else minor // 7)
                made.append((variant, pk, sku, title, minor))
        for table in (goods, kinds, levels, prices):
            table.flush()
    return made


def _customers(total: int, chance: random.Random, progress: Progress) -> list[tuple[int, str, str, str, str]]:
    """Write customers and what they are found by; return (key, name, e-mail, phone, country) of each.

    No two have an address or a number in common: they would be one guest to the shop.
    """
    from duli.commerce.customers.models import Customer, CustomerKey, CustomerSearch
    from duli.commerce.customers.names import email_key, phone_key, search_text

    first, instant = _next(Customer), now()
    people = Table(Customer, "id", "name", "email", "phone", "language", "created_at")
    texts = Table(CustomerSearch, "customer_id", "text")
    keys = Table(CustomerKey, "customer_id", "kind", "value")
    made = []
    for batch in _batches(total, "customers", progress):
        for number in batch:
            abroad = chance.random() < 0.2
            if abroad:
                name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
                email = f"{name.lower().replace(' ', '.')}{number}@example.com"
                phone, country = f"+4420{number * 7919 % 10**8:08}", chance.choice(_ABROAD)
            else:
                name = chance.choice(_FAMILIES) + chance.choice(_GIVEN)
                email, country = f"buyer{number}@example.com", "CN"
                phone = f"+8613{number * 7919 % 10**9:09}"
            created = instant - SPAN * chance.random()
            people.add(first + number, name, email, phone, "en" if abroad else "zh-hans", created)
            texts.add(first + number, search_text(name=name, email=email, phone=phone))
            keys.add(first + number, CustomerKey.Kind.EMAIL.value, email_key(email))
            keys.add(first + number, CustomerKey.Kind.PHONE.value, phone_key(phone))
            made.append((first + number, name, email, phone, country))
        for table in (people, texts, keys):
            table.flush()
    return made


class _Orders:
    """A million orders, the oldest first: most are long delivered, the last days' are still being worked on."""

    def __init__(self, variants: Sequence[tuple[Any, ...]], buyers: Sequence[tuple[Any, ...]], chance: random.Random):
        from duli.commerce.inventory.models import Location
        from duli.commerce.orders.models import Fulfilment, FulfilmentLine, Order, OrderLine, OrderTag
        from duli.commerce.payments.models import PaymentCollection
        from duli.platform.events.models import Event
        from duli.platform.store.selectors import current_store

        self.variants, self.buyers, self.chance = variants, buyers, chance
        self.end = now()
        self.prefix = current_store().order_prefix
        self.first, self.line, self.parcel = _next(Order), _next(OrderLine), _next(Fulfilment)
        self.collection = _next(PaymentCollection)
        self.orders = Table(
            Order, "id", "number", "token", "idempotency_key", "status", "payment_state", "fulfilment_state",
            "customer_id", "customer_name", "email", "phone", "language", "market_code", "currency",
            "subtotal_minor", "shipping_minor", "tax_minor", "total_minor", "shipping_address", "country",
            "payment_collection_id", "placed_at", "paid_at", "expires_at", "cancelled_at", "cancel_reason", "tags",
            "risk", "risk_reasons", prices_include_tax=True, payment_method_code="bank_transfer",
            shipping_method_name="标准快递", shipping_method_code="standard", quote={"adjustments": [], "taxes": []},
        )  # fmt: skip
        self.lines = Table(
            OrderLine, "id", "order_id", "variant_id", "product_id", "title", "sku", "position", "quantity",
            "fulfilled_quantity", "unit_price_minor", "subtotal_minor", "tax_minor", "total_minor", tax_rate=RATE,
        )  # fmt: skip
        self.parcels = Table(
            Fulfilment, "id", "order_id", "state", "tracking_number", "idempotency_key", "shipped_at", "delivered_at",
            carrier="sf", location_id=Location.objects.order_by("priority", "pk")[0].pk,
        )  # fmt: skip
        self.packed = Table(FulfilmentLine, "fulfilment_id", "order_line_id", "quantity")
        self.money = Table(
            PaymentCollection, "id", "reference", "label", "currency", "amount_minor", "captured_minor", "state",
            "language", "created_at", method_code="bank_transfer",
        )  # fmt: skip
        self.tags = Table(OrderTag, "order_id", "name", "placed_at")
        self.events = Table(Event, "reference", "data", "happened_at", name="orders.placed", actor="guest")

    def make(self, total: int, progress: Progress) -> None:
        for batch in _batches(total, "orders", progress):
            for number in batch:
                self._one(number, self.end - SPAN * (1 - (number + 1) / total))
            for table in (self.money, self.orders, self.lines, self.parcels, self.packed, self.tags, self.events):
                table.flush()

    def _state(self, age: timedelta) -> tuple[str, str, str]:
        """Return status, payment and fulfilment of an order of this age."""
        luck = self.chance.random()
        if luck < 0.04:
            return "cancelled", "voided", "unfulfilled"
        if age < timedelta(days=2):
            return ("open", "unpaid", "unfulfilled") if luck < 0.2 else ("open", "paid", "unfulfilled")
        if age < timedelta(days=6):
            return "completed", "paid", "fulfilled"
        if luck < 0.0402:
            return "open", "review", "unfulfilled"
        return "completed", "paid", "delivered"

    def _one(self, number: int, placed: datetime) -> None:
        chance, pk = self.chance, self.first + number
        buyer, name, email, phone, country = self.buyers[int(len(self.buyers) * chance.random())]
        currency = "CNY" if country == "CN" else "USD"
        status, payment, fulfilment = self._state(self.end - placed)
        sent = fulfilment in {"fulfilled", "delivered"}
        parcel = self.parcel + number
        order_number = f"{self.prefix}{1000 + pk}"
        subtotal = tax = 0
        for position in range(chance.choice((1, 1, 2, 3))):
            # A few things are bought all the time, most of them rarely.
            variant, product, sku, title, minor = self.variants[int(len(self.variants) * chance.random() ** 3)]
            quantity = chance.choice((1, 1, 1, 2))
            each = minor if currency == "CNY" else minor // 7
            amount = each * quantity
            part = _tax_within(amount, currency)
            subtotal += amount
            tax += part
            line = self.line
            self.line += 1
            self.lines.add(
                *(line, pk, variant, product, title, sku, position, quantity, quantity if sent else 0),
                *(each, amount, part, amount),
            )
            if sent:
                self.packed.add(parcel, line, quantity)
        shipping = 1200 if currency == "CNY" else 1500
        total = subtotal + shipping
        paid = payment in {"paid", "review"}
        words = [chance.choice(_TAGS)] if chance.random() < 0.05 else []
        risky = chance.random() < 0.003
        region, city = chance.choice(_CITIES)
        address = {
            "country": country, "name": name, "phone": phone, "region": region, "city": city, "line1": "文一路 1 号",
        }  # fmt: skip
        self.orders.add(
            *(pk, order_number, new_token(), f"large:{pk}", status, payment, fulfilment, buyer, name, email, phone),
            *("zh-hans" if currency == "CNY" else "en", "cn" if currency == "CNY" else "int", currency),
            *(subtotal, shipping, tax, total, json.dumps(address, ensure_ascii=False), country),
            *(self.collection + number, placed, placed if payment == "paid" else None),
            placed + timedelta(days=7) if payment == "unpaid" else None,
            *(placed if status == "cancelled" else None, "expired" if status == "cancelled" else ""),
            *(
                json.dumps(words, ensure_ascii=False),
                "medium" if risky else "none",
                '["many_failures"]' if risky else "[]",
            ),
        )
        for word in words:
            self.tags.add(pk, word, placed)
        if sent:
            shipped = placed + timedelta(hours=20)
            arrived = placed + timedelta(days=3) if fulfilment == "delivered" else None
            state = "delivered" if arrived else "shipped"
            self.parcels.add(parcel, pk, state, f"SF{10**12 + pk}", f"large:{pk}", shipped, arrived)
        state = (
            "review" if payment == "review" else "captured" if paid else "closed" if status == "cancelled" else "open"
        )
        self.money.add(
            *(self.collection + number, f"order:{pk}", order_number, currency, total, total if paid else 0, state),
            *("zh-hans" if currency == "CNY" else "en", placed),
        )
        facts = {"order_id": pk, "number": order_number, "total_minor": total, "currency": currency,
                 "payment_method_code": "bank_transfer"}  # fmt: skip
        self.events.add(f"order:{pk}", json.dumps(facts), placed)


def index_large(progress: Progress) -> None:
    """Derive what shoppers search and sort by, as the shop's own verbs do."""
    from duli.commerce.catalogue import documents
    from duli.commerce.catalogue.models import Product
    from duli.commerce.pricing.services.prices import refresh_ranges
    from duli.platform.search.services import rebuild

    keys = list(Product.objects.filter(source__startswith=SOURCE).values_list("pk", flat=True))
    for batch in _batches(len(keys), "prices", progress):
        refresh_ranges(product_ids=keys[batch.start : batch.stop])
    rebuild(kind=documents.KIND, documents=documents.all_documents())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
