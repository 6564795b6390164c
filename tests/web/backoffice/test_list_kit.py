"""Every list can be arranged, narrowed, and taken away as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from duli.commerce.catalogue.models import Product
from duli.commerce.exchange.models import Upload
from duli.commerce.exchange.services.uploads import receive_upload, start_upload
from duli.commerce.orders.services import fulfil, issue_invoice, request_return
from duli.commerce.orders.types import FulfilLine, ReturnWish
from tests import factories
from tests.web.backoffice.conftest import SignIn

pytestmark = pytest.mark.django_db


def _products(count: int) -> None:
    for number in range(count):
        factories.product(title=f"Cup {number}", brand="Celadon", stock=number)


def _orders(count: int) -> None:
    item = factories.variant_of(factories.product(stock=1000))
    for _ in range(count):
        factories.order(item)


def _documents(count: int) -> None:
    item = factories.variant_of(factories.product(stock=1000))
    for _ in range(count):
        issue_invoice(order_id=factories.order(item).pk, actor="user:1")


def _returns(count: int) -> None:
    item = factories.variant_of(factories.product(stock=1000))
    for _ in range(count):
        order = factories.order(item, paid=True)
        line = order.lines.get().pk
        fulfil(
            order_id=order.pk,
            lines=[FulfilLine(line, 1)],
            location_id=factories.location().pk,
            idempotency_key=str(order.pk),
            actor="user:1",
        )
        request_return(
            order_id=order.pk, lines=[ReturnWish(line, 1, "other")], idempotency_key=str(order.pk), actor="user:1"
        )


MAKERS: dict[str, Callable[[int], None]] = {
    "products": _products,
    "customers": _orders,
    "stock": _products,
    "documents": _documents,
    "returns": _returns,
}
EXPORTED = [key for key in MAKERS if key != "customers"]


def rows_of(answer: Any) -> list[list[str]]:
    content = answer.getvalue() if isinstance(answer, StreamingHttpResponse) else answer.content
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def export(client: Client, key: str, query: str = "", form: str = "csv") -> Any:
    return client.get(reverse("backoffice:list_export", args=[key, form]) + query)


@pytest.mark.parametrize("key", MAKERS)
def test_columns_are_chosen_and_a_view_is_kept(owner: Client, key: str) -> None:
    MAKERS[key](1)
    url = reverse(f"backoffice:{key}")
    page = owner.get(reverse("backoffice:list_columns", args=[key]))
    keys = [name for name, _label, _shown in page.context["form"].rows]
    assert len(keys) >= 6
    owner.post(reverse("backoffice:list_columns", args=[key]), {"column": keys[-2:][::-1]})
    headers = [str(column.label) for column, _url, _current in owner.get(url).context["list"].headers]
    assert len(headers) == 3
    answer = owner.post(reverse("backoffice:list_view_new", args=[key]), {"name": "Mine", "query": "q=cup"})
    assert answer["Location"].startswith(f"{url}?q=cup&saved=")
    assert ">Mine" in owner.get(url).content.decode()


@pytest.mark.parametrize("key", EXPORTED)
def test_a_file_has_the_rows_of_the_filter_and_the_columns_of_the_reader(owner: Client, key: str) -> None:
    MAKERS[key](3)
    shown = owner.get(reverse(f"backoffice:{key}")).context["list"]
    titles, *rows = rows_of(export(owner, key))
    with translation.override("en"):
        assert titles == [str(column.label) for column in shown.columns if column.filed]
    assert len(rows) == len(shown.rows)
    assert all(len(row) == len(titles) for row in rows)
    sheet = load_workbook(io.BytesIO(export(owner, key, form="xlsx").getvalue())).active
    assert [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)] == [titles, *rows]
    assert rows_of(export(owner, key, "?q=nothing-is-called-so")) == [titles]


def test_a_file_longer_than_one_page_is_whole(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duli.web.backoffice.screens.lists.ROWS_AT_ONCE", 2)
    _products(5)
    rows = rows_of(export(owner, "products", "?sort=title"))
    assert [row[0] for row in rows[1:]] == [f"Cup {number} · Celadon" for number in range(5)]
    assert len(rows_of(export(owner, "products", "?view=draft"))) == 1


def test_the_readers_language_and_columns_hold_in_the_file(sign_in: SignIn) -> None:
    _products(1)
    client = sign_in("owner", "zh-hans")
    client.post(reverse("backoffice:list_columns", args=["products"]), {"column": ["price", "sold"]})
    titles, row = rows_of(export(client, "products"))
    assert titles[1:] == ["价格", "已售"]
    assert row[1:] == ["100.00 CNY", "0"]


def test_formulas_stay_words(owner: Client) -> None:
    factories.product(title="=HYPERLINK(1)")
    assert rows_of(export(owner, "products"))[1][0].startswith("'=")


def test_who_may_not_export_gets_no_file_and_no_link(sign_in: SignIn) -> None:
    _products(1)
    client = sign_in("viewer")
    assert export(client, "products").status_code == 403
    assert "export.csv" not in client.get(reverse("backoffice:products")).content.decode()


@pytest.mark.parametrize(("key", "form"), [("products", "pdf"), ("nothing", "csv"), ("customers", "csv")])
def test_what_is_no_file_is_not_found(owner: Client, key: str, form: str) -> None:
    assert export(owner, key, form=form).status_code == 404


def test_documents_and_returns_are_narrowed(owner: Client) -> None:
    _documents(1)
    _returns(1)
    for key, hit, miss in (
        ("documents", "?currency=CNY&issued_from=2020-01-01", "?issued_to=2020-01-01"),
        ("returns", "?kind=return&requested_from=2020-01-01", "?outcome=credit"),
    ):
        assert len(rows_of(export(owner, key, hit))) == 2, key
        assert len(rows_of(export(owner, key, miss))) == 1, key
    # What is no day or no choice narrows nothing.
    assert len(rows_of(export(owner, "documents", "?issued_from=yesterday&currency=XXX"))) == 2


@pytest.mark.parametrize("key", EXPORTED)
def test_a_file_costs_the_same_at_one_row_and_at_ten(owner: Client, key: str) -> None:
    def queries() -> int:
        export(owner, key).getvalue()
        with CaptureQueriesContext(connection) as captured:
            export(owner, key).getvalue()
        return sum("store_change" not in query["sql"] for query in captured)

    MAKERS[key](1)
    few = queries()
    MAKERS[key](9)
    assert queries() == few


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_products_taken_away_and_brought_back_are_all_unchanged(
    owner: Client, form: str, settings: Any, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    factories.product(title="=Cup, “small”", sizes=("S", "M"), brand="Kiln", tags=["a | b"])
    factories.product(title="Draft", status="draft")
    url = reverse("backoffice:products_export", args=[form])
    before = list(Product.objects.order_by("pk").values())
    upload = receive_upload(
        file=io.BytesIO(owner.get(url).getvalue()), name=f"products.{form}", language="en", actor="user:1"
    )
    factories.drain()
    upload.refresh_from_db()
    assert (upload.state, upload.report["refused"]) == (Upload.State.CHECKED, [])
    assert (upload.report["products"]["unchanged"], upload.report["variants"]["unchanged"]) == (2, 3)
    start_upload(upload_id=upload.pk, actor="user:1")
    factories.drain()
    assert list(Product.objects.order_by("pk").values()) == before
    assert len(rows_of(owner.get(reverse("backoffice:products_export", args=["csv"]) + "?view=draft"))) == 2
