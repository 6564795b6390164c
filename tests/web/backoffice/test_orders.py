"""The verbs of an order, pressed on its page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from duli.commerce.inventory.models import Reservation, StockLevel
from duli.commerce.orders.models import Fulfilment, Order, OrderLine
from duli.commerce.payments.models import PaymentCollection
from duli.platform.events.models import Event
from tests import factories

pytestmark = pytest.mark.django_db


def url(name: str, order: Order, *more: int) -> str:
    return reverse(f"backoffice:{name}", args=[order.pk, *more])


def parcel_of(order: Order, key: str = "k1", **values: Any) -> dict[str, Any]:
    """Return the fulfil form with everything that is left."""
    lines = {f"line-{line.pk}": str(line.quantity - line.fulfilled_quantity) for line in order.lines.all()}
    return {"location": factories.location().pk, "carrier": "sf", "idempotency_key": key, **lines, **values}


def test_the_page_shows_the_likeliest_verb_as_its_solid_button(owner: Client) -> None:
    transfer, paid = factories.order(), factories.order(paid=True)
    on_delivery = factories.order(method="cash_on_delivery")
    for order, name in ((transfer, "order_mark_paid"), (paid, "order_fulfil"), (on_delivery, "order_confirm")):
        page = owner.get(url("order", order)).content.decode()
        solid = re.search(r'<a class="button solid" href="([^"]+)"', page)
        assert solid
        assert solid.group(1) == url(name, order)


def test_the_price_is_built_up_with_reasons(owner: Client) -> None:
    order = factories.order(paid=True)
    page = owner.get(url("order", order)).content.decode()
    assert "标准快递" in page
    assert "增值税 13%" in page
    assert "¥" in page


def test_paid_by_hand_once_however_often_it_is_pressed(owner: Client) -> None:
    order = factories.order()
    page = owner.get(url("order_mark_paid", order)).content.decode()
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert key
    for _ in range(3):
        assert (
            owner.post(url("order_mark_paid", order), {"idempotency_key": key.group(1), "note": "8842"}).status_code
            == 302
        )
    factories.drain()
    order.refresh_from_db()
    assert order.payment_state == "paid"
    collection = PaymentCollection.objects.get(pk=order.payment_collection_id)
    assert collection.captured_minor == order.total_minor
    assert collection.events.count() == 1
    assert "8842" in owner.get(url("order", order)).content.decode()


def test_two_parcels_with_their_own_numbers(owner: Client) -> None:
    order = factories.order(*[factories.variant_of(factories.product()) for _ in range(2)], quantity=3, paid=True)
    first, second = order.lines.all()
    part = parcel_of(order, tracking_number="SF100", **{f"line-{first.pk}": "2", f"line-{second.pk}": "0"})
    assert owner.post(url("order_fulfil", order), part).status_code == 302
    order.refresh_from_db()
    assert order.fulfilment_state == "partially_fulfilled"
    page = owner.get(url("order_fulfil", order)).content.decode()
    assert re.search(rf'name="line-{first.pk}" value="1"', page)
    assert owner.post(url("order_fulfil", order), parcel_of(order, "k2", tracking_number="SF200")).status_code == 302
    order.refresh_from_db()
    assert order.fulfilment_state == "fulfilled"
    assert list(order.fulfilments.values_list("tracking_number", flat=True)) == ["SF100", "SF200"]
    page = owner.get(url("order", order)).content.decode()
    assert "SF100" in page
    assert "SF200" in page


def test_a_parcel_pressed_twice_leaves_once(owner: Client) -> None:
    order = factories.order(paid=True)
    data = parcel_of(order)
    for _ in range(2):
        owner.post(url("order_fulfil", order), data)
    assert Fulfilment.objects.filter(order=order).count() == 1
    assert StockLevel.objects.get(variant=order.lines.get().variant_id).on_hand == 9


def test_an_unpaid_order_ships_only_when_somebody_says_so(owner: Client) -> None:
    order = factories.order()
    assert owner.post(url("order_fulfil", order), parcel_of(order)).status_code == 409
    assert not Fulfilment.objects.exists()
    assert owner.post(url("order_fulfil", order), parcel_of(order, allow_unpaid="on")).status_code == 302
    assert Fulfilment.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("line", "99", 409),
        ("line", "-1", 422),
        ("line", "1.5", 422),
        ("line", "9" * 30, 422),
        ("line", "0", 422),
        ("location", "999999", 422),
        ("location", "x", 422),
        ("carrier", "pigeon", 422),
        ("tracking_number", "x" * 81, 422),
        ("tracking_number", "a\x00b" * 60, 422),
        ("idempotency_key", "", 422),
        ("idempotency_key", "x" * 500, 422),
    ],
)
def test_a_broken_parcel_is_refused_and_nothing_leaves(owner: Client, field: str, value: str, status: int) -> None:
    order = factories.order(paid=True)
    name = f"line-{order.lines.get().pk}" if field == "line" else field
    answer = owner.post(url("order_fulfil", order), parcel_of(order) | {name: value})
    assert answer.status_code == status
    assert not Fulfilment.objects.exists()
    assert Reservation.objects.get(reference=order.reference).state == "allocated"


def test_tracking_and_delivery(owner: Client) -> None:
    order = factories.order(paid=True)
    owner.post(url("order_fulfil", order), parcel_of(order))
    parcel = Fulfilment.objects.get()
    owner.post(url("order_tracking", order, parcel.pk), {"carrier": "zto", "tracking_number": "ZT 9"})
    owner.post(url("order_delivered", order, parcel.pk))
    parcel.refresh_from_db(), order.refresh_from_db()
    assert (parcel.carrier, parcel.tracking_number, parcel.state) == ("zto", "ZT 9", "delivered")
    assert order.fulfilment_state == "delivered"


def test_cancelling_states_the_consequence_and_puts_stock_back(owner: Client) -> None:
    order = factories.order(paid=True)
    page = owner.get(url("order_cancel", order)).content.decode()
    assert "goes back to where it came from" in page
    assert owner.post(url("order_cancel", order), {"reason": "customer", "restock": "on"}).status_code == 302
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == ("cancelled", "customer")
    level = StockLevel.objects.get(variant=order.lines.get().variant_id)
    assert (level.on_hand, level.reserved) == (10, 0)
    assert url("order_cancel", order) not in owner.get(url("order", order)).content.decode()


def test_cancelling_without_restock_writes_the_goods_off(owner: Client) -> None:
    order = factories.order(paid=True)
    owner.post(url("order_cancel", order), {"reason": "other"})
    assert StockLevel.objects.get(variant=order.lines.get().variant_id).on_hand == 9


def test_what_was_shipped_is_not_cancelled(owner: Client) -> None:
    order = factories.order(paid=True)
    owner.post(url("order_fulfil", order), parcel_of(order))
    answer = owner.post(url("order_cancel", order), {"reason": "customer", "restock": "on"})
    assert answer.status_code == 409
    order.refresh_from_db()
    assert order.status != "cancelled"


@pytest.mark.parametrize("data", [{}, {"reason": "bored"}, {"reason": "x" * 10000}])
def test_a_cancellation_without_a_reason_changes_nothing(owner: Client, data: dict[str, str]) -> None:
    order = factories.order()
    assert owner.post(url("order_cancel", order), data).status_code == 422
    order.refresh_from_db()
    assert order.status == "open"


def test_a_comment_stands_in_the_timeline_with_its_author_as_text(owner: Client) -> None:
    order = factories.order()
    assert owner.post(url("order_comment", order), {"comment": "<b>ring</b> twice"}).status_code == 302
    page = owner.get(url("order", order)).content.decode()
    assert "&lt;b&gt;ring&lt;/b&gt; twice" in page
    assert "The owner" in page


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_an_empty_or_endless_comment_is_refused(owner: Client, text: str) -> None:
    order = factories.order()
    before = Event.objects.count()
    assert owner.post(url("order_comment", order), {"comment": text}).status_code == 422
    assert Event.objects.count() == before


def test_confirmed_for_payment_on_delivery(owner: Client) -> None:
    order = factories.order(method="cash_on_delivery")
    owner.post(url("order_confirm", order))
    order.refresh_from_db()
    assert order.confirmed_at
    assert order.expires_at is None
    assert owner.post(url("order_fulfil", order), parcel_of(order)).status_code == 302


def test_several_orders_ship_at_once_and_the_refused_are_named(owner: Client) -> None:
    good, unpaid, other = factories.order(paid=True), factories.order(), factories.order(paid=True)
    ids = [good.pk, unpaid.pk, other.pk]
    page = owner.get(reverse("backoffice:orders_fulfil"), {"id": ids}).content.decode()
    assert f"#{good.number}" in page
    data = {"id": ids, "location": factories.location().pk, "idempotency_key": "bulk"}
    answer = owner.post(reverse("backoffice:orders_fulfil"), data, follow=True).content.decode()
    assert Fulfilment.objects.count() == 2
    assert "2 orders shipped." in answer
    assert f"#{unpaid.number}: " in answer
    owner.post(reverse("backoffice:orders_fulfil"), data)
    assert Fulfilment.objects.count() == 2


def test_a_slip_lists_what_is_packed_and_whom_the_carrier_rings(owner: Client) -> None:
    order = factories.order(paid=True)
    line = order.lines.get()
    duty = {"title": "EU import duty", "sku": "", "requires_shipping": False, "subtotal_minor": 0, "total_minor": 0}
    OrderLine.objects.create(order=order, position=9, quantity=1, unit_price_minor=0, **duty)
    OrderLine.objects.filter(pk=line.pk).update(fulfilled_quantity=line.quantity)
    Order.objects.filter(pk=order.pk).update(
        phone="+8613900000000", shipping_address={**order.shipping_address, "phone": "+8613811112222"}
    )
    slip = owner.get(reverse("backoffice:orders_slips"), {"id": order.pk}).content.decode()
    assert line.title in slip
    assert "EU import duty" not in slip
    assert "+8613811112222" in slip


def test_slips_speak_the_shoppers_language(owner: Client) -> None:
    chinese, english = factories.order(paid=True), factories.order(market_code="int")
    ids = {"id": [chinese.pk, english.pk]}
    slips = owner.get(reverse("backoffice:orders_slips"), ids).content.decode()
    assert slips.count('<article class="sheet"') == 2
    assert 'lang="zh-Hans"' in slips
    assert "Packing slip" in slips
    assert f"#{english.number}" in slips
    assert "装箱单" in slips
    assert "¥" not in slips
    assert owner.get(reverse("backoffice:orders_slips"), {"id": ["x", "9" * 40]}).status_code == 404


def test_a_verb_in_a_dialog_answers_as_a_part_of_the_page(owner: Client) -> None:
    order = factories.order()
    headers = {"HX-Request": "true"}
    part = owner.get(url("order_cancel", order), headers=headers).content.decode()
    assert part.lstrip().startswith("<dialog")
    wrong = owner.post(url("order_cancel", order), {"reason": "?"}, headers=headers)
    assert wrong.status_code == 422
    assert wrong.content.decode().lstrip().startswith("<dialog")
    done = owner.post(url("order_cancel", order), {"reason": "other"}, headers=headers)
    assert done.status_code == 204
    assert done["HX-Redirect"] == url("order", order)


def test_a_typed_number_suggests_its_carrier_and_spares_what_was_chosen(owner: Client, viewer: Client) -> None:
    def answer(**values: str) -> str:
        return owner.get(reverse("backoffice:carrier_suggestion"), values).content.decode()

    page = answer(tracking_number="1z 5r8 939 0357567127")
    assert '<option value="ups" selected' in page
    assert 'name="suggested" value="ups"' in page
    assert '<option value="sf" selected' in answer(tracking_number="SF1234567890123", carrier="ups", suggested="ups")
    kept = answer(tracking_number="SF1234567890123", carrier="dhl", suggested="ups")
    assert '<option value="dhl" selected' in kept
    assert "SF Express" in kept.split("field-help")[1]
    for odd in ("", "\x00", "x" * 5000, "快递"):
        assert "selected" not in answer(tracking_number=odd, carrier="nobody").replace('value="" selected', "")
    assert viewer.get(reverse("backoffice:carrier_suggestion")).status_code == 403
