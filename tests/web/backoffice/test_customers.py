"""Customers in the back office: the list, the page, and every verb through its dialog."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.commerce.customers import services
from duli.commerce.customers.models import Channel, ConsentRecord, Customer, CustomerNote, DataRequest
from duli.commerce.customers.types import CustomerDraft, Proof
from duli.commerce.orders.models import Order
from tests import factories
from tests.factories import ADDRESS
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db


def _customer(**values: str) -> Customer:
    return services.save_customer(customer_id=None, draft=CustomerDraft(**values), actor=factories.ACTOR)


def _names(page: str) -> list[str]:
    return re.findall(r'<a class="cell-main num" href="[^"]*/customers/\d+/">([^<]+)</a>', page)


def test_the_list_finds_narrows_and_sorts(owner: Client) -> None:
    order = factories.order(paid=True)
    factories.drain()
    _customer(name="王伟", phone="13900139000", tags=["VIP"])  # type: ignore[arg-type]
    url = reverse("backoffice:customers")
    bought = str(Customer.objects.get(pk=order.customer_id))
    for query, expected in (
        ({}, {"王伟", bought}),
        ({"q": "ww"}, {"王伟"}),
        ({"tag": "VIP"}, {"王伟"}),
        ({"orders": "yes"}, {bought}),
        ({"view": "buyers"}, {bought}),
        ({"view": "returning"}, set()),
        ({"view": "accounts"}, set()),
        ({"country": "CN"}, {bought}),
        ({"spent": "10000"}, set()),
        ({"last_from": "2999-01-01"}, set()),
        ({"accepts": "email"}, set()),
    ):
        found = set(_names(owner.get(url, query).content.decode()))
        assert found == expected, query
    assert _names(owner.get(url, {"sort": "spent"}).content.decode())[0] == bought


def test_the_page_tells_everything_in_one_line_of_time(owner: Client, sign_in: SignIn) -> None:
    order = factories.order(paid=True)
    factories.drain()
    customer_id = order.customer_id or 0
    services.add_note(customer_id=customer_id, text="Calls in the evening", actor=factories.ACTOR)
    services.record_consent(
        customer_id=customer_id, channel=Channel.EMAIL, given=True, proof=Proof("checkout", "Write to me"),
        actor="guest",
    )  # fmt: skip
    url = reverse("backoffice:customer", args=[customer_id])
    page = owner.get(url).content.decode()
    for words in ("Order placed", "Calls in the evening", "Agreed to advertising: E-mail", "Write to me", "Message “"):
        assert words in page, words
    only = owner.get(url, {"kind": "notes"}).content.decode()
    assert "Calls in the evening" in only
    assert "Order placed" not in only
    assert owner.get(url, {"before": "broken", "kind": "x"}).status_code == 200


def test_the_timeline_turns_pages_without_losing_or_repeating(owner: Client) -> None:
    customer = _customer(email="a@example.com")
    for number in range(65):
        services.add_note(customer_id=customer.pk, text=f"note-{number:03}", actor=factories.ACTOR)
    url = reverse("backoffice:customer", args=[customer.pk])
    seen: list[str] = []
    for _ in range(4):
        page = owner.get(url).content.decode()
        seen += re.findall(r"note-\d{3}", page)
        following = re.search(r'href="([^"]*before=[^"]*)#timeline"', page)
        if not following:
            break
        url = following.group(1).replace("&amp;", "&")
    assert seen == [f"note-{number:03}" for number in reversed(range(65))]


def test_the_page_costs_the_same_with_one_order_and_with_many(owner: Client) -> None:
    counts = []
    for _ in range(2):
        order = factories.order(paid=True)
        factories.drain()
        url = reverse("backoffice:customer", args=[order.customer_id])
        owner.get(url)
        with CaptureQueriesContext(connection) as captured:
            owner.get(url)
        counts.append(sum("store_change" not in query["sql"] for query in captured))
        for _ in range(4):
            factories.order()
    assert counts[0] == counts[1] <= 30


def test_the_average_order_is_of_those_that_are_paid(owner: Client) -> None:
    variant = factories.variant_of(factories.product(price=20000))
    paid = factories.order(variant, paid=True)
    factories.order(variant)
    factories.drain()
    customer = Order.objects.get(pk=paid.pk).customer_id
    shown = owner.get(reverse("backoffice:customer", args=[customer])).context["page"]
    assert shown.row.orders == 2
    assert shown.average == shown.row.spent


def test_every_verb_works_through_its_dialog(owner: Client) -> None:
    answer = owner.post(
        reverse("backoffice:customer_new"),
        {"name": "Lin", "email": "A@Example.com", "phone": "", "language": "en", "tags": "tea，VIP"},
        follow=True,
    )
    customer = Customer.objects.get(email="a@example.com")
    assert "tea" in answer.content.decode()
    assert "Customer entered" in answer.content.decode()
    assert "Changed: " not in answer.content.decode()
    keys = [customer.pk]
    wrong = owner.post(reverse("backoffice:customer_edit", args=keys), {"email": "nonsense", "tags": ""})
    assert wrong.status_code == 422
    owner.post(reverse("backoffice:customer_edit", args=keys), {"name": "Lin Xiao", "email": "b@example.com"})
    customer.refresh_from_db()
    assert (customer.name, customer.email) == ("Lin Xiao", "b@example.com")
    assert owner.post(reverse("backoffice:customer_note", args=keys), {"text": "  "}).status_code == 422
    owner.post(reverse("backoffice:customer_note", args=keys), {"text": "Likes tea"})
    assert CustomerNote.objects.get().text == "Likes tea"
    owner.post(
        reverse("backoffice:customer_consent", args=[customer.pk, "sms"]), {"given": "yes", "wording": "on the phone"}
    )
    assert ConsentRecord.objects.get().source == "staff"
    assert owner.get(reverse("backoffice:customer_consent", args=[customer.pk, "fax"])).status_code == 404
    owner.post(reverse("backoffice:customer_data", args=[customer.pk, "export"]), {})
    assert DataRequest.objects.get().kind == "export"
    refused = owner.post(reverse("backoffice:customer_data", args=[customer.pk, "erase"]), {})
    assert refused.status_code == 422
    owner.post(reverse("backoffice:customer_data", args=[customer.pk, "erase"]), {"sure": "on"})
    factories.drain()
    assert "asked to be forgotten" in owner.get(reverse("backoffice:customer", args=keys)).content.decode()


def test_an_address_is_asked_for_as_its_country_writes_it(owner: Client) -> None:
    customer = _customer(name="Lin", email="a@example.com")
    url = reverse("backoffice:customer_address", args=[customer.pk, 0])
    values = {**ADDRESS.to_json(), "seen_country": "US"}
    changed = owner.post(url, values)
    assert changed.status_code == 200
    assert "District" in changed.content.decode()
    assert not customer.addresses.exists()  # type: ignore[attr-defined]
    bad = owner.post(url, {**values, "seen_country": "CN", "district": "nowhere"})
    assert bad.status_code == 422
    assert "not possible in this country" in bad.content.decode()
    owner.post(url, {**values, "seen_country": "CN"})
    row = customer.addresses.get()  # type: ignore[attr-defined]
    assert (row.data["city"], row.is_default) == ("杭州市", True)
    other = _customer(email="c@example.com")
    assert owner.get(reverse("backoffice:customer_address", args=[other.pk, row.pk])).status_code == 404
    owner.post(reverse("backoffice:customer_address_delete", args=[customer.pk, row.pk]))
    assert not customer.addresses.exists()  # type: ignore[attr-defined]


def test_duplicates_are_compared_merged_or_dismissed(owner: Client) -> None:
    first, second, third = (_customer(name=f"Lin {n}", email=f"lin{tag}@example.com") for n, tag in
                            ((1, ""), (2, "+a"), (3, "+b")))  # fmt: skip
    page = owner.get(reverse("backoffice:duplicates")).content.decode()
    assert "Compare and merge" in page
    merge = reverse("backoffice:customer_merge", args=[first.pk])
    assert "Lin 2" in owner.get(merge, {"q": "lin 2"}).content.decode()
    assert "Merge “Lin 2” into “Lin 1”?" in owner.get(merge, {"with": second.pk}).content.decode()
    type(second).objects.filter(pk=second.pk).update(name="Lin 1")
    same = owner.get(merge, {"with": second.pk}).content.decode()
    assert "Merge “Lin 1 · lin+a@example.com” into “Lin 1 · lin@example.com”?" in same
    assert "Result" in same
    assert owner.get(merge, {"with": first.pk}).status_code == 409
    assert owner.get(merge, {"with": "9" * 18}).status_code == 404
    owner.post(merge, {"other": second.pk})
    second.refresh_from_db()
    assert second.merged_into_id == first.pk
    answer = owner.get(reverse("backoffice:customer", args=[second.pk]))
    assert answer["Location"] == reverse("backoffice:customer", args=[first.pk])
    pair = re.search(r"/duplicates/(\d+)/", owner.get(reverse("backoffice:customer", args=[third.pk])).content.decode())
    assert pair
    owner.post(reverse("backoffice:duplicate_dismiss", args=[pair.group(1)]))
    assert "Nobody is here twice" in owner.get(reverse("backoffice:duplicates")).content.decode()


def test_an_unproved_account_takes_a_guests_orders_only_when_somebody_says_so(owner: Client) -> None:
    from duli.platform.accounts.services import sign_up

    order = factories.order()
    user = sign_up(email="lin@example.com", password="long enough words 7")
    own = services.customer_for_user(user_id=user.pk, name="", email="lin@example.com", phone="", language="en")
    url = reverse("backoffice:customer_merge", args=[own.pk])
    assert "has not confirmed this address" in owner.get(url, {"with": order.customer_id}).content.decode()
    assert owner.post(url, {"other": order.customer_id}).status_code == 422
    assert Order.objects.get(pk=order.pk).customer_id == order.customer_id
    owner.post(url, {"other": order.customer_id, "checked": "on"})
    assert Order.objects.get(pk=order.pk).customer_id == own.pk
