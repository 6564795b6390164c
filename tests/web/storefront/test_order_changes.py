"""What buyers do with an order afterwards: cancel, move, send back, withdraw; without an account or a script."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from duli.base.clock import frozen, now
from duli.commerce.orders.models import Order, OrderReturn, ReturnPhoto
from duli.commerce.orders.services import fulfil, mark_delivered, refund, save_policy
from duli.commerce.orders.types import FulfilLine, RefundLine
from duli.platform.mail.models import Mail
from tests import factories
from tests.commerce.orders.test_tracking import sent, told
from tests.factories import drain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def withdrawal_for_all() -> None:
    save_policy(
        return_days=30, withdrawal_days=14, withdrawal_everywhere=True, may_cancel=True, may_change_address=True,
        instructions="",
    )  # fmt: skip


def delivered(quantity: int = 2) -> Order:
    order = factories.order(factories.variant_of(factories.product(price=5000)), quantity=quantity, paid=True)
    parcel = fulfil(
        order_id=order.pk,
        lines=[FulfilLine(order.lines.get().pk, quantity)],
        location_id=None,
        idempotency_key=f"p{order.pk}",
        actor="system",
    )
    mark_delivered(fulfilment_id=parcel.pk, actor="system")
    return Order.objects.get(pk=order.pk)


def picture() -> SimpleUploadedFile:
    target = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(target, "PNG")
    return SimpleUploadedFile("damage.png", target.getvalue(), content_type="image/png")


def test_cancelling_says_what_happens_and_then_does_it(client: Client) -> None:
    order = factories.order(paid=True)
    assert f"/orders/{order.token}/cancel" in unescape(client.get(f"/orders/{order.token}").content.decode())
    assert client.get(f"/orders/{order.token}/cancel").status_code == 200
    assert client.post(f"/orders/{order.token}/cancel").status_code == 303
    assert Order.objects.get(pk=order.pk).status == "cancelled"
    assert client.post(f"/orders/{order.token}/cancel").status_code == 409


def test_the_address_is_corrected_but_not_the_country(client: Client) -> None:
    order = factories.order()
    values = {**factories.ADDRESS.to_json(), "line1": "龙井路 9 号", "country": "US", "save": "1"}
    assert client.post(f"/orders/{order.token}/address", values).status_code == 303
    address = Order.objects.get(pk=order.pk).shipping_address
    assert (address["line1"], address["country"]) == ("龙井路 9 号", "CN")
    assert client.post(f"/orders/{order.token}/address", {**values, "line1": ""}).status_code == 422


def test_a_return_with_pictures(client: Client) -> None:
    order = delivered()
    line = order.lines.get()
    url = f"/orders/{order.token}/return"
    page = client.get(url).content.decode()
    assert "multipart/form-data" in page
    values = {f"units-{line.pk}": "1", f"reason-{line.pk}": "damaged", "note": "裂了", "key": "k"}
    assert client.post(url, {**values, f"reason-{line.pk}": ""}).status_code == 422
    bad = SimpleUploadedFile("x.png", b"<svg onload=alert(1)>", content_type="image/png")
    assert client.post(url, {**values, "photos": bad}).status_code in {415, 422}
    assert not OrderReturn.objects.exists()
    for _ in range(2):
        assert client.post(url, {**values, "photos": picture()}).status_code == 303
    row = OrderReturn.objects.get()
    assert ReturnPhoto.objects.get().mime == "image/png"
    assert row.number in client.get(f"/orders/{order.token}").content.decode()
    assert client.post(url, {**values, f"units-{line.pk}": "99", "key": "k2"}).status_code == 409


def guest_form(client: Client, order: Order) -> str:
    answer = client.post("/withdraw", {"number": order.number, "email": "LIN@example.com"})
    assert answer.status_code == 303
    return str(answer["Location"])


def test_a_guest_withdraws_in_two_steps_and_gets_a_receipt(client: Client) -> None:
    withdrawal_for_all()
    order = delivered()
    line = order.lines.get()
    url = guest_form(client, order)
    page = client.get(url).content.decode()
    assert order.token not in unescape(page)
    assert "龙井路" not in page
    values = {f"units-{line.pk}": "1", "name": "林晓", "email": "receipt@example.com", "key": "k"}
    assert client.post(url, {**values, "name": ""}).status_code == 422
    assert client.post(url, {**values, f"units-{line.pk}": "0"}).status_code == 422
    step = client.post(url, values).content.decode()
    assert 'name="confirm"' in step
    assert not OrderReturn.objects.exists()
    moment = now() + timedelta(days=1)
    with frozen(moment):
        for _ in range(2):
            assert client.post(url, {**values, "confirm": "1"}).status_code == 200
    row = OrderReturn.objects.get()
    assert (row.kind, row.requested_at, row.receipt_to) == ("withdrawal", moment, "receipt@example.com")
    assert row.lines.get().reason == ""
    drain()
    mail = Mail.objects.get(template="withdrawal_received")
    assert mail.to == "receipt@example.com"
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", mail.text)


def test_strangers_learn_nothing(client: Client) -> None:
    order = delivered()
    wrong = client.post("/withdraw", {"number": order.number, "email": "other@example.com"})
    unknown = client.post("/withdraw", {"number": "X999999", "email": "lin@example.com"})
    assert wrong.status_code == unknown.status_code == 422
    plain = [re.sub(r'value="[^"]*"', "", answer.content.decode()) for answer in (wrong, unknown)]
    assert plain[0] == plain[1]
    assert client.get("/withdraw/forged").status_code == 303


def test_the_period_ends_after_its_last_day(client: Client) -> None:
    withdrawal_for_all()
    order = delivered()
    line = order.lines.get()
    url = f"/orders/{order.token}/withdraw"
    values = {f"units-{line.pk}": "1", "name": "Lin", "email": "a@example.com", "key": "k", "confirm": "1"}
    with frozen(now() + timedelta(days=16)):
        assert client.post(url, values).status_code == 409
    assert not OrderReturn.objects.exists()
    with frozen(now() + timedelta(days=14)):
        assert client.post(url, values).status_code == 200
    assert OrderReturn.objects.count() == 1


def test_the_footer_leads_to_the_withdrawal(client: Client) -> None:
    assert "/withdraw" in unescape(client.get("/").content.decode())


def _head(client: Client, order: Order) -> str:
    html = client.get(f"/orders/{order.token}").content.decode()
    return html.split('class="order-head')[1].split("</header>")[0]


def test_a_parcel_in_trouble_is_not_called_on_its_way(client: Client) -> None:
    parcel = sent()
    assert "包裹在路上" in _head(client, told(parcel, "in_transit").order)
    head = _head(client, told(parcel, "delivery_failed", hours=5).order)
    assert "包裹配送遇到问题" in head
    assert head.startswith(" attention")
    assert "包裹在路上" in _head(client, told(parcel, "out_for_delivery", hours=9).order)
    assert "包裹配送遇到问题" in _head(client, told(parcel, "returned", hours=30).order)


def test_nobody_promises_to_prepare_what_was_given_back(client: Client) -> None:
    order = factories.order(paid=True)
    assert "我们会尽快备货" in _head(client, order)
    lines = [RefundLine(line.pk, line.quantity, restock=True) for line in order.lines.all()]
    refund(order_id=order.pk, lines=lines, idempotency_key="all", actor=factories.ACTOR)
    drain()
    order.refresh_from_db()
    assert order.payment_state == "partially_refunded"
    head = _head(client, order)
    assert "已退款" in head
    assert "备货" not in head
