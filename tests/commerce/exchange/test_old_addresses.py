"""Visitors of the old shop's addresses find the product, and taking the import back takes the addresses with it."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from duli.commerce.exchange.old_addresses import old_addresses
from duli.commerce.exchange.types import ImportedProduct
from duli.commerce.revisions.models import ChangeSet
from duli.commerce.revisions.services import start_undo, undo_change_set
from duli.commerce.revisions.types import AlreadyUndone
from duli.platform.redirects.models import Redirect
from duli.platform.redirects.services import lead_many, save_redirect
from duli.platform.store.changes import reset_caches
from tests import factories
from tests.commerce.exchange.doing import take

pytestmark = pytest.mark.django_db
WOO = ["ID", "Type", "SKU", "Name", "Published", "Regular price", "Is featured?"]


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def woo(*rows: tuple[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(WOO)
    writer.writerows([number, "simple", f"W{number}", name, "1", "10", "0"] for number, name in rows)
    return text.getvalue().encode()


@pytest.mark.parametrize("address", ["/?p=44", "/?post_type=product&p=44", "/product/tea-bowl/", "/product/tea-bowl"])
def test_addresses_of_woocommerce_lead_on(address: str) -> None:
    take(woo(("44", "Tea bowl")))
    reset_caches()
    answer = Client().get(address)
    assert (answer.status_code, answer["Location"]) == (301, "/products/tea-bowl")


def test_a_chinese_name_is_found_as_wordpress_wrote_it() -> None:
    take(woo(("7", "青瓷 茶杯")))
    answer = Client().get("/product/青瓷-茶杯/")
    assert answer.status_code == 301
    assert Client().get(answer["Location"]).status_code == 200


def test_shopify_shows_products_within_collections_too() -> None:
    assert Client().get("/collections/gifts/products/tea-bowl")["Location"] == "/products/tea-bowl"


@pytest.mark.parametrize(
    ("source", "key", "handle", "expected"),
    [
        ("shopify", "x", "Café-Bowl", ["/products/Café-Bowl"]),
        ("prestashop", "12", "bowl", ["/index.php?id_product=12&controller=product", "/12-bowl.html"]),
        ("prestashop", "REF", "bowl", []),
        ("duli", "bowl", "bowl", []),
        ("woocommerce", "sku:w1", "", ["/product/tea-bowl"]),
    ],
)
def test_each_shop_has_its_own_addresses(source: str, key: str, handle: str, expected: list[str]) -> None:
    assert old_addresses(source, ImportedProduct(key=key, row=2, title="Tea  bowl!", handle=handle)) == expected


def test_what_leads_somewhere_already_stays_and_undoing_takes_the_rest() -> None:
    save_redirect(source="/product/tea-bowl", target="/pages/about")
    report = take(woo(("44", "Tea bowl"), ("45", "Jug")))
    assert Redirect.objects.get(source="/product/tea-bowl").target == "/pages/about"
    # The same file again makes none twice.
    count = Redirect.objects.count()
    take(woo(("44", "Tea bowl"), ("45", "Jug")))
    assert Redirect.objects.count() == count == 6
    undo_change_set(change_set_id=report.change_set_id, actor="user:1")
    assert list(Redirect.objects.values_list("source", flat=True)) == ["/product/tea-bowl"]


def test_many_addresses_cost_no_more_statements_and_nonsense_is_left_out(django_assert_max_num_queries: object) -> None:
    addresses = {f"/product/{number}": f"/products/{number}" for number in range(300)}
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        assert lead_many(addresses=addresses, reference="changes:1") == 300
    odd = {"javascript:alert(1)": "/products/a", "/products/a": "/products/a", "/admin/x": "/products/a", "/": "/b"}
    assert lead_many(addresses=odd, reference="changes:1") == 0


def test_a_large_undo_is_a_jobs_and_runs_once() -> None:
    report = take(woo(("44", "Tea bowl"), ("45", "Jug")))
    first = start_undo(change_set_id=report.change_set_id, actor="user:1")
    assert start_undo(change_set_id=report.change_set_id, actor="user:1") == first
    factories.drain()
    undo = ChangeSet.objects.get(pk=first)
    assert (undo.report["finished"], undo.report["removed"]) == (True, 2)
    with pytest.raises(AlreadyUndone):
        start_undo(change_set_id=report.change_set_id, actor="user:1")
