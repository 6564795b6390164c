"""Transfers, deliveries, count sheets and repairs: units are conserved, nothing is undone that happened meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.base.clock import now
from duli.base.errors import DuliError, InvalidInput
from duli.commerce.inventory import selectors, services
from duli.commerce.inventory.models import (
    Location,
    Reservation,
    StockCount,
    StockLevel,
    StockMovement,
    StockTransfer,
    StockTransferLine,
)
from duli.commerce.inventory.types import (
    BackordersTaken,
    CountBelowReserved,
    CountConflict,
    Counted,
    LastLocation,
    LocationInUse,
    NotEnoughHere,
    StockRequest,
    UnknownVariants,
    WrongState,
)
from duli.platform.events.models import Event
from tests import factories
from tests.factories import ACTOR

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> Iterator[None]:
    factories.shop()
    services.save_location(code="b", name="Shop B", priority=5)
    yield
    assert not selectors.integrity()


def variant(stock: int | None = 10) -> int:
    return factories.variant_of(factories.product(stock=stock)).pk


def place(code: str = "main") -> int:
    return Location.objects.get(code=code).pk


def level(pk: int, code: str = "main") -> StockLevel:
    return StockLevel.objects.get(variant_id=pk, location__code=code)


def draft(lines: dict[int, int], **values: object) -> int:
    given = {"source_id": place(), "target_id": place("b"), "actor": ACTOR, **values}
    return services.save_transfer(lines=lines, **given).pk  # type: ignore[arg-type]


def hold(pk: int, units: int, reference: str = "order:1") -> None:
    services.reserve(requests=[StockRequest(pk, units)], reference=reference, expires_at=now() + timedelta(hours=1))


def test_a_transfer_leaves_travels_and_arrives_in_parts() -> None:
    pk = variant(10)
    number = draft({pk: 6})
    assert level(pk).on_hand == 10
    services.send_transfer(transfer_id=number, actor=ACTOR)
    assert (level(pk).on_hand, level(pk, "b").on_hand, level(pk, "b").incoming) == (4, 0, 6)
    services.receive_transfer(transfer_id=number, received={pk: 4}, actor=ACTOR)
    assert (level(pk, "b").on_hand, level(pk, "b").incoming) == (4, 2)
    assert StockTransfer.objects.get().state == "sent"
    services.receive_transfer(transfer_id=number, received={pk: 2}, actor=ACTOR)
    assert (level(pk, "b").on_hand, level(pk, "b").incoming) == (6, 0)
    assert StockTransfer.objects.get().state == "received"
    rows = StockMovement.objects.filter(reference=f"transfer:{number}").order_by("pk")
    assert list(rows.values_list("reason", "on_hand_change", "actor")) == [
        ("moved_out", -6, ACTOR),
        ("moved_in", 4, ACTOR),
        ("moved_in", 2, ACTOR),
    ]


@pytest.mark.parametrize(("difference", "source"), [("lost", 4), ("returned", 6)])
def test_what_does_not_arrive_is_accounted_for(difference: str, source: int) -> None:
    pk = variant(10)
    number = draft({pk: 6})
    services.send_transfer(transfer_id=number, actor=ACTOR)
    with pytest.raises(InvalidInput), transaction.atomic():
        services.receive_transfer(transfer_id=number, received={pk: 4}, actor=ACTOR, close=True)
    services.receive_transfer(
        transfer_id=number, received={pk: 4}, actor=ACTOR, close=True, difference=difference, note="Crate broke"
    )
    assert (level(pk).on_hand, level(pk, "b").on_hand, level(pk, "b").incoming) == (source, 4, 0)
    lost = sum(StockMovement.objects.filter(reason="lost").values_list("on_hand_change", flat=True))
    assert lost == source - 6
    assert StockTransfer.objects.get().difference_note == "Crate broke"


def test_more_may_arrive_than_was_announced() -> None:
    pk = variant(0)
    number = draft({pk: 5}, source_id=None, supplier="Kiln & Co")
    services.send_transfer(transfer_id=number, actor=ACTOR)
    assert (level(pk, "b").incoming, level(pk).on_hand) == (5, 0)
    services.receive_transfer(transfer_id=number, received={pk: 7}, actor=ACTOR)
    assert (level(pk, "b").on_hand, level(pk, "b").incoming) == (7, 0)
    assert StockMovement.objects.latest("pk").reason == "received"


def test_what_is_held_for_orders_does_not_leave() -> None:
    pk, other = variant(10), variant(10)
    hold(pk, 7)
    number = draft({other: 10, pk: 4})
    with pytest.raises(NotEnoughHere) as error:
        services.send_transfer(transfer_id=number, actor=ACTOR)
    assert error.value.params["free"] == 3
    assert level(other).on_hand == 10
    assert StockTransfer.objects.get().state == "draft"


def test_a_transfer_is_called_back_but_only_once() -> None:
    pk = variant(10)
    number = draft({pk: 6})
    services.send_transfer(transfer_id=number, actor=ACTOR)
    services.receive_transfer(transfer_id=number, received={pk: 1}, actor=ACTOR)
    services.cancel_transfer(transfer_id=number, actor=ACTOR)
    assert (level(pk).on_hand, level(pk, "b").on_hand, level(pk, "b").incoming) == (9, 1, 0)
    for verb in (services.cancel_transfer, services.send_transfer):
        with pytest.raises(WrongState):
            verb(transfer_id=number, actor=ACTOR)
    with pytest.raises(WrongState):
        services.receive_transfer(transfer_id=number, received={pk: 1}, actor=ACTOR)


def test_a_draft_that_makes_no_sense_is_not_kept() -> None:
    pk, endless = variant(), variant(None)
    for values in ({"lines": {}}, {"lines": {pk: 0}}, {"lines": {pk: 1}, "target_id": place()}):
        with pytest.raises(InvalidInput):
            draft(**values)  # type: ignore[arg-type]
    for unknown in (endless, 10**15):
        with pytest.raises(UnknownVariants):
            draft({unknown: 1})
    assert not StockTransfer.objects.exists()


def sheet(*pks: int) -> int:
    return services.open_count(location_id=place(), variant_ids=pks, name="Autumn", actor=ACTOR).pk


def write(number: int, pk: int, counted: int | None, seen: int | None = None, **values: object) -> None:
    services.write_counts(count_id=number, counts=[Counted(pk, counted, seen)], actor=ACTOR, **values)  # type: ignore[arg-type]


def test_sales_while_counting_are_not_undone() -> None:
    pk = variant(10)
    number = sheet(pk)
    hold(pk, 2)
    services.ship(reference="order:1", requests=[StockRequest(pk, 2)])
    write(number, pk, 7)
    hold(pk, 3, "order:2")
    services.ship(reference="order:2", requests=[StockRequest(pk, 3)])
    line = StockCount.objects.get().lines.get()
    assert (line.expected, line.on_hand_then, line.counted, line.difference) == (10, 8, 7, -1)
    services.apply_count(count_id=number, actor=ACTOR)
    assert level(pk).on_hand == 4
    assert StockMovement.objects.latest("pk").reference == f"count:{number}"


def test_a_sheet_typed_in_later_is_compared_with_its_start() -> None:
    pk = variant(10)
    number = sheet(pk)
    hold(pk, 2)
    services.ship(reference="order:1", requests=[StockRequest(pk, 2)])
    write(number, pk, 10, as_of_start=True)
    services.apply_count(count_id=number, actor=ACTOR)
    assert level(pk).on_hand == 8


def test_two_people_count_on_one_sheet() -> None:
    first, second = variant(10), variant(10)
    number = sheet(first, second)
    write(number, first, 9)
    write(number, second, 8)
    with pytest.raises(CountConflict):
        write(number, first, 7)
    write(number, first, 9)
    write(number, first, 7, seen=9)
    assert sorted(StockCount.objects.get().lines.values_list("counted", flat=True)) == [7, 8]
    write(number, first, None, seen=7)
    services.apply_count(count_id=number, actor=ACTOR)
    assert (level(first).on_hand, level(second).on_hand) == (10, 8)
    with pytest.raises(WrongState):
        services.apply_count(count_id=number, actor=ACTOR)
    with pytest.raises(WrongState):
        write(number, first, 3)


def test_a_sheet_that_cannot_be_applied_is_applied_nowhere() -> None:
    fine, held = variant(10), variant(10)
    hold(held, 6)
    number = sheet(fine, held)
    write(number, fine, 3)
    write(number, held, 5)
    with pytest.raises(CountBelowReserved):
        services.apply_count(count_id=number, actor=ACTOR)
    assert (level(fine).on_hand, level(held).on_hand) == (10, 10)
    with pytest.raises(InvalidInput):
        write(number, 10**12, 5)


def test_many_numbers_are_set_together_or_not_at_all() -> None:
    pks = [variant(10) for _ in range(4)]
    assert services.adjust_many(location_id=place(), counts={pks[0]: 4, pks[1]: 10}, reason="counted", actor=ACTOR) == 1
    hold(pks[2], 5)
    with pytest.raises(CountBelowReserved):
        services.adjust_many(location_id=place(), counts={pks[3]: 1, pks[2]: 1}, reason="counted", actor=ACTOR)
    assert level(pks[3]).on_hand == 10
    with CaptureQueriesContext(connection) as few:
        services.adjust_many(location_id=place(), counts={pks[0]: 4}, reason="counted", actor=ACTOR)
    with CaptureQueriesContext(connection) as many:
        services.adjust_many(location_id=place(), counts=dict.fromkeys(pks, 10), reason="counted", actor=ACTOR)
    assert len(many) <= len(few) + 2


def test_low_stock_is_told_once_per_crossing() -> None:
    pk = variant(10)
    for units in (5, 4, 3, 9, 5):
        services.adjust_many(location_id=place(), counts={pk: units}, reason="counted", actor=ACTOR)
    number = draft({pk: 2})
    services.send_transfer(transfer_id=number, actor=ACTOR)
    assert Event.objects.filter(name="inventory.low").count() == 2


def test_a_backorder_limit_covers_what_is_sold_ahead() -> None:
    pk = variant(1)
    services.set_level_rules(
        variant_id=pk, location_id=place(), threshold=3, backorder_limit=5, promise="Ships in March"
    )
    hold(pk, 4)
    with pytest.raises(BackordersTaken) as error:
        services.set_level_rules(variant_id=pk, location_id=place(), threshold=None, backorder_limit=2)
    assert error.value.params["units"] == 3
    assert level(pk).backorder_promise == "Ships in March"


def test_a_location_closes_only_when_it_is_empty() -> None:
    pk = variant(10)
    with pytest.raises(LocationInUse):
        services.set_location_active(location_id=place(), active=False)
    number = draft({pk: 10})
    services.send_transfer(transfer_id=number, actor=ACTOR)
    with pytest.raises(LocationInUse):
        services.set_location_active(location_id=place("b"), active=False)
    services.set_location_active(location_id=place(), active=False)
    services.receive_transfer(transfer_id=number, received={pk: 10}, actor=ACTOR)
    services.adjust_many(location_id=place("b"), counts={pk: 0}, reason="lost", actor=ACTOR)
    with pytest.raises(LastLocation):
        services.set_location_active(location_id=place("b"), active=False)
    opened = services.add_location(name="Shop B", country="CN")
    services.order_locations(location_ids=[opened.pk, place("b")])
    assert [location.pk for location in selectors.locations()] == [opened.pk, place("b")]


@pytest.mark.parametrize(("trust", "on_hand"), [("count", 8), ("ledger", 10)])
def test_numbers_that_disagree_are_set_right_with_a_row(trust: str, on_hand: int) -> None:
    pk = variant(10)
    hold(pk, 3)
    StockLevel.objects.filter(variant_id=pk).update(on_hand=8, reserved=1, incoming=4)
    found = selectors.integrity()
    assert [(row.on_hand, row.on_hand_by_ledger, row.reserved, row.reserved_by_rows) for row in found] == [
        (8, 10, 1, 3)
    ]
    assert services.check_stock(actor=ACTOR).total == 1
    services.repair_level(level_id=found[0].level_id, trust=trust, actor=ACTOR)
    services.repair_incoming(level_id=found[0].level_id)
    assert (level(pk).on_hand, level(pk).reserved) == (on_hand, 3)
    assert StockMovement.objects.latest("pk").reason == "repaired"
    rows = StockMovement.objects.count()
    services.repair_level(level_id=found[0].level_id, trust=trust, actor=ACTOR)
    assert StockMovement.objects.count() == rows


def test_demand_follows_orders_by_the_day_of_the_store() -> None:
    order = factories.order(paid=True)
    pk = order.lines.get().variant_id
    day = order.placed_at.date()
    found = selectors.demand([pk], day + timedelta(days=1))[pk]
    assert (found.last_30, found.last_90) == (order.lines.get().quantity,) * 2
    assert selectors.demand([pk], day + timedelta(days=95)) == {}


steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "adjust",
                "many",
                "hold",
                "release",
                "ship",
                "draft",
                "send",
                "receive",
                "close",
                "cancel",
                "count",
                "apply",
            ]
        ),
        st.integers(0, 1),
        st.integers(0, 9),
    ),
    min_size=4,
    max_size=25,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps)
def test_any_sequence_of_verbs_keeps_every_number_derivable(sequence: list[tuple[str, int, int]]) -> None:
    """on_hand = sum of movements, reserved = open holds, incoming = open papers, and moving makes or loses no unit."""
    with transaction.atomic():
        pks = [variant(6), variant(6)]
        transfers: list[int] = []
        counts: list[int] = []
        for number, (step, which, units) in enumerate(sequence):
            pk = pks[which]
            before = everywhere()
            try:
                with transaction.atomic():
                    run(step, pk, units, number, transfers, counts)
                refused = False
            except DuliError:
                refused = True
            if refused or step in {"draft", "send", "receive", "cancel"}:
                assert everywhere() == before
            assert not selectors.integrity()
        Reservation.objects.all()
        transaction.set_rollback(True)


def everywhere() -> int:
    """Units on hand and on their way between two locations."""
    way = StockTransferLine.objects.filter(transfer__state="sent", transfer__kind="transfer")
    return sum(StockLevel.objects.values_list("on_hand", flat=True)) + sum(line.open for line in way)


def run(step: str, pk: int, units: int, number: int, transfers: list[int], counts: list[int]) -> None:
    transfer = transfers[units % len(transfers)] if transfers else 0
    count = counts[-1] if counts else 0
    if step == "adjust":
        services.adjust(variant_id=pk, location_id=place(), change=units - 4, reason="corrected", actor=ACTOR)
    elif step == "many":
        services.adjust_many(location_id=place("b"), counts={pk: units}, reason="counted", actor=ACTOR)
    elif step == "hold":
        hold(pk, units or 1, f"order:{number}")
    elif step == "release":
        services.release(reference=f"order:{units}")
    elif step == "ship":
        services.ship(reference=f"order:{number - 1}", requests=[StockRequest(pk, units)])
    elif step == "draft":
        transfers.append(draft({pk: units}))
    elif step == "send":
        services.send_transfer(transfer_id=transfer, actor=ACTOR)
    elif step in {"receive", "close"}:
        # No more than is open, so that what arrives is what had left.
        line = StockTransferLine.objects.filter(transfer_id=transfer).first()
        received = {line.variant_id: min(units, line.open)} if line else {}
        services.receive_transfer(
            transfer_id=transfer, received=received, actor=ACTOR, close=step == "close", difference="lost"
        )
    elif step == "cancel":
        services.cancel_transfer(transfer_id=transfer, actor=ACTOR)
    elif step == "count":
        counts.append(sheet(pk))
        write(counts[-1], pk, units)
    elif step == "apply":
        services.apply_count(count_id=count, actor=ACTOR)
