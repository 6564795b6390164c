"""The stock list, transfers, count sheets, the ledger and the examination of the numbers, as pages."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from duli.commerce.catalogue import services as catalogue
from duli.commerce.inventory import services
from duli.commerce.inventory.models import (
    Location,
    Reservation,
    StockCount,
    StockLevel,
    StockMovement,
    StockTransfer,
)
from duli.commerce.inventory.selectors import integrity
from duli.commerce.inventory.types import StockRequest
from tests import factories
from tests.factories import ACTOR

pytestmark = pytest.mark.django_db


def url(name: str, *arguments: object, query: str = "") -> str:
    return reverse(f"backoffice:{name}", args=arguments) + query


def page(client: Client, name: str, *arguments: object, query: str = "") -> str:
    response = client.get(url(name, *arguments, query=query))
    assert response.status_code == 200
    return response.content.decode()


def level(stock: int = 10, title: str = "") -> StockLevel:
    return StockLevel.objects.get(variant=factories.variant_of(factories.product(title, stock=stock)))


def second() -> Location:
    return services.add_location(name="Shop B", country="CN")


def post(client: Client, screen: str, /, *arguments: object, **data: object) -> int:
    return client.post(url(screen, *arguments), data).status_code


HTMX = {"headers": {"HX-Request": "true"}}


def counts(*cells: tuple[StockLevel, str, str], reason: str = "counted") -> dict[str, str]:
    """Return the fields of (level, what was typed, what was seen)."""
    data = {"reason": reason}
    for place, counted, seen in cells:
        key = f"{place.variant_id}-{place.location_id}"
        data |= {f"counted-{key}": counted, f"seen-{key}": seen}
    return data


def test_a_number_typed_into_the_list_is_saved_with_the_chosen_reason(owner: Client) -> None:
    place = level(10)
    answer = owner.post(url("stock_set"), counts((place, "7", "10"), reason="damaged"), **HTMX)
    assert answer.status_code == 200
    assert f'id="free-{place.variant_id}-{place.location_id}" hx-swap-oob="true">7<' in answer.content.decode()
    newest = StockMovement.objects.latest("pk")
    assert (newest.reason, newest.on_hand_change) == ("damaged", -3)
    stale = owner.post(url("stock_set"), counts((place, "9", "10")), **HTMX)
    assert stale.status_code == 422
    assert 'value="9"' in stale.content.decode()
    for typed, reason in (
        ("many", "counted"),
        ("-1", "counted"),
        ("1" * 40, "counted"),
        ("9", "shipped"),
        ("٣", "counted"),
    ):
        assert owner.post(url("stock_set"), counts((place, typed, "7"), reason=reason), **HTMX).status_code == 422
    place.refresh_from_db()
    assert place.on_hand == 7


def test_many_numbers_are_one_request_and_the_wrong_ones_keep_none_of_the_others(owner: Client) -> None:
    good, stale, same = level(10), level(20), level(30)
    data = counts((good, "7", "10"), (stale, "5", "19"), (same, "30", "30"))
    answer = owner.post(url("stock_set"), data, **HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="count-{good.variant_id}-{good.location_id}" hx-swap-oob="true"' in text
    assert text.count('aria-invalid="true"') == 1
    assert f"count-{same.variant_id}-" not in text
    for row in (good, stale, same):
        row.refresh_from_db()
    assert [good.on_hand, stale.on_hand, same.on_hand] == [7, 20, 30]
    ahead = post(owner, "stock_set", **counts((stale, "6", "20")))
    assert ahead == 302
    stale.refresh_from_db()
    assert stale.on_hand == 6


def test_a_hundred_numbers_cost_the_statements_of_two(owner: Client) -> None:
    places = [level(10) for _ in range(12)]

    def cost(rows: list[StockLevel], counted: str, seen: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert (
                owner.post(url("stock_set"), counts(*((row, counted, seen) for row in rows)), **HTMX).status_code == 200
            )
        return len(queries)

    cost(places[:2], "11", "10")
    assert cost(places[:2], "12", "11") == cost(places[2:], "11", "10")


def test_numbers_of_a_place_that_is_not_there_are_refused(owner: Client) -> None:
    place = level(10)
    key = f"{place.variant_id}-999999"
    assert (
        owner.post(
            url("stock_set"), {"reason": "counted", f"counted-{key}": "3", f"seen-{key}": "0"}, **HTMX
        ).status_code
        == 404
    )
    assert not StockMovement.objects.filter(level__location_id=999999).exists()


def test_the_fields_of_the_list_stand_in_no_second_form(owner: Client) -> None:
    """A form within the list's form would end it, and the first row could neither be typed into nor ticked."""
    level(10)
    text = page(owner, "stock")
    table = text[text.index("<table") : text.index("</table>")]
    assert 'form="count-fields"' in table
    assert "<form" not in table


def test_the_list_finds_by_words_and_narrows(owner: Client) -> None:
    chairs = catalogue.save_category(name="Chairs", actor=ACTOR)
    oak = factories.product("Oak chair", stock=3, category_ids=[chairs.pk], brand="Kiln")
    factories.product("Bowl", stock=30)
    ahead = level(0, "Lamp")
    services.set_level_rules(
        variant_id=ahead.variant_id,
        location_id=ahead.location_id,
        threshold=None,
        backorder_limit=5,
        promise="In March",
    )
    services.reserve(requests=[StockRequest(ahead.variant_id, 2)], reference="order:1", expires_at=None)
    brand = oak.brand
    assert brand
    for query, found in (
        ("?q=oak", "Oak chair"),
        (f"?q={factories.variant_of(oak).sku}", "Oak chair"),
        (f"?category={chairs.pk}", "Oak chair"),
        (f"?brand={brand.pk}", "Oak chair"),
        ("?view=oversold", "Lamp"),
        ("?view=ahead", "Lamp"),
    ):
        text = page(owner, "stock", query=query)
        assert found in text
        assert "Bowl" not in text
    low = page(owner, "stock", query="?view=low&cover=60")
    assert "Oak chair" in low
    assert "Lamp" in low
    assert "Nothing is on its way" in page(owner, "stock", query="?view=incoming")


def test_the_list_costs_the_same_for_one_row_and_for_thirty(owner: Client) -> None:
    def cost() -> int:
        page(owner, "stock", query="?view=low")
        with CaptureQueriesContext(connection) as captured:
            page(owner, "stock", query="?view=low")
        return sum("store_change" not in query["sql"] for query in captured)

    factories.product(stock=1)
    one = cost()
    for _ in range(15):
        factories.product(stock=1, sizes=["S", "L"])
    assert cost() == one


def test_counts_are_pasted_all_or_none(owner: Client) -> None:
    first, other = level(10), level(10)
    lines = f"SKU\tCount\n{first.variant.sku.lower()}\t4\n{other.variant.sku}\t12\n"
    data = {"location": first.location_id, "reason": "counted", "lines": lines}
    assert post(owner, "stock_paste", **data) == 302
    assert sorted(StockLevel.objects.values_list("on_hand", flat=True)) == [4, 12]
    for wrong in (lines.replace("12", "twelve"), "NOSUCH\t4", f"{lines}{other.variant.sku}\t1\n", "", "x" * 2_000_000):
        assert post(owner, "stock_paste", **{**data, "lines": wrong}) == 422
    assert sorted(StockLevel.objects.values_list("on_hand", flat=True)) == [4, 12]


def test_goods_of_a_transfer_are_found_by_their_names_and_those_without_a_sku_are_kept(owner: Client) -> None:
    there = second()
    cup, vase = level(7, "Tea cup"), level(3, "Vase")
    vase.variant.sku = ""
    vase.variant.save()
    found = page(owner, "stock_transfer_goods", query=f"?goods_find=tea&source={cup.location_id}")
    assert f'data-pick="{cup.variant.sku}"' in found
    assert "7 in stock" in found
    assert "in stock" not in page(owner, "stock_transfer_goods", query="?goods_find=tea")
    assert f'data-pick="#{vase.variant_id}"' in page(owner, "stock_transfer_goods", query="?goods_find=vase")
    assert "Nothing fits" in page(owner, "stock_transfer_goods", query="?goods_find=spoon")
    chosen = page(owner, "stock_transfer_new", query=f"?id={vase.variant_id}&id={cup.variant_id}")
    assert f"#{vase.variant_id}\t1" in chosen
    data = {"source": cup.location_id, "target": there.pk, "lines": f"#{vase.variant_id}\t2\n{cup.variant.sku}\t4"}
    assert post(owner, "stock_transfer_new", **data) == 302
    transfer = StockTransfer.objects.get()
    assert dict(transfer.lines.values_list("variant_id", "quantity")) == {vase.variant_id: 2, cup.variant_id: 4}
    again = page(owner, "stock_transfer_edit", transfer.pk)
    assert f"#{vase.variant_id}\t2" in again
    assert '"title": "Vase"' in again
    assert post(owner, "stock_transfer_new", **{**data, "lines": "#999999\t2"}) == 422


def test_a_transfer_goes_its_way(owner: Client) -> None:
    here, there = level(10), second()
    data = {"source": here.location_id, "target": there.pk, "lines": f"{here.variant.sku}\t6"}
    assert here.variant.sku in page(owner, "stock_transfer_new", query=f"?id={here.variant_id}&id=zz")
    assert post(owner, "stock_transfer_new", **data) == 302
    transfer = StockTransfer.objects.get()
    assert post(owner, "stock_transfer_edit", transfer.pk, **{**data, "lines": f"{here.variant.sku} 5"}) == 302
    for wrong in ({"target": here.location_id}, {"lines": "NOSUCH\t1"}, {"lines": ""}, {"expected_on": "soon"}):
        assert post(owner, "stock_transfer_new", **{**data, **wrong}) == 422
    assert post(owner, "stock_transfer_send", transfer.pk) == 302
    assert post(owner, "stock_transfer_send", transfer.pk) == 409
    receive = {f"line-{here.variant_id}": "3", "ending": "lost", "note": "Broken crate"}
    assert post(owner, "stock_transfer_receive", transfer.pk, **{**receive, "ending": "eaten"}) == 422
    assert post(owner, "stock_transfer_receive", transfer.pk, **receive) == 302
    text = page(owner, "stock_transfer", transfer.pk)
    assert "Lost on the way" in text
    assert "Broken crate" in text
    here.refresh_from_db()
    assert (here.on_hand, StockLevel.objects.get(location=there).on_hand) == (5, 3)
    assert f"Transfer {transfer.pk}" in page(owner, "stock_ledger", query=f"?q=transfer:{transfer.pk}")


def test_a_delivery_begins_with_what_is_to_be_ordered(owner: Client) -> None:
    place = level(1)
    text = page(owner, "stock_transfer_new", query=f"?kind=delivery&id={place.variant_id}")
    assert f"{place.variant.sku}\t4" in text
    data = {"source": "", "supplier": "Kiln & Co", "target": place.location_id, "lines": f"{place.variant.sku}\t4"}
    assert post(owner, "stock_transfer_new", **data) == 302
    delivery = StockTransfer.objects.get()
    assert post(owner, "stock_transfer_send", delivery.pk) == 302
    assert "Kiln &amp; Co" in page(owner, "stock_transfers", query="?view=sent")
    assert post(owner, "stock_transfer_cancel", delivery.pk) == 302
    place.refresh_from_db()
    assert (place.on_hand, place.incoming) == (1, 0)


def test_a_count_sheet_from_making_to_applying(owner: Client) -> None:
    first, other = level(10, "Oak chair"), level(10)
    data = {"name": "Autumn", "location": first.location_id, "scope": "kept"}
    assert post(owner, "stock_count_new", **data) == 302
    assert post(owner, "stock_count_new", **{**data, "scope": "low"}) == 422
    assert post(owner, "stock_count_new", **{**data, "scope": "chosen"}) == 422
    sheet = StockCount.objects.get()
    write = {f"n-{first.variant_id}": "8", f"s-{first.variant_id}": "", f"n-{other.variant_id}": ""}
    assert post(owner, "stock_count_write", sheet.pk, **write) == 302
    assert "1 of 2 counted, 1 different" in page(owner, "stock_count", sheet.pk)
    assert "Oak chair" not in page(owner, "stock_count", sheet.pk, query="?view=open")
    answer = owner.post(url("stock_count_write", sheet.pk), {**write, f"n-{first.variant_id}": "5"})
    assert answer.status_code == 409
    assert 'value="5"' in answer.content.decode()
    assert post(owner, "stock_count_write", sheet.pk, **{f"n-{first.variant_id}": "a lot"}) == 422
    file = SimpleUploadedFile("counts.csv", f"{other.variant.sku},12\n".encode())
    assert post(owner, "stock_count_paste", sheet.pk, file=file) == 302
    assert post(owner, "stock_count_paste", sheet.pk, lines="NOSUCH\t1") == 422
    exported = b"".join(owner.get(url("stock_count_export", sheet.pk)).streaming_content).decode()  # type: ignore[attr-defined]
    assert f"{other.variant.sku}" in exported
    assert ",10,12,2" in exported
    assert "Oak chair" in page(owner, "stock_count_print", sheet.pk)
    assert post(owner, "stock_count_apply", sheet.pk) == 302
    assert post(owner, "stock_count_apply", sheet.pk) == 409
    assert sorted(StockLevel.objects.values_list("on_hand", flat=True)) == [8, 12]


def test_a_sheet_costs_the_same_for_one_line_and_for_thirty(owner: Client) -> None:
    def cost(ids: list[int]) -> int:
        place = Location.objects.get(code="main").pk
        sheet = services.open_count(location_id=place, variant_ids=ids, name="Sheet", actor=ACTOR)
        page(owner, "stock_count", sheet.pk)
        with CaptureQueriesContext(connection) as captured:
            page(owner, "stock_count", sheet.pk)
        return sum("store_change" not in query["sql"] for query in captured)

    ids = [level().variant_id for _ in range(30)]
    assert cost(ids[:1]) == cost(ids)


def test_the_ledger_is_narrowed_and_taken_away(owner: Client) -> None:
    first, other = level(10, "Oak chair"), level(10, "=Bowl()")
    services.adjust(
        variant_id=first.variant_id, location_id=first.location_id, change=-2, reason="damaged", actor="system"
    )
    text = page(owner, "stock_ledger", query="?reason=damaged")
    assert "−2" in text
    assert "Bowl" not in text
    assert "Oak chair" not in page(owner, "stock_ledger", query=f"?q={other.variant.sku}")
    assert "Oak chair" not in page(owner, "stock_ledger", query="?day_to=2001-01-01")
    assert "Bowl" not in page(owner, "stock_ledger", query="?actor=system")
    exported = b"".join(owner.get(url("stock_ledger_export")).streaming_content).decode()  # type: ignore[attr-defined]
    assert exported.count("\r\n") == StockMovement.objects.count() + 1
    assert "'=Bowl()" in exported


def test_numbers_that_disagree_are_shown_and_set_right(owner: Client) -> None:
    broken = level(10, "Oak chair")
    StockLevel.objects.filter(pk=broken.pk).update(on_hand=8)
    assert post(owner, "stock_integrity_check") == 302
    assert "Oak chair" in page(owner, "stock_integrity")
    drawer = page(owner, "stock_history", broken.variant_id, broken.location_id)
    assert "adds up to 10 on hand" in drawer
    assert post(owner, "stock_integrity_repair", broken.pk, trust="luck") == 422
    assert post(owner, "stock_integrity_repair", broken.pk, trust="count") == 302
    assert not integrity()
    assert "levels agree" in page(owner, "stock_integrity")
    assert owner.get(url("stock_integrity_repair", broken.pk)).status_code == 404


def test_a_hold_without_an_order_is_found_and_given_free(owner: Client) -> None:
    order = factories.order()
    lost = level(10)
    services.reserve(requests=[StockRequest(lost.variant_id, 2)], reference="order:999999", expires_at=None)
    text = page(owner, "stock_integrity")
    assert "order:999999" in text
    assert f"order/{order.pk}" not in text
    assert post(owner, "stock_orphan_release", reference=order.reference) == 404
    assert post(owner, "stock_orphan_release", reference="order:999999") == 302
    assert Reservation.objects.get(level=lost).state == "released"


def test_locations_are_added_ordered_and_closed(owner: Client) -> None:
    first = level(10).location
    assert post(owner, "settings_location_new", name="Shop B", country="cn", address="1 High Street") == 302
    assert post(owner, "settings_location_new", name="Shop B", country="China") == 422
    other = Location.objects.get(name="Shop B")
    assert post(owner, "settings_locations_order", move=f"{other.pk}:up") == 302
    assert list(Location.objects.values_list("pk", flat=True)) == [other.pk, first.pk]
    assert post(owner, "settings_locations_order", id=[first.pk, other.pk]) == 302
    assert list(Location.objects.values_list("pk", flat=True)) == [first.pk, other.pk]
    assert post(owner, "settings_location_active", first.pk) == 409
    assert post(owner, "settings_location_active", other.pk) == 302
    assert post(owner, "settings_location", other.pk, name="Shop C", country="CN") == 302
    other.refresh_from_db()
    assert (other.name, other.is_active) == ("Shop C", False)
