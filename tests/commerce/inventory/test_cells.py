"""Many cells of the stock grid in one act: all or none, and the same few statements for one and for a hundred."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from duli.base.errors import InvalidInput
from duli.commerce.inventory.models import StockLevel, StockMovement
from duli.commerce.inventory.services import add_location, adjust_cells, reserve
from duli.commerce.inventory.types import BelowReserved, CellCount, StockConflict, StockRequest, UnknownVariants
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def units() -> dict[tuple[int, int], int]:
    return {(row.variant_id, row.location_id): row.on_hand for row in StockLevel.objects.all()}


def test_cells_of_several_places_are_counted_at_once() -> None:
    here, there = factories.location().pk, add_location(name="Depot", country="CN").pk
    variant = factories.variant_of(factories.product(stock=5)).pk
    cells = [CellCount(variant, here, 7, seen=5), CellCount(variant, there, 3)]
    assert adjust_cells(cells=cells, reason="corrected", actor="user:1") == 2
    assert units() == {(variant, here): 7, (variant, there): 3}
    rows = StockMovement.objects.order_by("-pk")[:2]
    assert {(row.reason, row.on_hand_change, row.actor) for row in rows} == {
        ("corrected", 2, "user:1"),
        ("initial", 3, "user:1"),
    }


@pytest.mark.parametrize(
    ("counted", "seen", "error"), [(1, 5, BelowReserved), (9, 4, StockConflict), (-1, 5, InvalidInput)]
)
def test_one_cell_that_cannot_be_keeps_all_from_being_saved(counted: int, seen: int, error: type[Exception]) -> None:
    place = factories.location().pk
    item = factories.product(stock=5, sizes=["S", "M"])
    first, second = (factories.variant_of(item, index).pk for index in range(2))
    reserve(requests=[StockRequest(second, 2)], reference="order:1", expires_at=None, actor="guest")
    before, rows = units(), StockMovement.objects.count()
    with pytest.raises(error):
        adjust_cells(
            cells=[CellCount(first, place, 9, seen=5), CellCount(second, place, counted, seen=seen)],
            reason="counted",
            actor="user:1",
        )
    assert (units(), StockMovement.objects.count()) == (before, rows)


def test_what_is_no_variant_or_no_reason_is_refused() -> None:
    place = factories.location().pk
    with pytest.raises(UnknownVariants):
        adjust_cells(cells=[CellCount(999_999, place, 1)], reason="counted", actor="user:1")
    variant = factories.variant_of(factories.product(stock=5)).pk
    with pytest.raises(InvalidInput):
        adjust_cells(cells=[CellCount(variant, place, 1)], reason="whim", actor="user:1")
    assert adjust_cells(cells=[], reason="counted", actor="user:1") == 0


def test_a_hundred_cells_cost_what_one_costs() -> None:
    place = factories.location().pk
    item = factories.product(stock=5, sizes=[str(number) for number in range(100)])
    ids = list(item.variants.values_list("pk", flat=True))

    def statements(chosen: list[int], counted: int, seen: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            cells = [CellCount(pk, place, counted, seen=seen) for pk in chosen]
            adjust_cells(cells=cells, reason="counted", actor="user:1")
        return len(captured)

    one = statements(ids[:1], 8, 5)
    assert statements(ids[1:], 8, 5) == one
    assert one <= 10
