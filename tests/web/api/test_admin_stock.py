"""Transfers, count sheets, the ledger and low stock, as a warehouse's program works with them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.commerce.inventory.models import StockCount, StockLevel, StockTransfer
from duli.commerce.inventory.services import add_location
from duli.platform.accounts.models import User
from tests import factories
from tests.web.api.test_admin_api import Call, call, owner, token_for

__all__ = ["call", "owner"]
pytestmark = [pytest.mark.django_db, pytest.mark.one_database]
HUGE = "99999999999999999999"


def on_hand(variant_id: int, location_id: int) -> tuple[int, int]:
    level = StockLevel.objects.get(variant_id=variant_id, location_id=location_id)
    return level.on_hand, level.incoming


def test_a_transfer_is_drafted_sent_and_received_with_a_loss(call: Call, owner: User) -> None:
    item = factories.variant_of(factories.product(stock=10))
    here, there = factories.location().pk, add_location(name="Store", country="CN").pk
    body: dict[str, Any] = {
        "source_id": here, "target_id": there, "lines": [{"variant_id": item.pk, "quantity": 20}],
    }  # fmt: skip
    assert call("POST", "/stock/transfers", body)[1]["code"] == "idempotency_key_missing"
    status, draft = call("POST", "/stock/transfers", body, key="t")
    assert (status, draft["state"], draft["kind"]) == (201, "draft", "transfer")
    path = f"/stock/transfers/{draft['id']}"
    assert call("POST", f"{path}/send", key="s1")[1]["code"] == "not_enough_here"
    body["lines"][0]["quantity"] = 6
    assert call("PUT", path, body)[1]["lines"][0]["quantity"] == 6
    for _again in range(2):
        assert call("POST", f"{path}/send", key="s2")[1]["state"] == "sent"
    assert (on_hand(item.pk, here), on_hand(item.pk, there)) == ((4, 0), (0, 6))
    assert call("PUT", path, body)[1]["code"] == "stock_paper_state"
    arrived = {"received": [{"variant_id": item.pk, "quantity": 5}]}
    reader = token_for(owner, "inventory.view")
    assert call("POST", f"{path}/receive", arrived, key="r", token=reader)[0] == 403
    for _again in range(2):
        assert call("POST", f"{path}/receive", arrived, key="r1")[1]["state"] == "sent"
    assert call("POST", f"{path}/receive", {"missing": "not_sent"}, key="r2")[0] == 422
    told = call("POST", f"{path}/receive", {"missing": "lost"}, key="r3")[1]
    assert (told["state"], told["difference"], told["lines"][0]["received"]) == ("received", "lost", 5)
    assert (on_hand(item.pk, here), on_hand(item.pk, there)) == ((4, 0), (5, 0))
    assert call("POST", f"{path}/cancel", key="c")[0] == 409
    ledger = call("GET", f"/stock/ledger/{item.pk}", location_id=here, token=reader)[1]["movements"]
    assert [row["on_hand_change"] for row in ledger] == [-1, 1, -6, 10]
    assert {row["reference"] for row in ledger[:3]} == {f"transfer:{draft['id']}"}


def test_transfers_are_listed_and_wrong_ones_refused(call: Call) -> None:
    item = factories.variant_of(factories.product(stock=3))
    here = factories.location().pk
    line = {"variant_id": item.pk, "quantity": 1}
    for wrong in (
        {"source_id": here, "target_id": here, "lines": [line]},
        {"target_id": 9999, "lines": [line]},
        {"target_id": here, "lines": [{"variant_id": 9999, "quantity": 1}]},
        {"target_id": here, "lines": []},
        {"target_id": here, "lines": [{"variant_id": int(HUGE), "quantity": 1}]},
    ):
        assert call("POST", "/stock/transfers", wrong, key=str(wrong)[:80])[0] == 422, wrong
    assert not StockTransfer.objects.exists()
    ids = [
        call("POST", "/stock/transfers", {"target_id": here, "supplier": "A", "lines": [line]}, key=f"d{n}")[1]["id"]
        for n in range(3)
    ]
    assert call("POST", f"/stock/transfers/{ids[0]}/cancel", key="c")[1]["state"] == "cancelled"
    page = call("GET", "/stock/transfers", state="draft", limit=1)[1]
    rest = call("GET", "/stock/transfers", state="draft", limit=1, after=page["next"])[1]
    assert [row["id"] for row in page["transfers"] + rest["transfers"]] == [ids[2], ids[1]]
    assert rest["next"] == ""
    assert call("GET", "/stock/transfers", state="lost")[0] == 422
    for path in (f"/stock/transfers/{HUGE}", f"/stock/counts/{HUGE}", f"/stock/ledger/{HUGE}", "/stock/ledger/9999"):
        assert call("GET", path)[0] == 404, path
    assert call("POST", f"/stock/transfers/{HUGE}/send", key="h")[0] == 404


def test_a_sheet_is_counted_and_applied(call: Call, owner: User) -> None:
    first, second = (factories.variant_of(factories.product(stock=units)) for units in (10, 4))
    here = factories.location().pk
    assert call("POST", "/stock/counts", {"name": " ", "location_id": here}, key="x")[0] == 422
    status, sheet = call("POST", "/stock/counts", {"name": "May", "location_id": here}, key="a")
    assert (status, sheet["lines"], sheet["counted"]) == (201, 2, 0)
    path = f"/stock/counts/{sheet['id']}"
    assert call("POST", f"{path}/apply", key="b")[0] == 422
    found = [{"variant_id": first.pk, "counted": 8, "seen": None}]
    assert call("PUT", f"{path}/lines", {"lines": found})[1]["counted"] == 1
    assert call("PUT", f"{path}/lines", {"lines": [{**found[0], "counted": 7}]})[1]["code"] == "count_conflict"
    assert call("PUT", f"{path}/lines", {"lines": [{"variant_id": first.pk, "counted": 9}]})[0] == 200
    assert call("PUT", f"{path}/lines", {"lines": found * 2})[0] == 422
    assert call("PUT", f"{path}/lines", {"lines": [{"variant_id": 9999, "counted": 1}]})[0] == 422
    page = call("GET", f"{path}/lines", limit=1)[1]
    assert [(row["expected"], row["counted"], row["difference"]) for row in page["lines"]] == [(10, 9, -1)]
    assert call("GET", f"{path}/lines", after=page["next"])[1]["lines"][0]["variant_id"] == second.pk
    assert call("POST", f"{path}/apply", key="c", token=token_for(owner, "inventory.view"))[0] == 403
    for _again in range(2):
        assert call("POST", f"{path}/apply", key="d")[1]["state"] == "applied"
    assert (on_hand(first.pk, here)[0], on_hand(second.pk, here)[0]) == (9, 4)
    assert call("POST", f"{path}/cancel")[0] == 409
    body = {"name": "One", "location_id": here, "variant_ids": [second.pk]}
    other = call("POST", "/stock/counts", body, key="e")[1]
    assert call("POST", f"/stock/counts/{other['id']}/cancel")[1]["state"] == "cancelled"
    assert [(row["id"], row["lines"]) for row in call("GET", "/stock/counts")[1]["counts"]] == [
        (other["id"], 1), (sheet["id"], 2),
    ]  # fmt: skip
    assert StockCount.objects.filter(state="open").count() == 0


def test_what_runs_low_is_told_by_its_own_threshold(call: Call) -> None:
    few, many = (factories.variant_of(factories.product(stock=units)) for units in (50, 60))
    path = f"/stock/backorders/{few.pk}/{factories.location().pk}"
    assert call("PATCH", path, {"low_stock_threshold": 55})[0] == 200
    rows = call("GET", "/stock/low")[1]["stock"]
    assert [(row["variant_id"], row["available"], row["threshold"]) for row in rows] == [(few.pk, 50, 55)]
    assert many.pk not in {row["variant_id"] for row in rows}


def test_lists_cost_the_same_whatever_is_on_them(call: Call) -> None:
    place = factories.location().pk

    def paper(number: int) -> int:
        item = factories.variant_of(factories.product(stock=1))
        line = {"variant_id": item.pk, "quantity": 1}
        call("POST", "/stock/transfers", {"target_id": place, "lines": [line]}, key=f"t{number}")
        sheet = call("POST", "/stock/counts", {"name": "May", "location_id": place}, key=f"c{number}")[1]
        return int(sheet["id"])

    def costs(sheet: int) -> list[int]:
        found = []
        for path in ("/stock/transfers", "/stock/counts", f"/stock/counts/{sheet}/lines", "/stock/low"):
            with CaptureQueriesContext(connection) as queries:
                assert call("GET", path)[0] == 200
            found.append(len(queries))
        return found

    few = costs(paper(0))
    assert costs([paper(number) for number in range(1, 4)][-1]) == few


def test_a_sheet_holds_one_category_or_brand(call: Call) -> None:
    pottery = call("POST", "/categories", {"name": "Pottery"}, key="p")[1]
    cups = call("POST", "/categories", {"name": "Cups", "parent_id": pottery["id"]}, key="c")[1]
    yan = call("POST", "/brands", {"name": "Yan"}, key="b")[1]
    cup = factories.product(stock=3, brand="Yan", category_ids=[cups["id"]])
    tray = factories.product(stock=4)
    here = factories.location().pk

    def lines(key: str, **chosen: int) -> list[int]:
        body = {"name": key, "location_id": here, **chosen}
        sheet = call("POST", "/stock/counts", body, key=key)[1]
        return [row["variant_id"] for row in call("GET", f"/stock/counts/{sheet['id']}/lines")[1]["lines"]]

    only_cup = [factories.variant_of(cup).pk]
    assert lines("below", category_id=pottery["id"]) == only_cup
    assert lines("brand", brand_id=yan["id"]) == only_cup
    assert lines("all") == [*only_cup, factories.variant_of(tray).pk]
    body = {"name": "x", "location_id": here}
    assert call("POST", "/stock/counts", {**body, "category_id": int(HUGE[:18])}, key="h")[0] == 404
    both = {**body, "variant_ids": only_cup, "brand_id": yan["id"]}
    assert call("POST", "/stock/counts", both, key="both")[1]["fields"] == {"variant_ids": "invalid_input"}
