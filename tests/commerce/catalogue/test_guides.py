"""Size guides: what a table is, whose guide a product has, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from duli.base.errors import InvalidInput, NotFound
from duli.commerce.catalogue import services
from duli.commerce.catalogue.guides import guide_of, size_guide, table_of
from duli.commerce.catalogue.models import Product, SizeGuide
from duli.platform.store.changes import reset_caches
from tests import factories

pytestmark = pytest.mark.django_db
TABLE = "尺码 | 胸围 cm | 衣长 cm\nS | 88 | 62\nM | 92 | 64"


def save(**values: Any) -> SizeGuide:
    return services.save_size_guide(**{"name": "上衣", "measures": TABLE, "actor": factories.ACTOR} | values)


def test_a_table_is_typed_or_pasted() -> None:
    assert table_of("| a | b |\n\n| 1 | 2 |") == (("a", "b"), ("1", "2"))
    assert table_of("a\tb\tc\r\n1|2\t3") == (("a", "b", "c"), ("1|2", "3", ""))
    assert table_of(" \n | | ") == ()


def test_a_products_own_guide_goes_before_its_kinds() -> None:
    factories.shop()
    kind = services.save_product_type(name="上衣", attribute_ids=[], actor=factories.ACTOR)
    shirt, coat, chair = (factories.product(name, handle=name.lower()) for name in ("Shirt", "Coat", "Chair"))
    Product.objects.filter(pk__in=[shirt.pk, coat.pk]).update(product_type=kind)
    assert guide_of(shirt.pk) is None
    general = save(type_ids=[kind.pk])
    own = save(name="大衣", product_handles=["coat"])
    reset_caches()
    assert [guide_of(item.pk) for item in (shirt, coat, chair)] == [general.pk, own.pk, None]
    services.delete_size_guide(guide_id=own.pk, actor=factories.ACTOR)
    reset_caches()
    assert guide_of(coat.pk) == general.pk
    with pytest.raises(NotFound):
        services.delete_size_guide(guide_id=own.pk, actor=factories.ACTOR)


def test_asking_again_costs_nothing(django_assert_num_queries: Any) -> None:
    factories.shop()
    item = factories.product()
    guide_of(item.pk)
    with django_assert_num_queries(0):
        assert guide_of(item.pk) is None


def test_each_part_is_told_in_the_readers_language_where_it_is_translated() -> None:
    texts = {"en": {"name": "Tops", "measures": "Size|Chest cm|Length cm\nS|88|62\nM|92|64", "advice": ""}}
    guide = save(advice="平铺测量。\n误差 1–2 cm。", texts=texts)
    english, chinese = size_guide(guide.pk, "en"), size_guide(guide.pk, "zh-hans")
    assert english is not None
    assert chinese is not None
    assert (english.name, english.head, english.rows[0]) == (
        "Tops",
        ("Size", "Chest cm", "Length cm"),
        ("S", "88", "62"),
    )
    assert english.advice == chinese.advice == ("平铺测量。", "误差 1–2 cm。")
    assert size_guide(guide.pk + 1, "en") is None


@pytest.mark.parametrize(
    "values",
    [
        {"name": "  "},
        {"name": "x" * 161},
        {"measures": "only one line"},
        {"measures": "a|b\n" * 81},
        {"measures": "|".join("x" * 15) + "\n1"},
        {"type_ids": [10**6]},
        {"product_handles": ["nowhere"]},
        {"texts": {"en": {"measures": "half"}}},
    ],
)
def test_what_is_no_guide_is_refused_and_nothing_changes(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        save(**values)
    assert not SizeGuide.objects.exists()


def test_two_guides_cannot_have_one_name() -> None:
    save()
    with pytest.raises(InvalidInput):
        save()
