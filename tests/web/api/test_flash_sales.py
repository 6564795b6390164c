"""A flash sale through the storefront's API: the line, the turn, the order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from duli.base.clock import frozen, now
from duli.commerce.catalogue.models import Variant
from duli.commerce.flash_sales.models import Ticket
from duli.commerce.flash_sales.services.waiting import is_proof
from duli.platform.store.changes import look_now
from tests import factories
from tests.commerce.flash_sales.made import HOUR, item_of, sale
from tests.web.api.test_api import call

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def tea(stock: int = 10) -> Variant:
    found = factories.variant_of(factories.product("龙井茶", price=10000, stock=stock))
    factories.drain()
    return found


def solved(form: dict[str, Any]) -> dict[str, str]:
    proof = next(str(number) for number in range(10**6) if is_proof(form["challenge"], str(number)))
    return {"form": form["form"], "proof": proof}


def test_what_runs_and_comes_is_told_with_prices_and_what_is_left() -> None:
    variant, later = tea(), tea()
    row = sale(variant, units=4, limit=2)
    sale(later, begins=HOUR, name="Later", titles={"en": "Later on"})
    found = call("GET", "/flash-sales", language="en")[1]
    assert [(entry["title"], entry["is_running"]) for entry in found] == [("双十一秒杀", True), ("Later on", False)]
    item = found[0]["items"][0]
    assert (item["variant_id"], item["left"], item["limit"], item["price"]["currency"]) == (variant.pk, 4, 2, "USD")
    assert call("GET", "/flash-sales")[1][0]["items"][0]["price"]["text"] == "¥50.00"
    # Without a waiting room there is no line.
    assert call("GET", f"/flash-sales/{row.pk}/line")[0] == 404
    assert call("GET", "/flash-sales/99999/line")[0] == 404


def test_a_ticket_is_joined_for_waited_with_and_buys_once() -> None:
    variant = tea()
    row = sale(variant, units=4, waiting_room=True, batch_size=1, batch_seconds=60)
    line = f"/flash-sales/{row.pk}/line"
    forms = [call("GET", line)[1] for _ in range(2)]
    asked = now()
    assert call("POST", line, solved(forms[0]))[0] == 409
    with frozen(asked + timedelta(seconds=2)):
        assert call("POST", line, {"form": forms[1]["form"]})[0] == 409
        status, first = call("POST", line, solved(forms[0]))
        assert status == 201
        assert call("POST", line, solved(forms[0]))[1]["number"] == first["number"] == 1
        second = call("POST", line, solved(forms[1]))[1]
        assert (first["state"], second["state"], second["ahead"]) == ("admitted", "waiting", 0)
        assert Ticket.objects.count() == 2
        body = {"variant_id": variant.pk, "quantity": 1}
        status, told = call("POST", "/carts/lines", body)
        assert (status, told["code"]) == (409, "flash_not_your_turn")
        assert call("POST", "/carts/lines", {**body, "tickets": [second["ticket"], "x"]})[0] == 409
        status, cart = call("POST", "/carts/lines", {**body, "tickets": [first["ticket"]]})
        assert (status, cart["totals"]["subtotal"]["minor"]) == (201, 5000)
        details = {
            "email": "lin@example.com",
            "shipping_address": factories.ADDRESS.to_json(),
            "payment_method_code": "bank_transfer",
        }
        page = call("PUT", f"/carts/{cart['token']}/details", details)[1]
        shown = {"shown_total_minor": page["cart"]["totals"]["total"]["minor"]}
        assert call("POST", f"/carts/{cart['token']}/order", shown)[0] == 200
        assert call("POST", f"{line}/place", {"ticket": first["ticket"]})[1]["state"] == "used"
    look_now()
    assert item_of(row).left == 3
    with frozen(asked + timedelta(seconds=70)):
        place = call("POST", f"{line}/place", {"ticket": second["ticket"]})[1]
        assert (place["state"], place["number"]) == ("admitted", 2)


@pytest.mark.parametrize("ticket", ["", "x", "a:b:c", "\x00", "票" * 50])
def test_tickets_that_somebody_made_up_are_none(ticket: str) -> None:
    row = sale(tea(), waiting_room=True)
    assert call("POST", f"/flash-sales/{row.pk}/line/place", {"ticket": ticket})[0] in {400, 404, 422}


@pytest.mark.parametrize(
    "body", [{}, {"form": 5}, {"form": "x" * 9999}, {"form": "x", "proof": "9" * 99}, {"form": "x", "proof": "1"}]
)
def test_forms_that_somebody_made_up_bring_no_place(body: dict[str, Any]) -> None:
    row = sale(tea(), waiting_room=True)
    assert call("POST", f"/flash-sales/{row.pk}/line", body)[0] in {409, 422}
    assert not Ticket.objects.exists()


def test_a_list_of_strange_tickets_is_refused() -> None:
    variant = tea()
    for tickets in ([5], ["x" * 999], ["x"] * 99, "x"):
        assert call("POST", "/carts/lines", {"variant_id": variant.pk, "tickets": tickets})[0] == 422
