"""Discounts at the desk: made from a goal, changed, given codes, switched off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override, pgettext

from duli.base.clock import now
from duli.base.money import Money
from duli.commerce.catalogue import services as catalogue
from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.customers.models import Customer, CustomerTag
from duli.commerce.orders import services as orders
from duli.commerce.pricing.services import set_costs
from duli.commerce.promotions import services
from duli.commerce.promotions.models import Code, Promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.accounts.roles import RoleDraft
from duli.platform.accounts.services import save_role
from duli.platform.store.changes import look_now, reset_caches
from duli.platform.store.selectors import current_store
from tests import factories
from tests.commerce.flash_sales.made import sale
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db
COMMON = {"name": "周年庆", "stacking": "all", "priority": "100"}


@pytest.fixture
def desk() -> Client:
    factories.shop()
    client = Client()
    client.force_login(member("owner"))
    return client


@pytest.mark.parametrize(
    ("goal", "typed", "price", "quantity", "expected"),
    [
        ("percent", {"percent": "12.5"}, 10000, 1, 1250),
        ("amount", {"amount": "20", "from_amount": "150"}, 10000, 2, 2000),
        ("amount", {"amount": "5", "each": "on"}, 10000, 2, 1000),
        ("ladder", {"at_1": "200", "off_1": "20", "at_2": "400", "off_2": "50"}, 10000, 4, 5000),
        ("every", {"at_1": "100", "off_1": "10"}, 10000, 3, 3000),
        ("pieces", {"at_1": "2", "off_1": "10", "at_2": "3", "off_2": "20"}, 10000, 3, 6000),
        ("buy_get", {"buy": "2", "get": "1", "percent": "100"}, 10000, 3, 10000),
        ("bundle", {"quantity": "3", "amount": "199"}, 10000, 3, 10100),
        ("price", {"amount": "80"}, 10000, 2, 4000),
        ("percent", {"percent": "50", "most": "30", "from_quantity": "2", "need_all": "on"}, 10000, 2, 3000),
        ("ladder_percent", {"at_1": "200", "off_1": "5", "at_2": "400", "off_2": "10"}, 10000, 4, 4000),
        ("every", {"at_1": "100", "off_1": "10", "most_times": "2"}, 10000, 3, 2000),
        ("percent", {"percent": "10", "price_from": "50", "price_to": "99"}, 10000, 1, 0),
        ("percent", {"percent": "10", "members_only": "on"}, 10000, 1, 0),
        ("percent", {"percent": "10", "sources": "storefront", "full_price": "on"}, 10000, 1, 1000),
        ("amount", {"amount": "20", "floor_percent": "10", "budget": "500"}, 10000, 1, 2000),
        ("points", {"times": "2.5", "from_amount": "50", "limit_customer": "1"}, 10000, 1, 0),
    ],
)
def test_every_goal_gives_what_its_form_says(
    desk: Client, goal: str, typed: dict[str, str], price: int, quantity: int, expected: int
) -> None:
    made = desk.post(reverse("backoffice:discount_new", args=[goal]), {**COMMON, **typed})
    assert made.status_code == 302, made.content.decode()
    row = Promotion.objects.get()
    token = factories.cart(factories.variant_of(factories.product(price=price)), quantity=quantity).token
    look_now()
    assert cart_view(token, factories.market(), "zh-hans").quote.discount.minor == expected
    # Opened and saved again it says the same.
    edit = reverse("backoffice:discount_edit", args=[row.pk])
    assert desk.get(edit).context["form"].knows_rules
    before = row.rules
    assert desk.post(edit, {**COMMON, **typed, "name": "又一年"}).status_code == 302
    row.refresh_from_db()
    assert (row.rules, row.name, row.version) == (before, "又一年", 2)
    assert "又一年" in desk.get(reverse("backoffice:discounts")).content.decode()


def test_a_code_for_birthdays_is_declared_in_the_editor(desk: Client) -> None:
    typed = {**COMMON, "percent": "10", "for_birthdays": "on", "birthday_before": "5", "birthday_after": "20"}
    assert desk.post(reverse("backoffice:discount_new", args=["percent"]), typed).status_code == 302
    row = Promotion.objects.get()
    assert (row.needs_code, row.birthday_before, row.birthday_after) == (True, 5, 20)
    page = reverse("backoffice:discount", args=[row.pk])
    shown = desk.get(page).content.decode()
    assert "birthday" in shown
    edit = reverse("backoffice:discount_edit", args=[row.pk])
    assert desk.get(edit).context["form"]["for_birthdays"].value() is True
    assert desk.post(edit, {**typed, "for_birthdays": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.needs_code, row.birthday_before) == (False, None)
    wrong = desk.post(edit, {**typed, "birthday_before": "400"})
    assert wrong.status_code == 422


def test_goods_are_picked_by_what_they_are_and_named_in_the_sentence(desk: Client) -> None:
    tea, pot = factories.product(title="龙井", price=10000), factories.product(title="紫砂壶", price=20000)
    shelf = catalogue.save_collection(title="春茶", actor=factories.ACTOR)
    catalogue.set_collection_products(collection_id=shelf.pk, product_ids=[tea.pk, pot.pk], actor=factories.ACTOR)
    found = desk.get(reverse("backoffice:facet_picker"), {"name": "on", "on_find": "春"}).content.decode()
    assert f"collection:{shelf.pk}" in found
    # Picked with a script, or typed without one; what nobody knows is told.
    typed = {**COMMON, "percent": "10", "on": f"collection:{shelf.pk}", "not_on_find": "紫砂壶"}
    told = desk.post(reverse("backoffice:discount_sentence", args=["percent"]), typed).content.decode()
    assert "“春茶”" in told
    assert "“紫砂壶”" in told
    url = reverse("backoffice:discount_new", args=["percent"])
    assert desk.post(url, {**typed, "on_find": "没有这个"}).status_code == 422
    assert desk.post(url, {**typed, "on": "collection:99999"}).status_code == 422
    assert desk.post(url, typed).status_code == 302
    row = Promotion.objects.get()
    assert row.rules["scope"] == {"any_of": [f"collection:{shelf.pk}"], "none_of": [f"product:{pot.pk}"]}
    token = factories.cart(factories.variant_of(tea), factories.variant_of(pot)).token
    look_now()
    assert cart_view(token, factories.market(), "zh-hans").quote.discount.minor == 1000
    assert "“春茶”" in desk.get(reverse("backoffice:discounts")).content.decode()
    edit = desk.get(reverse("backoffice:discount_edit", args=[row.pk]))
    assert edit.context["form"].knows_rules
    assert "紫砂壶" in edit.content.decode()


@pytest.mark.parametrize(
    ("goal", "typed", "expected"),
    [
        ("set", {"count_1": "1", "part_1": "pot", "count_2": "2", "part_2": "tea", "amount": "299"}, 10100),
        ("buy_get", {"buy": "1", "get": "1", "percent": "50", "on": "pot", "get_on": "tea"}, 5000),
        ("add_on", {"amount": "9.9", "quantity": "1", "on": "tea", "from_amount": "200"}, 9010),
        ("gift", {"quantity": "2", "on": "tea", "from_amount": "200"}, 20000),
    ],
)
def test_forms_of_two_kinds_of_goods(desk: Client, goal: str, typed: dict[str, str], expected: int) -> None:
    tea, pot = factories.product(title="tea", price=10000), factories.product(title="pot", price=20000)
    names = {"tea": f"product:{tea.pk}", "pot": f"product:{pot.pk}"}
    made = {**COMMON, **{key: names.get(value, value) for key, value in typed.items()}}
    answer = desk.post(reverse("backoffice:discount_new", args=[goal]), made)
    assert answer.status_code == 302, answer.content.decode()
    cart = factories.cart(factories.variant_of(tea), quantity=2)
    checkout.add_line(
        token=cart.token,
        variant_id=factories.variant_of(pot).pk,
        quantity=1,
        market=factories.market(),
        language="zh-hans",
    )
    look_now()
    assert cart_view(cart.token, factories.market(), "zh-hans").quote.discount.minor == expected
    edit = desk.get(reverse("backoffice:discount_edit", args=[Promotion.objects.get().pk]))
    assert (edit.context["form"].knows_rules, edit.context["goal"]) == (True, goal)


def test_free_shipping_with_a_code(desk: Client) -> None:
    made = {**COMMON, "percent": "100", "needs_code": "on", "code": "ship", "title_en": "Free shipping"}
    assert desk.post(reverse("backoffice:discount_new", args=["shipping"]), made).status_code == 302
    cart = factories.cart(factories.variant_of(factories.product(price=10000)))
    checkout.apply_code(token=cart.token, code="SHIP")
    look_now()
    assert cart_view(cart.token, factories.market(), "zh-hans").quote.shipping.minor == 0


def test_a_code_that_is_taken_leaves_no_half_discount(desk: Client) -> None:
    made = {**COMMON, "percent": "10", "code": "SAME"}
    url = reverse("backoffice:discount_new", args=["percent"])
    assert desk.post(url, made).status_code == 302
    assert desk.post(url, {**made, "name": "B"}).status_code == 409
    assert Promotion.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": "0"}, {"percent": "101"}, {"percent": "x"}, {"priority": "-1"}, {"stacking": "group"},
        {"starts_at": "2026-12-02T00:00", "ends_at": "2026-12-01T00:00"}, {"limit_total": "99999999999999999999"},
        {"name": ""}, {"on": "collection:999"},
    ],
)  # fmt: skip
def test_nonsense_is_told_beside_its_field(desk: Client, wrong: dict[str, str]) -> None:
    answer = desk.post(reverse("backoffice:discount_new", args=["percent"]), {**COMMON, "percent": "10", **wrong})
    assert answer.status_code == 422
    assert not Promotion.objects.exists()


def test_codes_are_added_made_and_taken_home(desk: Client) -> None:
    row = services.save_with_code(
        draft=PromotionDraft(name="P", rules={"kind": "percent", "points": 1000}, needs_code=True),
        code="",
        actor=factories.ACTOR,
    )
    assert (
        desk.post(reverse("backoffice:discount_code", args=[row.pk]), {"code": "one", "limit": "5"}).status_code == 302
    )
    batch = {"wanted": "30", "beginning": "VIP-", "length": "8", "limit": "1"}
    assert desk.post(reverse("backoffice:discount_batch", args=[row.pk]), batch).status_code == 302
    factories.drain()
    assert Code.objects.filter(promotion=row).count() == 31
    page = desk.get(reverse("backoffice:discount", args=[row.pk])).content.decode()
    assert "ONE" in page
    assert "30 / 30" in page
    answer = desk.get(reverse("backoffice:discount_codes_export", args=[row.pk, "csv"]))
    lines = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode().splitlines()
    assert len(lines) == 32
    desk.post(reverse("backoffice:discount_switch", args=[row.pk]), {"active": "0"})
    row.refresh_from_db()
    assert not row.is_active
    desk.post(reverse("backoffice:discount_delete", args=[row.pk]))
    assert not Promotion.objects.exists()


def test_what_a_program_declared_is_not_flattened_by_the_form(desk: Client) -> None:
    rules: dict[str, Any] = {"kind": "percent", "points": 1000, "scope": {"any_of": ["variant:7"]}, "needs": [{}, {}]}
    row = services.save_promotion(draft=PromotionDraft(name="P", rules=rules), actor=factories.ACTOR)
    before = row.rules
    edit = reverse("backoffice:discount_edit", args=[row.pk])
    assert 'name="percent"' not in desk.get(edit).content.decode()
    assert desk.post(edit, {**COMMON, "limit_total": "5"}).status_code == 302
    row.refresh_from_db()
    assert (row.rules, row.limit_total) == (before, 5)


def test_a_cart_is_tried_at_another_time_as_another_customer(desk: Client) -> None:
    tea = factories.product(title="龙井", price=10000)
    variant = factories.variant_of(tea)
    soon = now() + timedelta(days=2)
    services.save_promotion(
        draft=PromotionDraft(name="会员价", rules={"kind": "percent", "points": 500, "audience": {"tags": ["vip"]}},
                             on_shelf=True),
        actor=factories.ACTOR,
    )  # fmt: skip
    row = services.save_promotion(
        draft=PromotionDraft(name="双十二", rules={"kind": "percent", "points": 1000}, starts_at=soon, is_active=False),
        actor=factories.ACTOR,
    )
    services.save_promotion(
        draft=PromotionDraft(
            name="满减", rules={"kind": "ladder", "steps": [{"at": {"CNY": 50000}, "amount": {"CNY": 900}}]}
        ),
        actor=factories.ACTOR,
    )
    guest = Customer.objects.create(email="lin@example.com", created_at=now())
    CustomerTag.objects.create(customer=guest, name="vip")
    url, asked = reverse("backoffice:discount_trial"), {"market": factories.market().code, "goods_1": variant.sku}
    look_now()

    def told(**more: str) -> dict[str, str]:
        answer = desk.get(url, {**asked, **more})
        assert answer.status_code == 200, answer.content.decode()
        return {entry.promotion.title: why for entry, _pill, why, _given in answer.context["told"]}

    assert told()["满减"] == "CN¥400.00 more for CN¥9.00 off"
    assert desk.get(url, asked).context["quote"].total.minor == 10000
    assert desk.get(url, {**asked, "customer": "lin@example.com"}).context["quote"].total.minor == 9500
    later = (soon + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    both = desk.get(url, {**asked, "customer": "lin@example.com", "at": later, "discount": str(row.pk)})
    assert both.context["quote"].total.minor == 8550
    assert desk.get(url, {**asked, "goods_1": "没有"}).status_code == 422
    assert desk.get(url, {**asked, "customer": "nobody@example.com"}).status_code == 422


def test_what_is_typed_is_forecast_and_tried_before_it_is_saved(desk: Client) -> None:
    tea = factories.variant_of(factories.product(title="龙井", price=10000, stock=None))
    factories.order(tea)
    typed = {**COMMON, "name": "", "percent": "10", "needs_code": "on"}
    forecast_url = reverse("backoffice:discount_forecast", args=["percent"])
    told = desk.post(forecast_url, typed)
    assert (told.context["forecast"].reached, told.context["forecast"].given.minor) == (1, 1000)
    assert desk.post(forecast_url, {**typed, "percent": "900"}).context["forecast"] is None
    trial = reverse("backoffice:discount_draft_trial", args=["percent"])
    opened = desk.post(trial, typed)
    assert opened.status_code == 200
    assert ("percent", "10") in opened.context["carried"]
    cart = {"try-market": "cn", "try-source": "storefront", "try-goods_1": "龙井", "try-quantity_1": "2"}
    tried = desk.post(trial, {**typed, **cart})
    assert tried.status_code == 200
    assert tried.context["quote"].discount.minor == 2000
    # A form that says nothing sensible is told what is wrong, by the names of its fields.
    wrong = desk.post(trial, {**typed, "percent": "900", **cart})
    assert wrong.status_code == 422
    assert wrong.context["problems"]
    assert desk.post(trial, {**typed, **cart, "try-goods_1": "没有"}).status_code == 422
    assert not Promotion.objects.exists()


def test_a_discount_that_is_there_is_tried_as_it_would_become(desk: Client) -> None:
    factories.product(title="龙井", price=10000, stock=None)
    row = services.save_promotion(
        draft=PromotionDraft(name="旧", rules={"kind": "percent", "points": 1000}), actor=factories.ACTOR
    )
    address = reverse("backoffice:discount_draft_trial", args=["percent"]) + f"?discount={row.pk}"
    cart = {"try-market": "cn", "try-source": "storefront", "try-goods_1": "龙井"}
    tried = desk.post(address, {**COMMON, "percent": "30", **cart})
    assert tried.context["quote"].discount.minor == 3000
    row.refresh_from_db()
    assert row.rules["points"] == 1000
    elsewhere = reverse("backoffice:discount_draft_trial", args=["amount"]) + f"?discount={row.pk}"
    assert desk.post(elsewhere, {**COMMON, "amount": "30", **cart}).status_code == 404
    assert desk.post(address.replace(str(row.pk), "99999"), COMMON).status_code == 404


def test_margins_are_for_who_may_see_costs(desk: Client) -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    set_costs(costs={tea.pk: Money(6000, "CNY")})
    factories.order(tea)
    url, typed = reverse("backoffice:discount_forecast", args=["percent"]), {**COMMON, "percent": "10"}
    assert "→" in desk.post(url, typed).content.decode()
    other = Client()
    rights = frozenset({"promotions.view", "promotions.edit"})
    role = save_role(draft=RoleDraft(name="Ads", permissions=rights), actor="system")
    reset_caches()
    other.force_login(member(role.code))
    assert "→" not in other.post(url, typed).content.decode()


def test_the_report_reconciles_with_the_orders_and_the_calendar_shows_the_days(desk: Client) -> None:
    tea = factories.variant_of(factories.product(price=10000, stock=None))
    rules: dict[str, Any] = {"kind": "percent", "points": 1000}
    begin = now() - timedelta(days=3)
    local = begin.astimezone(ZoneInfo(current_store().time_zone))
    services.save_promotion(draft=PromotionDraft(name="标价", rules=rules, on_shelf=True), actor=factories.ACTOR)
    row = services.save_promotion(
        draft=PromotionDraft(name="满减周", rules=rules, starts_at=begin, ends_at=now() + timedelta(days=1)),
        actor=factories.ACTOR,
    )
    services.save_promotion(
        draft=PromotionDraft(name="包邮", rules={"kind": "shipping", "needs": [{"amount": {"CNY": 100}}]}),
        actor=factories.ACTOR,
    )
    look_now()
    first, gone = factories.order(tea), factories.order(tea)
    orders.cancel(order_id=gone.pk, reason="customer", actor="user:1")
    url = reverse("backoffice:discount_report")
    found = desk.get(url).context["reports"][0]
    assert (found.orders, found.off_orders.minor, found.by_discounts.minor, found.by_others.minor) == (1, 900, 900, 0)
    assert (found.in_prices.minor, found.off_shipping.minor) == (1000, 1200)
    assert {entry.name: entry.given.minor for entry in found.rows} == {"标价": 1000, "满减周": 900, "包邮": 1200}
    assert {entry.sold.minor for entry in found.rows} == {first.total_minor}
    assert desk.get(url, {"first": "2026-02-01", "last": "2026-01-01"}).status_code == 422
    assert desk.get(url, {"first": "x", "last": "9999999"}).status_code == 422
    shown = desk.get(reverse("backoffice:discount_calendar"), {"month": local.strftime("%Y-%m")})
    days = {entry.promotion.pk: entry.days for entry, _sentence in shown.context["rows"]}
    assert (local.day, True) in days[row.pk]
    assert desk.get(reverse("backoffice:discount_calendar"), {"month": "x" * 100}).status_code == 200


def test_a_flash_sale_of_two_goods_stands_in_the_calendar_once(desk: Client) -> None:
    sale(*(factories.variant_of(factories.product(price=10000)) for _ in range(2)))
    rows = desk.get(reverse("backoffice:discount_calendar")).context["rows"]
    assert [row.promotion.name for row, _sentence in rows] == ["双十一秒杀"]


def test_codes_are_handed_out_under_titles_in_the_readers_language(desk: Client) -> None:
    row = services.save_promotion(
        draft=PromotionDraft(name="x", rules={"kind": "percent", "points": 1000}, needs_code=True),
        actor=factories.ACTOR,
    )
    services.add_code(promotion_id=row.pk, text="TEA", actor=factories.ACTOR)
    with override("zh-hans"):
        assert pgettext("discount", "Used") == "已使用"
    answer = desk.get(reverse("backoffice:discount_codes_export", args=[row.pk, "csv"]))
    table = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Discount code,Used,Good for so many orders,State" in table
    assert "TEA,0,," in table


def test_a_price_list_is_pasted_and_comes_back(desk: Client) -> None:
    tea, pot = (factories.variant_of(factories.product(price=10000)) for _ in range(2))
    type(tea).objects.filter(pk=tea.pk).update(sku="TEA-1")
    type(pot).objects.filter(pk=pot.pk).update(sku="POT-1")
    address = reverse("backoffice:discount_new", args=["list"])
    values = {"name": "批发", "stacking": "all", "priority": "10", "tags": "批发"}
    assert desk.get(address).status_code == 200
    for wrong in ("", "NONE\t1\t5", "TEA-1", "TEA-1\t0\t5", "TEA-1\tx\t5", "TEA-1\t1\tfree", "TEA-1\t5\nTEA-1\t1\t6"):
        assert desk.post(address, {**values, "table": wrong}).status_code == 422, wrong
    table = "SKU,数量,价格\nTEA-1,1,¥90.00\nTEA-1,10,70\n\nPOT-1,88.50"
    assert desk.post(address, {**values, "table": table}).status_code == 302
    row = Promotion.objects.get()
    assert [(entry["variant"], entry["at"], entry["amount"]) for entry in row.rules["rows"]] == [
        (tea.pk, 1, {"CNY": 9000}),
        (tea.pk, 10, {"CNY": 7000}),
        (pot.pk, 1, {"CNY": 8850}),
    ]
    assert row.on_shelf
    edit = reverse("backoffice:discount_edit", args=[row.pk])
    page = desk.get(edit).content.decode()
    assert "TEA-1\t10\t70.00" in page
    assert desk.post(edit, {**values, "table": "TEA-1;1;80"}).status_code == 302
    row.refresh_from_db()
    assert len(row.rules["rows"]) == 1
    assert "3" in desk.get(reverse("backoffice:discounts")).content.decode()
