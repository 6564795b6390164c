from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.catalogue.models import Product
from duli.commerce.pricing.models import Price
from duli.platform.accounts.models import User
from tests import factories
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db


def cells(**rows: dict[str, list[str]]) -> str:
    return json.dumps({"cells": {key.replace("_", ":"): value for key, value in rows.items()}, "fresh": []})


def key(product: Product, index: int = 0) -> str:
    return f"{product.pk}:{factories.variant_of(product, index).pk}"


def test_a_sheet_over_products_saves_changed_cells_and_is_taken_back(owner: Client) -> None:
    first, second = factories.product("甲", price=10000, sizes=("S", "M")), factories.product("乙", price=20000)
    url = reverse("backoffice:products_sheet")
    chosen = ["title", "tags", "price-CNY", "compare-CNY", "sku", "weight"]
    page = owner.get(url, {"id": [first.pk, second.pk], "field": chosen}).content.decode()
    shown = json.loads(re.findall(r'<script type="application/json">(.*?)</script>', page)[0])
    assert [row[1] for row in shown["rows"]] == ["甲 · S", "甲 · M", "乙"]
    assert shown["rows"][1][6] == ["title", "tags"]
    typed = {
        key(first): {
            "title": ["丙", "甲"],
            "tags": ["a, b", ""],
            "price-CNY": ["90", "100.00"],
            "weight": ["12", "500"],
        },
        key(second): {"compare-CNY": ["300", ""], "sku": ["NEW", factories.variant_of(second).sku]},
    }
    data = {"id": [first.pk, second.pk], "field": chosen, "sheet": json.dumps({"cells": typed})}
    answer = owner.post(url, data, follow=True)
    assert "2 products changed" in answer.content.decode()
    first.refresh_from_db()
    assert (first.title, sorted(tag.name for tag in first.tags.all())) == ("丙", ["a", "b"])
    assert factories.variant_of(first).weight_grams == 12
    assert factories.variant_of(second).sku == "NEW"
    rows = Price.objects.filter(price_list__currency="CNY").order_by("variant_id")
    assert list(rows.values_list("minor", "compare_at_minor")) == [(9000, None), (10000, None), (20000, 30000)]
    undo = re.search(r'action="([^"]*/undo/)"', answer.content.decode())
    assert undo
    page = owner.get(undo.group(1).removesuffix("undo/")).content.decode()
    told = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in page.split("<tr>")]
    assert ["Price, CNY · S", "100.00 CNY", "90.00 CNY"] in told
    assert ["Title", "甲", "丙"] in told
    assert ["Price, CNY", "200.00 CNY", "200.00 CNY instead of 300.00"] in told
    assert owner.post(undo.group(1)).status_code == 302
    first.refresh_from_db()
    assert first.title == "甲"
    assert list(rows.values_list("minor", "compare_at_minor")) == [(10000, None), (10000, None), (20000, None)]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("title", ""),
        ("status", "sold"),
        ("price-CNY", "cheap"),
        ("price-CNY", ""),
        ("compare-CNY", "1"),
        ("weight", "heavy"),
        ("origin", "China"),
        ("sku", "x" * 101),
    ],
)
def test_a_wrong_cell_is_marked_and_nothing_is_saved(owner: Client, field: str, text: str) -> None:
    product = factories.product("甲", price=10000)
    typed = {key(product): {field: [text, "?"], "barcode": ["1", ""]}}
    data = {"id": [product.pk], "field": [field, "barcode", "compare-CNY", "price-CNY"]}
    if field == "price-CNY" and not text:
        typed[key(product)]["compare-CNY"] = ["5", ""]
    answer = owner.post(reverse("backoffice:products_sheet"), data | {"sheet": json.dumps({"cells": typed})})
    assert answer.status_code == 422
    assert 'data-dirty="always"' in answer.content.decode()
    assert factories.variant_of(product).barcode == ""


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": []}', '{"cells": {"1:1": {"colour": ["a", "b"]}}}'])
def test_what_is_no_sheet_is_refused(owner: Client, text: str) -> None:
    product = factories.product()
    url = reverse("backoffice:products_sheet")
    assert owner.post(url, {"id": [product.pk], "field": ["sku"], "sheet": text}).status_code == 422


def test_what_somebody_else_wrote_is_told_and_mine_stays_in_the_sheet(owner: Client) -> None:
    product, other = factories.product("甲", price=10000), factories.product("己", price=20000)
    typed = {
        key(product): {"title": ["丙", "乙"], "price-CNY": ["90", "80.00"], "sku": ["NEW", product.variants.get().sku]},
        key(other): {"title": ["庚", "己"]},
    }
    data: dict[str, Any] = {"id": [product.pk, other.pk], "field": ["title", "price-CNY", "sku"]}
    answer = owner.post(reverse("backoffice:products_sheet"), data | {"sheet": json.dumps({"cells": typed})})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "1 product changed" in page
    (shown,) = re.findall(r'<script type="application/json">(.*?)</script>', page)
    mine, theirs = json.loads(shown)["rows"]
    assert mine[3] == {"title": "丙", "price-CNY": "90", "sku": "NEW"}
    assert "“100.00”" in mine[4]["price-CNY"]
    assert (set(mine[4]), theirs[1:5]) == ({"title", "price-CNY"}, ["庚", ["庚", "200.00", theirs[2][2]], {}, {}])
    product.refresh_from_db()
    assert product.title == "甲"
    again = {name: [value, mine[2][place]] for place, (name, value) in enumerate(mine[3].items())}
    data["sheet"] = json.dumps({"cells": {key(product): again}})
    assert owner.post(reverse("backoffice:products_sheet"), data).status_code == 302
    product.refresh_from_db()
    assert (product.title, product.variants.get().sku) == ("丙", "NEW")


def test_a_price_change_is_shown_before_it_is_made(owner: Client) -> None:
    product = factories.product("茶杯", price=12800)
    url = reverse("backoffice:products_prices")
    data: dict[str, Any] = {"id": [product.pk], "currency": "CNY", "percent": "-10", "rounding": "nines"}
    page = owner.post(url, data).content.decode()
    assert "1 price changes" in page
    assert "119" in page
    assert Price.objects.get(price_list__currency="CNY").minor == 12800
    assert owner.post(url, data | {"confirmed": "1"}).status_code == 302
    assert Price.objects.get(price_list__currency="CNY").minor == 11900
    for wrong in ({"percent": ""}, {"percent": "-101"}, {"percent": "", "amount": "x"}, {"currency": "EUR"}):
        assert owner.post(url, data | wrong).status_code == 422


def test_organising_scheduling_and_deleting_from_the_list(owner: Client) -> None:
    product = factories.product(price=100)
    ids = {"id": [product.pk]}
    assert owner.post(reverse("backoffice:products_organise"), ids | {"add_tags": "gift，tea"}).status_code == 302
    assert sorted(product.tags.values_list("name", flat=True)) == ["gift", "tea"]
    schedule = reverse("backoffice:products_schedule")
    assert owner.post(schedule, ids | {"hidden_from": "2027-05-01T00:00"}).status_code == 302
    product.refresh_from_db()
    assert product.unpublished_at is not None
    wrong = {"visible_from": "2027-06-01T00:00", "hidden_from": "2027-05-01T00:00"}
    assert owner.post(schedule, ids | wrong).status_code == 422
    delete = reverse("backoffice:products_delete")
    assert "cannot be taken back" in owner.get(delete, ids).content.decode()
    assert owner.post(delete, ids).status_code == 302
    assert not Product.objects.exists()


def test_the_list_is_narrowed_by_tag_stock_and_price(owner: Client) -> None:
    cheap, dear = factories.product("便宜", price=1000, tags=["gift"]), factories.product("昂贵", price=90000, stock=0)
    url = reverse("backoffice:products")

    def shown(**values: Any) -> list[bool]:
        page = owner.get(url, values).content.decode()
        return [f">{product.title}<" in page for product in (cheap, dear)]

    assert shown(tag=cheap.tags.get().pk) == [True, False]
    assert shown(stock="out") == [False, True]
    assert shown(price="5-20") == [True, False]
    assert shown(price="20-") == [False, True]
    assert shown(price="abc") == [True, True]


def test_costs_are_for_those_who_may_see_them(sign_in: SignIn, owner: Client) -> None:
    product = factories.product()
    page = owner.get(reverse("backoffice:products_sheet"), {"id": product.pk}).content.decode()
    assert 'value="cost"' in page


def test_a_change_by_the_sheet_is_called_another_thing_than_a_count_of_stock(owner: Client) -> None:
    product = factories.product("Cup", price=500)
    typed = {key(product): {"price-CNY": ["9", "5.00"]}}
    data = {"id": [product.pk], "field": ["price-CNY"], "sheet": json.dumps({"cells": typed})}
    assert owner.post(reverse("backoffice:products_sheet"), data).status_code == 302
    User.objects.update(language="zh-hans")
    shown = owner.get(reverse("backoffice:changes")).content.decode()
    assert "：表格编辑" in shown
    assert "：盘点单" not in shown
