from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from duli.base.money import Money
from duli.commerce.catalogue import services as catalogue
from duli.commerce.catalogue.models import Product, Variant
from duli.commerce.catalogue.types import OptionDraft, OptionValueDraft, ProductDraft, VariantDraft
from duli.commerce.inventory import services as inventory
from duli.commerce.pricing import services as pricing
from duli.commerce.pricing.models import Price
from duli.commerce.pricing.types import PriceInput
from duli.commerce.revisions import selectors, services, snapshots
from duli.commerce.revisions.models import ChangeSet, ProductRevision
from duli.commerce.revisions.types import AlreadyUndone, RevisionGone, Snapshot, UndoReport
from duli.platform.store.translations import texts
from tests import factories
from tests.factories import ACTOR

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def change(*products: Product, kind: str = "editor") -> Any:
    unit = services.open_change_set(kind=kind, actor=ACTOR)
    return services.recording(change_set=unit, product_ids=[product.pk for product in products])


def price(product: Product, minor: int, former: int | None = None) -> None:
    rows = Variant.objects.filter(product=product, is_active=True)
    pricing.set_prices(prices=[PriceInput(row.pk, "CNY", minor, former) for row in rows])


def prices(product: Product) -> list[int]:
    rows = Price.objects.filter(variant__product=product, variant__is_active=True, price_list__currency="CNY")
    return list(rows.order_by("variant__position").values_list("minor", flat=True))


def draft(product: Product, **values: Any) -> ProductDraft:
    return replace(ProductDraft(title=product.title, status=product.status), **values)


def rewrite(product: Product, **values: Any) -> None:
    catalogue.save_product(draft=draft(product, **values), actor=ACTOR, product_id=product.pk)


def undo(unit: ChangeSet) -> UndoReport:
    return services.undo_change_set(change_set_id=unit.pk, actor=ACTOR)


def test_the_first_change_keeps_what_was_there_before_it() -> None:
    product = factories.product("青瓷杯", price=5000)
    with change(product) as recorder:
        rewrite(product, title="青瓷大杯")
    rows = list(ProductRevision.objects.order_by("number"))
    assert [row.change_set_id for row in rows] == [None, recorder.change_set.pk]
    assert [snapshots.unpack(row.content)["product"]["title"] for row in rows] == ["青瓷杯", "青瓷大杯"]
    assert [row.version for row in rows] == [1, 2]


def test_a_save_that_changes_nothing_is_no_revision() -> None:
    product = factories.product()
    with change(product):
        pass
    with change(product):
        price(product, 10000)
    assert ProductRevision.objects.filter(change_set__isnull=False).count() == 0


def test_restoring_brings_back_words_matrix_prices_and_lists_but_not_stock() -> None:
    product = factories.product(
        "茶盘", sizes=["小", "大"], price=8000, tags=["新品"], texts={"en": {"title": "Tray", "seo_title": "T"}}
    )
    cost_of = factories.variant_of(product)
    pricing.set_costs(costs={cost_of.pk: Money(3000, "CNY")})
    before = snapshots.read([product.pk])[product.pk]
    with change(product):
        rewrite(
            product,
            title="竹茶盘",
            tags=["旧品"],
            texts={"en": {"title": "Bamboo tray"}, "en-gb": {"title": "x"}},
            options=[OptionDraft("规格", [OptionValueDraft("方")])],
            variants=[VariantDraft(("方",), sku="N-1")],
        )
        price(product, 9900)
        pricing.set_costs(costs={cost_of.pk: None})
    assert snapshots.read([product.pk])[product.pk] != before
    services.restore_revision(product_id=product.pk, number=1, actor=ACTOR)
    after = snapshots.read([product.pk])[product.pk]
    assert names(after) == names(before)
    assert after["variants"].keys() == before["variants"].keys()
    assert prices(product) == [8000, 8000]
    assert factories.variant_of(product).cost.minor == 3000
    assert [level.on_hand for level in factories.variant_of(product).stock_levels.all()] == [10]
    assert texts("product", [product.pk], "en")[product.pk] == {"title": "Tray", "seo_title": "T"}
    assert texts("product", [product.pk], "en-gb") == {}


def names(snapshot: Snapshot) -> dict[str, Any]:
    """What a person sees of a snapshot: ids of options and values are new once they were removed."""
    found = {key: value for key, value in snapshot.items() if key not in {"options", "variants"}}
    called = {value[0]: value[1] for option in snapshot["options"] for value in option[3]}
    found["options"] = [(row[1], [value[1:] for value in row[3]]) for row in snapshot["options"]]
    found["variants"] = {
        pk: {**entry, "values": [called[value] for value in entry["values"]]}
        for pk, entry in snapshot["variants"].items()
    }
    return found


def test_a_revision_that_is_gone_cannot_be_restored() -> None:
    product = factories.product()
    with pytest.raises(RevisionGone):
        services.restore_revision(product_id=product.pk, number=4, actor=ACTOR)


def test_only_the_newest_revisions_are_kept(settings: Any) -> None:
    settings.REVISIONS_PER_PRODUCT = 3
    product = factories.product()
    for minor in range(5000, 5006):
        with change(product):
            price(product, minor)
    assert list(ProductRevision.objects.order_by("number").values_list("number", flat=True)) == [5, 6, 7]


def test_a_bulk_edit_is_taken_back_as_one_unit() -> None:
    products = [factories.product(price=minor) for minor in (1000, 2000, 3000)]
    with change(*products, kind="bulk") as recorder:
        for product in products:
            price(product, 99)
    report = undo(recorder.change_set)
    assert (report.whole, report.partly, report.untouched, report.kept) == (3, 0, 0, [])
    assert [prices(product) for product in products] == [[1000], [2000], [3000]]
    with pytest.raises(AlreadyUndone):
        undo(recorder.change_set)


def test_an_undo_can_itself_be_taken_back() -> None:
    product = factories.product(price=1000)
    with change(product, kind="bulk") as recorder:
        price(product, 99)
    report = undo(recorder.change_set)
    undo(ChangeSet.objects.get(pk=report.change_set_id))
    assert prices(product) == [99]


def test_what_somebody_changed_since_stays_and_is_reported() -> None:
    product = factories.product("茶盘", sizes=["小", "大"], price=1000)
    small, _ = Variant.objects.filter(product=product)
    with change(product, kind="bulk") as recorder:
        price(product, 99)
        rewrite(product, title="大甩卖")
    pricing.set_prices(prices=[PriceInput(small.pk, "CNY", 150)])
    report = undo(recorder.change_set)
    assert prices(product) == [150, 1000]
    product.refresh_from_db()
    assert product.title == "茶盘"
    assert (report.whole, report.partly) == (0, 1)
    assert report.kept[0].paths == (("variant", str(small.pk), "price", "CNY"),)


def test_an_address_that_was_taken_since_is_reported_and_the_others_go_on() -> None:
    first, second = factories.product("甲", handle="jia"), factories.product("乙")
    with change(first, second, kind="bulk") as recorder:
        rewrite(first, handle="jia-2")
        rewrite(second, title="丙")
    factories.product("新", handle="jia")
    report = undo(recorder.change_set)
    assert [entry.reason for entry in report.kept] == ["handle_taken"]
    assert (report.whole, report.untouched) == (1, 1)


def test_a_variant_that_was_added_and_stocked_since_is_not_lost_by_an_undo() -> None:
    product = factories.product(sizes=["小"], stock=None)
    with change(product) as recorder:
        rewrite(product, options=[OptionDraft("尺寸", [OptionValueDraft("小"), OptionValueDraft("大")])])
    large = Variant.objects.get(product=product, title="大")
    inventory.adjust(variant_id=large.pk, location_id=factories.location().pk, change=4, reason="received", actor=ACTOR)
    report = undo(recorder.change_set)
    assert report.kept[0].reason == "variants_in_use"
    large.refresh_from_db()
    assert large.is_active


@pytest.mark.parametrize("light", [True, False])
def test_products_an_import_created_are_removed_again_unless_used(light: bool) -> None:
    unit = services.open_change_set(kind="import", actor=ACTOR, note="products.csv")
    if light:
        made = [factories.product() for _ in range(3)]
        services.record_created(change_set=unit, product_ids=[product.pk for product in made])
    else:
        with services.recording(change_set=unit) as recorder:
            made = [factories.product() for _ in range(3)]
            recorder.created(*(product.pk for product in made))
    with change(made[1]):
        rewrite(made[1], title="改过")
    factories.order(factories.variant_of(made[2]))
    report = undo(unit)
    assert (report.removed, report.untouched, report.partly) == (1, 1, 1)
    assert {entry.product_id: entry.reason for entry in report.kept} == {
        made[1].pk: "changed_since",
        made[2].pk: "ordered",
    }
    assert dict(Product.objects.values_list("pk", "status")) == {made[1].pk: "active", made[2].pk: "archived"}


def test_an_undo_that_was_stopped_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    from duli.commerce.revisions.services import undo as module

    monkeypatch.setattr(module, "BATCH", 2)
    products = [factories.product(price=1000) for _ in range(5)]
    with change(*products, kind="bulk") as recorder:
        for product in products:
            price(product, 99)

    class Stopped(Exception): ...

    def stop(done: int, of: int) -> None:
        if done == 4:
            raise Stopped

    with pytest.raises(Stopped):
        services.undo_change_set(change_set_id=recorder.change_set.pk, actor=ACTOR, on_progress=stop)
    assert [prices(product) for product in products] == [[1000]] * 4 + [[99]]
    report = undo(recorder.change_set)
    assert report.whole == 5
    assert prices(products[4]) == [1000]


def test_recording_costs_the_same_statements_for_one_product_and_for_thirty(
    django_assert_max_num_queries: Any,
) -> None:
    products = [factories.product() for _ in range(30)]
    with django_assert_max_num_queries(45) as few, change(products[0]):
        catalogue.touch_products(product_ids=[products[0].pk], actor=ACTOR)
    with django_assert_max_num_queries(len(few)), change(*products):
        catalogue.touch_products(product_ids=[product.pk for product in products], actor=ACTOR)


def test_a_change_of_many_products_is_told_in_as_many_statements_as_one_of_one(
    django_assert_num_queries: Any,
) -> None:
    products = [factories.product(f"Cup {n}", price=100) for n in range(4)]
    with change(products[0], kind="bulk"):
        price(products[0], 90)
    with change(*products, kind="bulk"):
        for product in products:
            price(product, 80)
    small, large = ChangeSet.objects.order_by("pk")
    for unit, count in ((small, 1), (large, 4)):
        with django_assert_num_queries(3):
            rows, more = selectors.changed_products(unit.pk)
        assert (len(rows), more) == (count, None)
    (told,) = rows[1].differences or ()
    assert (told.before, told.after) == ([100, None], [80, None])
    # The first product had been 90 in between.
    assert (rows[0].differences or ())[0].before == [90, None]
    page, more = selectors.changed_products(large.pk, limit=3)
    rest, end = selectors.changed_products(large.pk, after=more or 0, limit=3)
    assert ([row.id for row in [*page, *rest]], end) == ([product.pk for product in products], None)
