"""Customers, orders and old addresses: read, written, paused, taken back; and files that mean harm."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils.module_loading import import_string

from duli.base.errors import DuliError
from duli.commerce.customers import services as customers
from duli.commerce.customers.models import Customer
from duli.commerce.customers.types import CustomerDraft
from duli.commerce.exchange.models import ColumnMapping, ImportedThing, Upload
from duli.commerce.exchange.services import importing, uploads
from duli.commerce.exchange.services.uploads import (
    NotRevertible,
    UploadBusy,
    UploadOver,
    name_columns,
    receive_upload,
    revert_upload,
    start_upload,
    wish,
    work_on_revert,
    work_on_upload,
)
from duli.commerce.inventory.models import StockMovement
from duli.commerce.orders.models import Order
from duli.platform.mail.models import Mail
from duli.platform.redirects.models import Redirect
from duli.platform.redirects.selectors import redirect_for
from duli.platform.redirects.services import save_redirect
from tests import factories

ACTOR = factories.ACTOR
pytestmark = pytest.mark.django_db

SHOPIFY_CUSTOMERS = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags"
)
SHOPIFY_ORDERS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Id,Tags,Risk Level,Source,Lineitem discount"
)


@pytest.fixture
def shop(db: None) -> None:
    factories.shop()


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def table(header: str, *rows: dict[str, str]) -> bytes:
    """Return a CSV with the header's columns and the cells that the rows name."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header.split(","), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def given(content: bytes, name: str = "file.csv", kind: str = "") -> Upload:
    upload = receive_upload(file=io.BytesIO(content), name=name, language="en", actor=ACTOR, kind=kind)
    factories.drain()
    upload.refresh_from_db()
    return upload


def run(upload: Upload) -> Upload:
    start_upload(upload_id=upload.pk, actor=ACTOR)
    factories.drain()
    upload.refresh_from_db()
    return upload


def things(upload: Upload) -> tuple[int, int, int, int]:
    counts = upload.report["things"]
    return counts["created"], counts["updated"], counts["unchanged"], counts["refused"]


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


CUSTOMER_ROWS = (
    {"First Name": "晓", "Last Name": "林", "Email": "Lin@Example.com", "Accepts Email Marketing": "yes",
     "Default Address Address1": "350 Fifth Avenue", "Default Address City": "New York",
     "Default Address Province Code": "NY", "Default Address Country Code": "US", "Default Address Zip": "'10118",
     "Phone": "'+8613800138000", "Tags": "VIP, tea", "Note": "=1+1"},
    {"First Name": "Ann", "Last Name": "Lee", "Email": "nonsense"},
    {"First Name": "Bo", "Last Name": "Li", "Email": "bo@example.com", "Phone": "12"},
)  # fmt: skip


def test_customers_of_shopify_come_with_address_consent_and_tags(shop: None) -> None:
    upload = given(table(SHOPIFY_CUSTOMERS, *CUSTOMER_ROWS))
    assert (upload.kind, upload.state, things(upload)) == ("customers", Upload.State.CHECKED, (2, 0, 0, 1))
    assert not Customer.objects.exists()
    refused = upload.report["refused"][0]
    assert (refused["row"], refused["code"]) == (3, "not_an_email")
    run(upload)
    assert (upload.state, things(upload)) == (Upload.State.DONE, (2, 0, 0, 1))
    lin = Customer.objects.get(email="lin@example.com")
    assert (lin.name, lin.phone, lin.accepts_email, lin.accepts_sms) == ("林晓", "+8613800138000", True, False)
    assert [tag.name for tag in lin.tags.all()] == ["VIP", "tea"]
    assert lin.addresses.get().data["postal_code"] == "10118"
    assert lin.notes.get().text == "=1+1"
    again = given(table(SHOPIFY_CUSTOMERS, *CUSTOMER_ROWS))
    assert things(again) == (0, 0, 2, 1)
    assert not list(uploads.folder().glob(upload.path))


def test_what_an_import_of_customers_did_is_taken_back_but_not_what_changed_since(shop: None) -> None:
    old = customers.save_customer(
        customer_id=None, draft=CustomerDraft(name="Old", email="bo@example.com", tags=["kept"]), actor=ACTOR
    )
    upload = run(given(table(SHOPIFY_CUSTOMERS, *CUSTOMER_ROWS)))
    assert things(upload) == (1, 1, 0, 1)
    old.refresh_from_db()
    assert old.name == "Bo Li"
    extra = run(given(table(SHOPIFY_CUSTOMERS, {"Last Name": "New", "Email": "new@example.com"})))
    new = Customer.objects.get(email="new@example.com")
    customers.save_customer(customer_id=new.pk, draft=CustomerDraft(name="Changed since"), actor=ACTOR)
    for entry in (upload, extra):
        revert_upload(upload_id=entry.pk, actor=ACTOR)
        factories.drain()
        entry.refresh_from_db()
        assert entry.state == Upload.State.REVERTED
    assert upload.report["reverted"] == {"taken": 2, "kept": 0}
    assert extra.report["reverted"] == {"taken": 0, "kept": 1}
    old.refresh_from_db()
    assert (old.name, [tag.name for tag in old.tags.all()]) == ("Old", ["kept"])
    assert not Customer.objects.filter(email="lin@example.com").exists()
    assert Customer.objects.filter(pk=new.pk).exists()
    assert not ImportedThing.objects.filter(upload=upload, before__isnull=False).exists()
    with pytest.raises(UploadBusy):
        revert_upload(upload_id=upload.pk, actor=ACTOR)


ORDER = {
    "Name": "#1001", "Email": "lin@example.com", "Financial Status": "partially_refunded",
    "Paid at": "2026-05-01 10:01:00 +0800", "Fulfillment Status": "fulfilled", "Currency": "CNY", "Subtotal": "200.00",
    "Shipping": "12.00", "Taxes": "24.39", "Total": "212.00", "Created at": "2026-05-01 10:00:00 +0800",
    "Lineitem quantity": "2", "Lineitem name": "青瓷茶杯 - 青", "Lineitem price": "88.00", "Lineitem sku": "TEA",
    "Lineitem requires shipping": "true", "Lineitem fulfillment status": "fulfilled", "Shipping Name": "林晓",
    "Shipping Address1": "龙井路 1 号", "Shipping City": "杭州市", "Shipping Country": "CN", "Refunded Amount": "24.00",
    "Tags": "old, gift", "Shipping Method": "顺丰", "Payment Method": "Alipay",
}  # fmt: skip
SECOND_LINE = {"Name": "#1001", "Lineitem quantity": "1", "Lineitem name": 'Towel, "linen"'}
SECOND_LINE |= {"Lineitem price": "24.00"}


def test_orders_of_shopify_are_history(shop: None) -> None:
    item = factories.variant_of(factories.product(stock=5))
    item.sku = "TEA"
    item.save()
    movements = StockMovement.objects.count()
    content = table(SHOPIFY_ORDERS, ORDER, SECOND_LINE, {**ORDER, "Name": "#1002", "Financial Status": "wondrous"})
    upload = given(content)
    assert (upload.kind, upload.state, things(upload)) == ("orders", Upload.State.CHECKED, (1, 0, 0, 1))
    assert upload.report["refused"][0]["code"] == "unknown_state"
    run(upload)
    order = Order.objects.get()
    assert (order.number, order.total_minor, order.refunded_minor) == ("1001-SH", 21200, 2400)
    assert (order.payment_state, order.fulfilment_state, order.status) == (
        "partially_refunded",
        "fulfilled",
        "completed",
    )
    assert order.placed_at.isoformat() == "2026-05-01T02:00:00+00:00"
    assert order.prices_include_tax
    assert [(line.title, line.quantity, line.variant_id) for line in order.lines.all()] == [
        ("青瓷茶杯 - 青", 2, item.pk),
        ('Towel, "linen"', 1, None),
    ]
    assert StockMovement.objects.count() == movements
    assert not Mail.objects.exists()
    customer = Customer.objects.get(pk=order.customer_id)
    assert (customer.orders_count, customer.spent_minor, customer.refunded_minor) == (1, 21200, 2400)
    again = run(given(content))
    assert things(again) == (0, 0, 1, 1)
    assert Order.objects.count() == 1
    with pytest.raises(NotRevertible):
        revert_upload(upload_id=again.pk, actor=ACTOR)
    revert_upload(upload_id=upload.pk, actor=ACTOR)
    factories.drain()
    assert not Order.objects.exists()
    customer.refresh_from_db()
    assert customer.orders_count == 0


def test_orders_of_woocommerce_say_state_and_lines_in_their_own_way(shop: None) -> None:
    header = (
        "order_id,order_number,order_date,paid_date,status,shipping_total,tax_total,discount_total,order_total,"
        "order_subtotal,order_currency,payment_method_title,shipping_method,customer_email,billing_first_name,"
        "billing_address_1,billing_postcode,billing_city,billing_state,billing_country,customer_note,line_item_1,"
        "line_item_2"
    )
    row = {
        "order_id": "83", "order_number": "83", "order_date": "2026-03-04 05:06:07", "status": "completed",
        "shipping_total": "5.00", "order_total": "23.00", "order_currency": "USD", "order_subtotal": "18.00",
        "customer_email": "a@example.com", "billing_address_1": "1 Main", "billing_country": "US",
        "line_item_1": "name:Cup|product_id:12|sku:CUP|quantity:2|total:14.00|sub_total:14.00",
        "line_item_2": "name:Lid|product_id:13|sku:|quantity:1|total:4.00|sub_total:4.00",
    }  # fmt: skip
    upload = given(table(header, row))
    assert upload.kind == "orders", upload.report
    if upload.state == Upload.State.MAPPING:
        name_columns(upload_id=upload.pk, mapping=upload.mapping, actor=ACTOR)
        factories.drain()
    run(upload)
    order = Order.objects.get()
    assert (order.number, order.currency, order.total_minor) == ("83-WC", "USD", 2300)
    assert [(line.title, line.quantity, line.unit_price_minor, line.sku) for line in order.lines.all()] == [
        ("Cup", 2, 700, "CUP"),
        ("Lid", 1, 400, ""),
    ]
    assert order.market_code == "int"


def test_customers_of_woocommerce_are_taken_as_it_exports_them(shop: None) -> None:
    header = "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City,Region,Postal Code"
    row = {
        "Name": "Jane Doe", "Username": "jane", "Last Active": "2026-05-01", "Sign Up": "2024-01-02 03:04:05",
        "Email": "jane@example.com", "Orders": "3", "Total Spend": "99.00", "AOV": "33.00", "Country / Region": "US",
        "City": "Portland", "Region": "OR", "Postal Code": "97201",
    }  # fmt: skip
    upload = given(table(header, row))
    assert (upload.kind, upload.report["source"]) == ("customers", "woocommerce")
    assert things(run(upload)) == (1, 0, 0, 0), upload.report
    person = Customer.objects.get(email="jane@example.com")
    assert (person.name, person.created_at.year) == ("Jane Doe", 2024)
    assert things(run(given(table(header, row)))) == (0, 0, 1, 0)


def test_orders_of_prestashop_say_how_was_paid_where_others_say_whether(shop: None) -> None:
    header = (
        "reference,email,order_state,payment,currency_iso,total_paid_tax_incl,total_shipping_tax_incl,date_add,"
        "product_name,product_reference,product_quantity,unit_price_tax_incl"
    )
    row = {
        "reference": "XKBKNABJK", "email": "j@example.com", "order_state": "Delivered", "payment": "Payment by check",
        "currency_iso": "USD", "total_paid_tax_incl": "25.00", "total_shipping_tax_incl": "7.00",
        "date_add": "2026-03-04 05:06:07", "product_name": "Cup", "product_reference": "CUP", "product_quantity": "2",
        "unit_price_tax_incl": "7.000000",
    }  # fmt: skip
    second = {**row, "product_name": "Lid", "product_reference": "", "product_quantity": "1"}
    second["unit_price_tax_incl"] = "4.00"
    canceled = {**row, "reference": "OHSATSERP", "order_state": "Canceled", "payment": "Bank wire"}
    upload = given(table(header, row, second, canceled))
    assert (upload.kind, upload.report["source"]) == ("orders", "prestashop")
    assert things(run(upload)) == (2, 0, 0, 0), upload.report
    order = Order.objects.get(number="XKBKNABJK-PS")
    assert (order.currency, order.total_minor, order.payment_method_code) == ("USD", 2500, "Payment by check")
    assert (order.payment_state, order.fulfilment_state) == ("paid", "delivered")
    assert [(line.title, line.quantity, line.unit_price_minor) for line in order.lines.all()] == [
        ("Cup", 2, 700),
        ("Lid", 1, 400),
    ]
    assert Order.objects.get(number="OHSATSERP-PS").status == "cancelled"
    # Its list of orders says nothing of what was bought: that is told, and nothing is made of it.
    listed = given(
        b"Reference;Customer;Total;Payment;Status;Date\nA1;J;61.80;Check;Delivered;2026-03-04", kind="orders"
    )
    assert (listed.report["refused"][0]["code"], Order.objects.count()) == ("no_lines", 2)


def test_old_addresses_lead_on_and_back(shop: None) -> None:
    save_redirect(source="/pages/old", target="/pages/before")
    upload = run(
        given(
            table(
                "Redirect from,Redirect to",
                {"Redirect from": "https://old.example/product/茶杯/", "Redirect to": "/products/cup"},
                {"Redirect from": "/?p=12", "Redirect to": "/products/cup"},
                {"Redirect from": "/pages/old", "Redirect to": "/pages/after"},
                {"Redirect from": "javascript:alert(1)", "Redirect to": "/"},
                {"Redirect from": "/loop", "Redirect to": "/loop"},
                {"Redirect from": "/x", "Redirect to": "//evil.example"},
            )
        )
    )
    assert (upload.kind, things(upload)) == ("redirects", (2, 1, 0, 3))
    assert [line["row"] for line in upload.report["refused"]] == [5, 6, 7]
    found = redirect_for("/product/茶杯")
    assert found
    assert found.target == "/products/cup"
    assert redirect_for("/", "p=12")
    revert_upload(upload_id=upload.pk, actor=ACTOR)
    factories.drain()
    assert list(Redirect.objects.values_list("source", "target")) == [("/pages/old", "/pages/before")]


def test_columns_nobody_knows_are_named_once_and_remembered(shop: None) -> None:
    content = "顾客,联系邮箱,随便\n林晓,lin@example.com,x\n".encode("gb18030")
    upload = given(content, kind="customers")
    assert (upload.state, upload.columns) == (Upload.State.MAPPING, ["顾客", "联系邮箱", "随便"])
    mapping = {"name": "顾客", "email": "联系邮箱", "nonsense": "随便", "phone": "not there"}
    name_columns(upload_id=upload.pk, mapping=mapping, actor=ACTOR)
    factories.drain()
    upload.refresh_from_db()
    assert things(upload) == (1, 0, 0, 0)
    assert ColumnMapping.objects.get().mapping == {"name": "顾客", "email": "联系邮箱"}
    same = given("联系邮箱,随便,顾客\nbo@example.com,x,Bo\n".encode(), kind="customers")
    assert (same.state, things(same)) == (Upload.State.CHECKED, (1, 0, 0, 0))
    with pytest.raises(DuliError):
        name_columns(upload_id=given(b"a,b\n1,2\n", kind="redirects").pk, mapping={"source": "a"}, actor=ACTOR)


def test_a_product_table_nobody_wrote_for_us_is_imported_and_taken_back_as_one(shop: None) -> None:
    from duli.commerce.catalogue.models import Product

    rows = [["青瓷茶杯", 88.5, "青", "T1", 3], ["青瓷茶杯", 99, "白", "T2", 4], ["毛巾", "free", "", "T3", 1]]
    content = workbook([["商品名称", "售价", "规格", "货号", "库存"], *rows])
    upload = given(content, name="goods.xlsx")
    assert (upload.kind, upload.state) == ("products", Upload.State.CHECKED), upload.report["refused"]
    assert upload.report["products"]["created"] == 1
    assert upload.report["refused"][0]["row"] == 4
    run(upload)
    product = Product.objects.get()
    assert (product.title, product.variants.count()) == ("青瓷茶杯", 2)
    assert len(upload.change_sets) == 1
    revert_upload(upload_id=upload.pk, actor=ACTOR)
    factories.drain()
    upload.refresh_from_db()
    assert upload.report["reverted"]["taken"] == 1, upload.report
    assert not Product.objects.filter(status="active").exists()


def test_an_import_pauses_between_batches_goes_on_and_counts_as_one(shop: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("duli.commerce.exchange.services.records.BATCH", 2)
    rows = [{"Redirect from": f"/old-{number}", "Redirect to": "/"} for number in range(7)]
    upload = given(table("Redirect from,Redirect to", *rows, {"Redirect from": "x", "Redirect to": "/"}))
    start_upload(upload_id=upload.pk, actor=ACTOR)
    wish(upload_id=upload.pk, wanted="pause", actor=ACTOR)
    factories.drain()
    upload.refresh_from_db()
    assert (upload.state, upload.done, Redirect.objects.count()) == (Upload.State.PAUSED, 2, 2)
    run(upload)
    assert (upload.state, things(upload)) == (Upload.State.DONE, (7, 0, 0, 1))
    assert [line["row"] for line in upload.report["refused"]] == [9]
    assert Redirect.objects.count() == 7
    other = given(table("Redirect from,Redirect to", *({**row, "Redirect to": "/x"} for row in rows)))
    start_upload(upload_id=other.pk, actor=ACTOR)
    wish(upload_id=other.pk, wanted="cancel", actor=ACTOR)
    factories.drain()
    other.refresh_from_db()
    assert other.state == Upload.State.CANCELLED
    assert Redirect.objects.filter(target="/x").count() == 2
    revert_upload(upload_id=other.pk, actor=ACTOR)
    factories.drain()
    assert not Redirect.objects.filter(target="/x").exists()
    with pytest.raises(UploadOver):
        wish(upload_id=other.pk, wanted="pause", actor=ACTOR)


def test_a_value_that_cannot_be_is_told_of_by_the_title_of_its_column(shop: None) -> None:
    titles = "order_id,order_number,order_date,status,order_total,line_item_1"
    item = "name:Cup|quantity:many|total:9.00"
    rows = [
        {"order_number": "1", "order_date": "soon", "status": "completed", "order_total": "9", "line_item_1": item},
        {
            "order_number": "2",
            "order_date": "2026-08-01",
            "status": "completed",
            "order_total": "9",
            "line_item_1": item,
        },
    ]
    upload = given(table(titles, *rows), kind="orders")
    if upload.state == Upload.State.MAPPING:
        name_columns(upload_id=upload.pk, mapping=upload.mapping, actor=ACTOR)
        factories.drain()
        upload.refresh_from_db()
    soon, many = (line["reason"] for line in upload.report["refused"])
    assert soon.startswith("“order_date”")
    assert many.startswith("“Quantity”")


class PowerCut(BaseException):
    """The machine goes off: nothing is caught, nothing is tidied up."""


@contextmanager
def cut_off(monkeypatch: Any, target: str, after: int) -> Iterator[None]:
    """Let the call of `target` that comes after so many others be the last."""
    real, calls = import_string(target), []

    def wrapped(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) > after:
            raise PowerCut()
        return real(*arguments, **named)

    with monkeypatch.context() as patch, pytest.raises(PowerCut):
        patch.setattr(target, wrapped)
        yield


def test_an_import_that_is_cut_off_counts_and_is_taken_back_as_one(shop: None, monkeypatch: Any) -> None:
    from duli.commerce.catalogue.models import Product, RelatedProduct

    for room in ("exchange.services.importing", "revisions.services.undo"):
        monkeypatch.setattr(f"duli.commerce.{room}.BATCH", 2)
    rows = [
        {
            "Product handle": f"p{number}",
            "Title": f"P {number}",
            "Status": "active",
            "SKU": f"S{number}",
            "Price [CNY]": "5",
        }
        for number in range(7)
    ]
    rows[0]["Related products"] = "p6"
    upload = given(table("Product handle,Title,Status,SKU,Price [CNY],Related products", *rows))
    assert (upload.state, upload.report["products"]["created"]) == (Upload.State.CHECKED, 7), upload.report["refused"]
    start_upload(upload_id=upload.pk, actor=ACTOR)
    with cut_off(monkeypatch, "duli.commerce.exchange.services.importing.collect_assets", 2):
        work_on_upload(upload_id=upload.pk, dry_run=False)
    assert Product.objects.count() == 4
    factories.drain()
    upload.refresh_from_db()
    assert (upload.state, Product.objects.count()) == (Upload.State.DONE, 7)
    assert upload.report["products"] == {"created": 7, "updated": 0, "unchanged": 0, "refused": 0}
    # The first one was met again for the products it goes with, which were not there yet.
    assert RelatedProduct.objects.filter(product__handle="p0", related__handle="p6").exists()

    revert_upload(upload_id=upload.pk, actor=ACTOR)
    with cut_off(monkeypatch, "duli.commerce.revisions.services.undo._undo_batch", 3):
        work_on_revert(upload_id=upload.pk)
    factories.drain()
    upload.refresh_from_db()
    # The one that is in the change sets of both runs counts in each.
    assert upload.report["reverted"] == {"taken": 8, "kept": 0}
    assert not Product.objects.exists()


def test_an_import_of_products_that_was_paused_reports_as_one_and_leaves_what_staff_did_meanwhile(
    shop: None, monkeypatch: Any
) -> None:
    from duli.commerce.catalogue.models import Product
    from duli.commerce.catalogue.services import save_product
    from duli.commerce.catalogue.types import ProductDraft

    monkeypatch.setattr("duli.commerce.exchange.services.importing.BATCH", 2)
    price_of = {1: "much", 5: "much"}
    rows = [
        {
            "Product handle": f"p{number}",
            "Title": f"P {number}",
            "Status": "active",
            "SKU": f"S{number}",
            "Price [CNY]": price_of.get(number, "5"),
            "Title [fr]": "Tasse",
        }
        for number in range(7)
    ]
    nameless = {"Title": "Nobody"}
    titles = "Product handle,Title,Title [fr],Status,SKU,Price [CNY]"
    upload = given(table(titles, *rows, nameless))
    checked = dict(upload.report["products"])
    assert checked == {"created": 5, "updated": 0, "unchanged": 0, "refused": 3}
    start_upload(upload_id=upload.pk, actor=ACTOR)
    with monkeypatch.context() as patch:
        # Somebody pauses while the first two are being written.
        real = importing.collect_assets

        def paused(**given: Any) -> Any:
            Upload.objects.filter(pk=upload.pk).update(wish="pause")
            return real(**given)

        patch.setattr(importing, "collect_assets", paused)
        factories.drain()
    upload.refresh_from_db()
    assert (upload.state, upload.done, Product.objects.count()) == (Upload.State.PAUSED, 2, 1)
    first = Product.objects.get()
    save_product(draft=ProductDraft(title="Ours", status="active"), actor=ACTOR, product_id=first.pk)
    run(upload)
    assert (upload.state, upload.report["products"]) == (Upload.State.DONE, checked)
    assert [line["row"] for line in upload.report["refused"]] == [3, 7, 9]
    assert (upload.report["refused_total"], upload.report["rows"]) == (3, 8)
    assert [line["code"] for line in upload.report["notes"]] == ["language_not_spoken"]
    first.refresh_from_db()
    assert first.title == "Ours"


def _bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/worksheets/sheet1.xml", b"\0" * 30_000_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"%PDF-1.7 nothing", "file_not_text"),
        (b"Email,Name\n\xff\xfe\xff,x", "encoding_unknown"),
        (b"Email,Email\na@example.com,b", "column_twice"),
        (b'Email,Name\n"' + b"x" * 10_000_000, "cell_too_long"),
        (_bomb(), "workbook_too_large"),
        (b"PK\x03\x04broken", "file_not_text"),
    ],
)
def test_files_that_make_no_sense_change_nothing_and_say_why(shop: None, content: bytes, code: str) -> None:
    upload = given(content, kind="customers")
    assert (upload.state, [line["code"] for line in upload.report["refused"]]) == (Upload.State.FAILED, [code])
    assert not Customer.objects.exists()
    assert not list(uploads.folder().glob(upload.path))


def test_what_is_exported_imports_again_unchanged(shop: None) -> None:
    from duli.commerce.exchange.tables import CUSTOMER_TITLES, REDIRECT_TITLES, customer_rows, redirect_rows
    from duli.commerce.exchange.writing import csv_chunks, workbook

    run(given(table(SHOPIFY_CUSTOMERS, *CUSTOMER_ROWS)))
    odd = customers.save_customer(
        customer_id=None,
        draft=CustomerDraft(name='=Ann "A", 林', email="ann@example.com", tags=["-tag", "茶"]),
        actor=ACTOR,
    )
    customers.save_address(customer_id=odd.pk, address=factories.ADDRESS)
    save_redirect(source="/产品/茶", target="/products/tea")
    before = list(Customer.objects.order_by("pk").values())
    rows = list(customer_rows(Customer.objects.all(), 2))
    assert len(rows) == 3
    for content in (b"".join(csv_chunks(CUSTOMER_TITLES, rows)), workbook(CUSTOMER_TITLES, rows).read()):
        upload = given(content)
        assert (upload.kind, upload.state, things(upload)) == ("customers", Upload.State.CHECKED, (0, 0, 3, 0))
        run(upload)
        assert things(upload) == (0, 0, 3, 0)
    assert list(Customer.objects.order_by("pk").values()) == before
    found = list(redirect_rows(Redirect.objects.all()))
    for content in (b"".join(csv_chunks(REDIRECT_TITLES, found)), workbook(REDIRECT_TITLES, found).read()):
        again = run(given(content))
        assert (again.kind, things(again)) == ("redirects", (0, 0, 1, 0))
    Redirect.objects.all().delete()
    assert things(run(given(content))) == (1, 0, 0, 0)
    assert list(redirect_rows(Redirect.objects.all())) == found
    Customer.objects.filter(pk=odd.pk).delete()
    run(given(b"".join(csv_chunks(CUSTOMER_TITLES, rows))))
    back = Customer.objects.get(email="ann@example.com")
    assert back.name == '=Ann "A", 林'
    assert back.addresses.get().data == factories.ADDRESS.to_json()  # type: ignore[attr-defined]
