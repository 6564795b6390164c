"""Finding an order by what people remember, each way by an index."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F, QuerySet

from duli.base.clock import now
from duli.commerce.orders import search
from duli.commerce.orders.models import Fulfilment, Order, OrderTag
from duli.commerce.orders.selectors import filtered, known_countries, known_tags, order_list
from duli.commerce.orders.services import tag
from duli.commerce.orders.types import OrderFilter
from duli.platform.store import services as store
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    factories.shop()
    store.save_store(order_prefix="D")
    made = factories.order()
    Order.objects.filter(pk=made.pk).update(
        number="D81005", customer_name="Ann Smith", email="Ann.Smith@example.com", phone="+8613800138000"
    )
    Fulfilment.objects.create(
        order=made, tracking_number="SF-9 x", idempotency_key="k", shipped_at=now(), location=factories.location()
    )
    other = factories.order(made.lines.get().variant)  # type: ignore[arg-type]
    Order.objects.filter(pk=other.pk).update(number="D2001", customer_name="王小明", email="w@example.com", phone="")
    return made


def found(text: str) -> list[str]:
    return sorted(row.number for row in order_list(OrderFilter(query=text)).rows)


@pytest.mark.parametrize(
    "text",
    [
        *("D81005", "#D81005", "d81005", "81005", "#81005", "810", "d810", " 81005 "),
        *("ann.smith@example.com", "ANN.SMITH@", "ann.sm"),
        *("+8613800138000", "13800138000", "138 0013 8000", "00138000", "8000", "38000"),
        *("Ann Smith", "ann", "smith", "sf-9 X"),
    ],
)
def test_one_order_is_found_by(order: Order, text: str) -> None:
    assert found(text) == ["D81005"]


@pytest.mark.parametrize("text", ["王小明", "小明", "王", "D2001", "w@e"])
def test_a_chinese_name_is_found_by_its_beginning_and_by_the_given_name(order: Order, text: str) -> None:
    assert found(text) == ["D2001"]


def test_a_sku_finds_every_order_of_it(order: Order) -> None:
    assert found(order.lines.get().sku.lower()) == ["D2001", "D81005"]
    rows = order_list(OrderFilter(sku=order.lines.get().sku.lower())).rows
    assert sorted(row.number for row in rows) == ["D2001", "D81005"]


@pytest.mark.parametrize(
    "text", ["9999", "ith", "%", "_", "D8%", "'; --", "\x00", "mith@example.com", "😀", "& | !", "D" * 500]
)
def test_nothing_else_is_found(order: Order, text: str) -> None:
    assert found(text) in ([], ["D2001", "D81005"] if not text.strip("\x00") else [])


def _many(original: Order, count: int) -> list[int]:
    """Add orders like `original`, each older than the one before it; return all keys, newest first."""
    fields = {field.attname: getattr(original, field.attname) for field in Order._meta.concrete_fields}
    rows = [
        Order(
            **fields
            | {
                "id": None,
                "number": f"D9{place:04}",
                "token": f"t{place}",
                "idempotency_key": f"k{place}",
                "payment_collection_id": None,
                "placed_at": original.placed_at - timedelta(minutes=place + 1),
            }
        )
        for place in range(count)
    ]
    Order.objects.bulk_create(rows)
    return list(Order.objects.filter(customer_name="Ann Smith").order_by("-placed_at").values_list("pk", flat=True))


def test_of_a_name_that_very_many_have_the_newest_come_first_and_all_the_others_behind_them(order: Order) -> None:
    order.refresh_from_db()
    everybody = _many(order, 250)
    # Some time has passed: a new order of the same name, while keys of history do not follow the days.
    Order.objects.filter(pk=everybody[-1]).update(placed_at=order.placed_at + timedelta(days=1))
    wanted = [everybody[-1], *everybody[:-1]]
    page = order_list(OrderFilter(query="smith"))
    assert [row.id for row in page.rows] == wanted[:50]
    seen = [row.id for row in page.rows]
    while page.after:
        page = order_list(OrderFilter(query="smith"), after=page.after, limit=100)
        seen += [row.id for row in page.rows]
    assert seen == wanted
    assert filtered(OrderFilter(query="Smith")).count() == 251


def test_the_beginning_of_a_number_finds_the_newest_of_each_length(order: Order) -> None:
    order.refresh_from_db()
    numbers = {pk: pk + 1000 for pk in (*range(700, 711), *range(16_000, 16_300), 100_000, 69_000)}
    _many(order, len(numbers))
    # Out of the way first: PostgreSQL goes on counting from the tests before, perhaps through the keys wanted here.
    Order.objects.filter(number__startswith="D9").update(id=F("id") + 10_000_000)
    made = list(Order.objects.filter(number__startswith="D9").order_by("placed_at").values_list("pk", flat=True))
    # Keys and days in the same order, as they come; the newest last.
    for old, new in zip(made, sorted(numbers), strict=True):
        Order.objects.filter(pk=old).update(id=new, number=f"D{numbers[new]}")
    # So may the two of the fixture, whose numbers are not those of their keys.
    first = [row.number for row in order_list(OrderFilter(query="#17"), limit=52).rows]
    first = [number for number in first if number not in {"D2001", order.number}]
    assert first[:50] == [f"D{number}" for number in range(17_299, 17_249, -1)]
    assert "D1705" in [row.number for row in order_list(OrderFilter(query="170"), limit=300).rows]
    assert found("d1010") == ["D101000"]
    assert filtered(OrderFilter(query="17")).count() == 311, "a file holds all of them"


def test_a_search_is_narrowed_by_filters_however_old_what_they_leave(order: Order) -> None:
    order.refresh_from_db()
    oldest = _many(order, 250)[-1]
    Order.objects.filter(pk=oldest).update(payment_state="refunded")
    tag(order_ids=[oldest], add=["VIP"], actor=factories.ACTOR)
    for wanted in (OrderFilter(query="smith", payment_states=["refunded"]), OrderFilter(query="smith", tags=["VIP"])):
        assert [row.id for row in order_list(wanted).rows] == [oldest]
        assert list(filtered(wanted).values_list("pk", flat=True)) == [oldest]


def _plan(rows: QuerySet[Order, Order]) -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # A handful of rows is always read whole; what matters is whether an index could be used.
            cursor.execute("SET LOCAL enable_seqscan = off")
    return rows.explain()


@pytest.mark.parametrize("text", ["D81005", "ann@example.com", "13800138000", "8000", "小明", "Smith", "SKU-1"])
def test_every_place_is_looked_up_by_an_index(order: Order, text: str) -> None:
    newest = [(place, True) for place in search.places(text, "D", newest=True) or []]
    for place, is_newest in [*((place, False) for place in search.places(text, "D") or []), *newest]:
        plan = _plan(Order.objects.order_by().filter(place.condition(newest=is_newest)).values("pk"))
        if place.kind == "name within":
            continue  # names by their second word: PostgreSQL has an index of them
        assert "Seq Scan" not in plan, plan
        assert "SCAN" not in plan or "USING" in plan, plan


def test_the_newest_of_a_tag_are_walked_along_its_index_page_by_page(order: Order) -> None:
    others = [factories.order() for _ in range(3)]
    tag(order_ids=[order.pk, *(other.pk for other in others)], add=["VIP"], actor=factories.ACTOR)
    tag(order_ids=[order.pk], add=["gift"], actor=factories.ACTOR)
    wanted = OrderFilter(tags=("VIP",))
    seen, after = [], ""
    for _ in range(4):
        page = order_list(wanted, after=after, limit=1)
        seen += [row.id for row in page.rows]
        after = page.after
    assert after == ""
    assert seen == [other.pk for other in reversed(others)] + [order.pk]
    assert len(order_list(OrderFilter(tags=("VIP", "gift"))).rows) == 4
    rows = filtered(wanted).annotate(tagged_at=F("tag_rows__placed_at")).order_by("-tagged_at")[:2]
    plan = _plan(rows)
    assert "order_tag_newest" in plan, plan
    assert "Seq Scan" not in plan, plan


def test_values_of_a_filter_are_listed_once(order: Order) -> None:
    for name in ("b", "a", "b"):
        OrderTag.objects.get_or_create(order=order, name=name, placed_at=order.placed_at)
    other = Order.objects.get(number="D2001")
    OrderTag.objects.create(order=other, name="a", placed_at=other.placed_at)
    assert known_tags() == ["a", "b"]
    assert known_countries() == ["CN"]


def test_cursors_of_the_same_instant_lose_nothing(order: Order) -> None:
    for _ in range(3):
        factories.order()
    Order.objects.update(placed_at=now() - timedelta(days=1))
    seen: list[int] = []
    after = ""
    for _ in range(10):
        page = order_list(OrderFilter(), after=after, limit=2)
        seen += [row.id for row in page.rows]
        after = page.after
        if not after:
            break
    assert seen == sorted(Order.objects.values_list("pk", flat=True), reverse=True)
