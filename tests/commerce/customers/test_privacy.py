"""A copy of one's data, and being forgotten everywhere."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.money import Money
from duli.commerce.checkout.models import CartLine
from duli.commerce.customers import selectors, services
from duli.commerce.customers.holders import scrubbed
from duli.commerce.customers.models import Channel, Customer, DataRequest
from duli.commerce.customers.services.privacy import folder, open_file
from duli.commerce.customers.types import (
    CustomerDraft,
    CustomerErased,
    NoProvedAddress,
    Proof,
    RequestExpired,
    StaffAccount,
)
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.services import comment, fulfil
from duli.commerce.orders.types import FulfilLine, OrdersUnderWay
from duli.commerce.payments.models import GiftCard
from duli.commerce.payments.services import issue_gift_card
from duli.commerce.taxes.models import VatCheck
from duli.platform.accounts.models import User
from duli.platform.accounts.services import sign_up
from duli.platform.mail.models import Mail
from duli.platform.store.changes import reset_caches
from duli.platform.store.models import Store
from tests import factories
from tests.factories import ADDRESS

ACTOR = factories.ACTOR
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def _rows() -> list[tuple[str, str]]:
    """Return every value of the whole database as text, with its table."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if "search_text" in table:
                # An index of a table that is read itself; SQLite keeps no text in it that could be scanned.
                continue
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    text = bytes(value).decode("utf-8", "replace") if isinstance(value, (bytes, memoryview)) else value
                    found.append((table, json.dumps(text, ensure_ascii=False, default=str).lower()))
    return found


def _shipped() -> Order:
    order = factories.order(paid=True)
    lines = [FulfilLine(line.pk, line.quantity) for line in order.lines.all()]
    fulfil(
        order_id=order.pk,
        lines=lines,
        location_id=factories.location().pk,
        idempotency_key="sent",
        actor=ACTOR,
        tracking_number="SF1234567890",
        carrier="sf",
    )
    return order


def _busy_customer() -> Order:
    """Somebody of whom every room knows something."""
    # Whoever minds the shop is told of each order, with name and address.
    Store.objects.update(email="desk@example.com")
    reset_caches()
    order = _shipped()
    customer_id = order.customer_id or 0
    services.save_customer(
        customer_id=customer_id, draft=CustomerDraft(name="林晓", phone="13800138000", tags=["林晓的朋友"]), actor=ACTOR
    )
    services.save_address(customer_id=customer_id, address=ADDRESS)
    services.add_note(customer_id=customer_id, text="林晓 called from 13800138000", actor=ACTOR)
    services.record_consent(
        customer_id=customer_id, channel=Channel.EMAIL, given=True, proof=Proof("checkout", network="203.0.113.7"),
        actor="guest",
    )  # fmt: skip
    comment(order_id=order.pk, text="Lin@Example.com asked for gift wrap, 林晓", actor=ACTOR)
    factories.cart(factories.variant_of(factories.product()))
    factories.ready_cart(factories.variant_of(factories.product()))
    for mail, name, sender in (("lin@example.com", "林晓", "Chen"), ("friend@example.com", "阿青", "林晓")):
        issue_gift_card(
            amount=Money(5000, "CNY"), language="zh-hans", actor=ACTOR, reference=order.reference,
            source_key=f"unit:{len(mail)}",
            recipient_email=mail, recipient_name=name, sender_name=sender, message=f"{name}, happy birthday",
        )  # fmt: skip
    OrderLine.objects.filter(order=order).update(gift={"recipient_name": "阿青", "sender_name": "林晓"})
    CartLine.objects.filter(cart__email="lin@example.com").update(gift={"sender_name": "Lin@example.com"})
    factories.drain()
    assert Mail.objects.filter(to="lin@example.com").exists()
    assert Mail.objects.filter(to="friend@example.com").exists()
    assert Mail.objects.filter(to="desk@example.com").exists()
    return order


def test_after_erasure_nothing_in_the_database_names_the_person(shop: None) -> None:
    order = _busy_customer()
    person = selectors.person_of(order.customer_id or 0)
    total = order.total_minor
    services.request_data(customer_id=order.customer_id or 0, kind="export", actor=ACTOR, language="zh-hans")
    factories.drain()
    assert list(folder().iterdir())
    # What a register said of the VAT id of a person who trades under their own name.
    Order.objects.filter(pk=order.pk).update(tax={**order.tax, "vat_id": "DE136695976"})
    VatCheck.objects.create(
        number="DE136695976", state="valid", name="林晓", address="龙井路 1 号", checked_at=order.placed_at
    )
    for wanted in ("lin@example.com", "林晓", "13800138000", "龙井路", "203.0.113"):
        assert any(wanted in text for _, text in _rows()), f"{wanted} was never written down, so this proves nothing"
    request = services.request_data(customer_id=order.customer_id or 0, kind="erase", actor=ACTOR, language="zh-hans")
    factories.drain()
    request.refresh_from_db()
    assert request.state == DataRequest.State.DONE
    left = [
        (table, text)
        for table, text in _rows()
        for wanted in (*person.strings, "龙井路", "203.0.113", "sf1234567890")
        if wanted.lower() in text
    ]
    assert left == []
    assert not list(folder().iterdir())
    order.refresh_from_db()
    assert (order.total_minor, order.shipping_address) == (total, {"country": "CN", "region": "浙江省"})
    assert order.lines.count() == 1
    assert list(GiftCard.objects.values_list("balance_minor", "message")) == [(5000, "")] * 2
    assert request.receipt["orders"] > 0
    assert request.customer_id is None
    with pytest.raises(CustomerErased):
        services.add_note(customer_id=order.customer_id or 0, text="again", actor=ACTOR)
    assert not selectors.matching("")
    # The same contact may come back, as somebody new.
    again = services.customer_for_guest(name="", email="lin@example.com", phone="", language="en")
    assert again.pk != order.customer_id


def test_nobody_is_forgotten_while_a_parcel_waits(shop: None) -> None:
    order = factories.order(paid=True)
    with pytest.raises(OrdersUnderWay):
        services.request_data(customer_id=order.customer_id or 0, kind="erase", actor=ACTOR, language="en")
    assert not DataRequest.objects.exists()


def test_an_order_that_comes_between_stops_the_deletion(shop: None) -> None:
    order = _shipped()
    request = services.request_data(customer_id=order.customer_id or 0, kind="erase", actor=ACTOR, language="en")
    factories.order()
    factories.drain()
    request.refresh_from_db()
    assert (request.state, request.receipt) == (DataRequest.State.REFUSED, {"obstacle": "orders_under_way"})
    assert Customer.objects.get(pk=order.customer_id).email == "lin@example.com"


def test_the_copy_holds_what_the_rooms_know(shop: None) -> None:
    order = _busy_customer()
    services.add_note(customer_id=order.customer_id or 0, text="=HYPERLINK(1)", actor=ACTOR)
    request = services.request_data(customer_id=order.customer_id or 0, kind="export", actor="guest", language="en")
    same = services.request_data(customer_id=order.customer_id or 0, kind="export", actor="guest", language="en")
    assert same.pk == request.pk
    factories.drain()
    with zipfile.ZipFile(open_file(request_id=request.pk)) as packed:
        data = json.loads(packed.read("data.json"))
        notes = list(csv.DictReader(io.StringIO(packed.read("notes.csv").decode("utf-8-sig"))))
        assert "orders.csv" in packed.namelist()
    assert data["orders"][0]["number"] == order.number
    assert data["addresses"][0]["line1"] == ADDRESS.line1
    assert data["messages"]
    assert {row["text"] for row in notes} >= {"'=HYPERLINK(1)"}
    assert Mail.objects.filter(template="data_ready", to="lin@example.com").count() == 1
    with pytest.raises(NotFound):
        open_file(request_id=request.pk, customer_id=(order.customer_id or 0) + 1)
    DataRequest.objects.update(expires_at=now() - timedelta(seconds=1))
    with pytest.raises(RequestExpired):
        open_file(request_id=request.pk)
    assert services.forget_files() == 1
    assert not list(folder().iterdir())


def test_an_account_is_deleted_only_after_the_proved_address_says_so(shop: None) -> None:
    user = sign_up(email="own@example.com", password="long enough words 7")
    own = services.customer_for_user(user_id=user.pk, name="Own", email="own@example.com", phone="", language="en")
    ask = lambda: services.request_data(  # noqa: E731
        customer_id=own.pk, kind="erase", actor=f"user:{user.pk}", language="en", must_confirm=True
    )
    with pytest.raises(NoProvedAddress):
        ask()
    user.emailaddress_set.update(verified=True)  # type: ignore[attr-defined]
    request = ask()
    factories.drain()
    assert User.objects.filter(pk=user.pk).exists()
    assert Mail.objects.filter(template="confirm_erasure", to="own@example.com").count() == 1
    with pytest.raises(NotFound):
        services.confirm_erasure(token="x" * 32)
    services.confirm_erasure(token=request.token)
    services.confirm_erasure(token=request.token)
    factories.drain()
    request.refresh_from_db()
    assert request.state == DataRequest.State.DONE, request.receipt
    assert not User.objects.filter(pk=user.pk).exists()
    assert not any("own@example.com" in text for _, text in _rows())


def test_a_link_that_has_run_out_deletes_nothing(shop: None) -> None:
    customer = services.save_customer(customer_id=None, draft=CustomerDraft(email="a@example.com"), actor=ACTOR)
    request = services.request_data(
        customer_id=customer.pk, kind="erase", actor="guest", language="en", must_confirm=True
    )
    DataRequest.objects.update(expires_at=now() - timedelta(seconds=1))
    with pytest.raises(RequestExpired):
        services.confirm_erasure(token=request.token)
    factories.drain()
    assert Customer.objects.get(pk=customer.pk).email == "a@example.com"


def test_staff_are_not_forgotten_as_shoppers(shop: None) -> None:
    user = User.objects.create_user(email="staff@example.com", is_staff=True, role="viewer")
    own = services.customer_for_user(user_id=user.pk, name="", email="staff@example.com", phone="", language="en")
    with pytest.raises(StaffAccount):
        services.request_data(customer_id=own.pk, kind="erase", actor=ACTOR, language="en")


def test_strings_are_taken_out_of_nested_values_in_any_case() -> None:
    value = {"a": ["LIN@x.com and lin@X.com", 3, None], "b": {"c": "林晓"}}
    assert scrubbed(value, ["lin@x.com", "林晓"]) == {"a": ["[…] and […]", 3, None], "b": {"c": "[…]"}}
