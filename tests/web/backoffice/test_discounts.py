"""Discounts at the desk: made from a goal, changed, given codes, switched off."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.checkout import services as checkout
from duli.commerce.checkout.selectors import cart_view
from duli.commerce.promotions import services
from duli.commerce.promotions.models import Code, Promotion
from duli.commerce.promotions.types import PromotionDraft
from duli.platform.store.changes import look_now
from tests import factories
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
        {"name": ""}, {"collections": "999"},
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
    rules: dict[str, Any] = {"kind": "percent", "points": 1000, "scope": {"any_of": ["product:7"]}}
    row = services.save_promotion(draft=PromotionDraft(name="P", rules=rules), actor=factories.ACTOR)
    before = row.rules
    edit = reverse("backoffice:discount_edit", args=[row.pk])
    assert 'name="percent"' not in desk.get(edit).content.decode()
    assert desk.post(edit, {**COMMON, "limit_total": "5"}).status_code == 302
    row.refresh_from_db()
    assert (row.rules, row.limit_total) == (before, 5)
