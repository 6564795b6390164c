"""Segments at the desk: declared, counted while they are written, picked in a discount."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.customers.models import Customer, Segment
from duli.commerce.promotions.models import Promotion
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.membership import people
from tests.web.backoffice.conftest import member

pytestmark = pytest.mark.django_db
ALL_OF_IT = {
    "name": "常客", "orders_from": "2", "orders_to": "9", "spent_from": "100", "spent_to": "999.90", "quiet_days": "30",
    "last_order_from": "2026-01-01", "last_order_to": "2026-12-31", "ordered_days": "300", "joined_days": "900",
    "tags": "vip，b2b", "without_tags": "closed", "countries": "CN, DE", "languages": "en", "accepts": ["email", "sms"],
}  # fmt: skip


@pytest.fixture
def desk() -> Client:
    factories.shop()
    client = Client()
    client.force_login(member("owner"))
    return client


def test_a_segment_keeps_what_its_form_says_and_shows_it_again(desk: Client) -> None:
    assert desk.post(reverse("backoffice:segment_new"), ALL_OF_IT).status_code == 302
    row = Segment.objects.get()
    assert row.rules == {
        "orders_from": 2, "orders_to": 9, "spent_from_minor": 10000, "spent_to_minor": 99990, "quiet_days": 30,
        "last_order_from": "2026-01-01", "last_order_to": "2026-12-31", "ordered_days": 300, "joined_days": 900,
        "tags": ["b2b", "vip"], "without_tags": ["closed"], "countries": ["CN", "DE"], "languages": ["en"],
        "accepts": ["email", "sms"],
    }  # fmt: skip
    edit = reverse("backoffice:segment_edit", args=[row.pk])
    form = desk.get(edit).context["form"]
    shown = {bound.name: bound.value() for bound in form}
    assert (
        desk.post(edit, {**shown, "tags": "b2b, vip", "without_tags": "closed", "countries": "CN, DE"}).status_code
        == 302
    )
    assert Segment.objects.get().rules == row.rules
    assert "常客" in desk.get(reverse("backoffice:segments")).content.decode()


def test_how_many_are_meant_is_told_while_it_is_written(desk: Client) -> None:
    customer = people.member()
    Customer.objects.filter(pk=customer.pk).update(orders_count=3)
    Customer.objects.create(name="Guest", email="g@example.com", orders_count=4, created_at=customer.created_at)
    told = desk.post(reverse("backoffice:segment_count"), {"orders_from": "3"}).context
    assert (told["count"], told["signed_in"]) == (2, 1)
    assert desk.post(reverse("backoffice:segment_count"), {"orders_from": "many"}).context["sentence"] == ""


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "x"},
        {"name": "", "orders_from": "2"},
        {"name": "x", "orders_from": "-1"},
        {"name": "x", "orders_from": "3", "orders_to": "2"},
        {"name": "x", "countries": "Atlantis"},
        {"name": "x", "accepts": "fax"},
        {"name": "x" * 70, "orders_from": "2"},
        {"name": "x", "tags": "y" * 100},
        {"name": "x", "last_order_from": "9999999-01-01"},
    ],
)
def test_what_makes_no_sense_comes_back_with_its_fields(desk: Client, typed: dict[str, str]) -> None:
    answer = desk.post(reverse("backoffice:segment_new"), typed)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert not Segment.objects.exists()


def test_a_discount_is_for_a_segment_and_says_so(desk: Client) -> None:
    desk.post(reverse("backoffice:segment_new"), {"name": "常客", "orders_from": "2"})
    reset_caches()
    row = Segment.objects.get()
    common = {"name": "老客", "stacking": "all", "priority": "100", "percent": "10"}
    new = reverse("backoffice:discount_new", args=["percent"])
    assert desk.post(new, {**common, "segments": ["segment:99"]}).status_code == 422
    assert desk.post(new, {**common, "segments": [row.reference], "tags": "vip"}).status_code == 302
    promotion = Promotion.objects.get()
    assert promotion.rules["audience"] == {"tags": [row.reference, "vip"]}
    form = desk.get(reverse("backoffice:discount_edit", args=[promotion.pk])).context["form"]
    assert form.knows_rules
    assert (form["segments"].value(), form["tags"].value()) == ([row.reference], "vip")
    assert "“常客”" in desk.get(reverse("backoffice:discount", args=[promotion.pk])).content.decode()
    # It cannot go while the discount asks for it.
    refused = desk.post(reverse("backoffice:segment_delete", args=[row.pk]))
    assert refused.status_code == 409
    assert "老客" in refused.content.decode()


def test_the_list_of_customers_shows_who_is_in_it(desk: Client) -> None:
    desk.post(reverse("backoffice:segment_new"), {"name": "常客", "orders_from": "2"})
    reset_caches()
    inside, outside = people.member(), people.member()
    Customer.objects.filter(pk=inside.pk).update(orders_count=2, name="王在内")
    Customer.objects.filter(pk=outside.pk).update(name="李在外")
    page = desk.get(reverse("backoffice:customers"), {"segment": str(Segment.objects.get().pk)}).content.decode()
    assert "王在内" in page
    assert "李在外" not in page
