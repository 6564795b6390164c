"""Lists: the same number of queries at one row and at thirty, cursors that lose nothing, filters that filter."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.base.clock import now
from duli.commerce.catalogue.services import set_product_status
from duli.commerce.exchange.models import Upload
from duli.platform.mail.models import Mail
from tests import factories
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db


def _orders(count: int) -> None:
    item = factories.product(stock=1000)
    for _ in range(count):
        factories.order(factories.variant_of(item))


def _products(count: int) -> None:
    for _ in range(count):
        factories.product(sizes=("S", "M"), brand="Celadon")


def _mails(count: int) -> None:
    for number in range(count):
        Mail.objects.create(
            key=f"m{number}{Mail.objects.count()}", template="order_paid", to="a@example.com", language="en",
            subject="Paid", text="Paid", created_at=now(),
        )  # fmt: skip


def _uploads(count: int) -> None:
    for number in range(count):
        Upload.objects.create(name=f"{number}.csv", path="x", actor="user:1", language="en", created_at=now())


LISTS: tuple[tuple[str, str, Callable[[int], None]], ...] = (
    ("orders", "", _orders),
    ("customers", "", _orders),
    ("products", "", _products),
    ("products", "?view=low", _products),
    ("stock", "", _products),
    ("stock", "?view=low", _products),
    ("mails", "", _mails),
    ("imports", "", _uploads),
    ("home", "", _orders),
    ("palette", "?q=S", _products),
)


def _queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    # Caches look for marks of change twice a second, whatever is shown; on a slow machine also in between.
    return sum("store_change" not in query["sql"] for query in captured)


@pytest.mark.parametrize(("name", "query", "make"), LISTS)
def test_a_list_costs_the_same_at_one_row_and_at_thirty(
    owner: Client, name: str, query: str, make: Callable[[int], None]
) -> None:
    url = reverse(f"backoffice:{name}") + query
    make(1)
    few = _queries(owner, url)
    make(29)
    many = _queries(owner, url)
    assert many == few
    assert few <= 22


def test_an_order_costs_the_same_with_one_line_and_with_five(owner: Client) -> None:
    small = factories.order(paid=True)
    large = factories.order(*[factories.variant_of(factories.product()) for _ in range(5)], paid=True)
    counts = [_queries(owner, reverse("backoffice:order", args=[order.pk])) for order in (small, large)]
    assert counts[0] == counts[1]


def test_the_product_editor_costs_the_same_for_one_variant_and_for_many(owner: Client) -> None:
    small = factories.product(sizes=("1",))
    large = factories.product(sizes=tuple(str(number) for number in range(40)))
    urls = [reverse("backoffice:product", args=[item.pk]) for item in (small, large)]
    # The first page of a process also reads what every page has in common.
    _queries(owner, urls[0])
    assert _queries(owner, urls[0]) == _queries(owner, urls[1])


def _keys(page: str) -> list[int]:
    return [int(key) for key in re.findall(r'name="id" value="(\d+)"', page)]


@pytest.mark.parametrize("sort", ["newest", "title", "updated", "selling"])
def test_cursors_show_every_product_once(owner: Client, sort: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {factories.product(title=f"Cup {number % 3}").pk for number in range(13)}
    monkeypatch.setattr("duli.web.backoffice.selectors.products.product_page.__kwdefaults__", {"after": "", "limit": 5})
    seen: list[int] = []
    url = f"{reverse('backoffice:products')}?sort={sort}"
    pages = 0
    for _ in range(5):
        pages += 1
        page = owner.get(url).content.decode()
        seen += _keys(page)
        following = re.search(r'href="([^"]*after=[^"]*)"', page)
        if not following:
            break
        url = following.group(1).replace("&amp;", "&")
    assert pages == 3
    assert len(seen) == len(made)
    assert set(seen) == made


@pytest.mark.parametrize("after", ["", "x", "W10", "%00", "eyJhIjoxfQ", "WzFlOTk5LDFd", "a" * 5000, "9" * 40])
@pytest.mark.parametrize("name", ["orders", "products", "stock", "customers", "mails"])
def test_a_broken_cursor_is_the_first_page(owner: Client, name: str, after: str) -> None:
    assert owner.get(reverse(f"backoffice:{name}"), {"after": after}).status_code == 200


def test_filters_that_nobody_offers_are_ignored(owner: Client) -> None:
    order = factories.order()
    page = owner.get(
        reverse("backoffice:orders"),
        {"payment": ["paid'--", "unpaid"], "view": "../x", "placed_from": "31.12.", "q": "\x00" * 300, "market": "zz"},
    )
    assert page.status_code == 200
    assert f"#{order.number}" in page.content.decode()


def test_orders_are_found_by_what_people_remember(owner: Client) -> None:
    order = factories.order()
    line = order.lines.get()
    factories.order()
    for text in (order.number, f"#{order.number}", line.sku):
        assert _keys(owner.get(reverse("backoffice:orders"), {"q": text}).content.decode()) == [order.pk]
    assert order.pk in _keys(owner.get(reverse("backoffice:orders"), {"q": order.email}).content.decode())
    assert _keys(owner.get(reverse("backoffice:orders"), {"q": "nobody@example.com"}).content.decode()) == []


def test_tabs_hold_what_they_say(owner: Client) -> None:
    unpaid, paid = factories.order(), factories.order(paid=True)
    url = reverse("backoffice:orders")
    assert _keys(owner.get(url, {"view": "to_ship"}).content.decode()) == [paid.pk]
    assert _keys(owner.get(url, {"view": "unpaid"}).content.decode()) == [unpaid.pk]
    assert set(_keys(owner.get(url).content.decode())) == {unpaid.pk, paid.pk}


def test_the_list_alone_is_answered_where_only_it_is_swapped(owner: Client) -> None:
    factories.order()
    page = owner.get(reverse("backoffice:orders"), headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert page.lstrip().startswith("<section")
    assert "side-link" not in page


def test_an_empty_list_teaches_the_next_step(owner: Client, viewer: Client) -> None:
    page = owner.get(reverse("backoffice:products")).content.decode()
    assert "Your products will be here" in page
    assert reverse("backoffice:product_new") in page
    assert reverse("backoffice:product_new") not in viewer.get(reverse("backoffice:products")).content.decode()


def test_several_products_change_status_at_once_and_back(owner: Client) -> None:
    first, second = factories.product(), factories.product()
    url = reverse("backoffice:products_status")
    answer = owner.post(url, {"id": [first.pk, second.pk], "status": "archived"}, follow=True)
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.status, second.status) == ("archived", "archived")
    undo = re.search(r'action="([^"]*undo/[^"]*)"', answer.content.decode())
    assert undo
    owner.post(undo.group(1).replace("&amp;", "&"), {"status": "active"})
    first.refresh_from_db()
    assert first.status == "active"


def test_a_mixed_selection_is_taken_back_to_what_each_was(owner: Client) -> None:
    first, second = factories.product(), factories.product()
    set_product_status(product_ids=[second.pk], status="draft", actor="user:1")
    url = reverse("backoffice:products_status")
    answer = owner.post(url, {"id": [first.pk, second.pk], "status": "archived"}, follow=True)
    undo = re.search(r'action="([^"]*undo/[^"]*)"', answer.content.decode())
    assert undo
    owner.post(undo.group(1))
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.status, second.status) == ("active", "draft")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"status": "archived"},
        {"id": ["1"], "status": "sold"},
        {"id": ["x"], "status": "archived"},
        {"id": ["-1"], "status": "archived"},
        {"id": ["9" * 30], "status": "archived"},
        {"id": [str(number) for number in range(1, 800)], "status": "archived"},
    ],
)
def test_a_broken_selection_changes_nothing(owner: Client, data: dict[str, object]) -> None:
    item = factories.product()
    assert owner.post(reverse("backoffice:products_status"), data).status_code == 422
    item.refresh_from_db()
    assert item.status == "active"


def test_the_palette_finds_pages_in_both_languages_and_in_pinyin(sign_in: SignIn) -> None:
    client = sign_in("owner", "zh-hans")
    for text in ("Shipping", "配送", "peisong", "ps"):
        page = client.get(reverse("backoffice:palette"), {"q": text}).content.decode()
        assert reverse("backoffice:settings_shipping") in page, text


def test_the_palette_shows_only_what_the_role_may_see(sign_in: SignIn) -> None:
    order = factories.order()
    client = sign_in("catalogue")
    page = client.get(reverse("backoffice:palette"), {"q": order.number}).content.decode()
    assert reverse("backoffice:order", args=[order.pk]) not in page
    assert reverse("backoffice:settings_staff") not in client.get(reverse("backoffice:palette")).content.decode()
