"""Many hands on one paper of the stock room: what came is booked once, and a sale during a count is not undone."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from importlib import import_module

import pytest

from duli.commerce.catalogue.models import Variant
from duli.commerce.inventory import locks, services
from duli.commerce.inventory.models import StockCount, StockLevel, StockMovement, StockTransfer
from duli.commerce.inventory.selectors import integrity
from duli.commerce.inventory.types import Counted
from duli.commerce.orders.services import fulfil
from duli.commerce.orders.types import FulfilLine
from tests import factories
from tests.concurrency.hands import HANDS, all_hands, at_once

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

counts = import_module("duli.commerce.inventory.services.counts")


def thing(stock: int = 20) -> Variant:
    factories.shop()
    return factories.variant_of(factories.product(stock=stock))


def on_its_way(item: Variant, units: int = 5) -> StockTransfer:
    """A transfer of some units to a second location, sent."""
    second = services.add_location(name="Second", country="CN")
    paper = services.save_transfer(
        source_id=factories.location().pk, target_id=second.pk, lines={item.pk: units}, actor="system"
    )
    return services.send_transfer(transfer_id=paper.pk, actor="system")


def receive(paper: StockTransfer, units: int) -> Callable[[int], object]:
    item = paper.lines.get().variant_id
    return lambda _number: services.receive_transfer(transfer_id=paper.pk, received={item: units}, actor="system")


def at_target(paper: StockTransfer) -> tuple[int, int]:
    level = StockLevel.objects.get(location_id=paper.target_id, variant_id=paper.lines.get().variant_id)
    return level.on_hand, level.incoming


def test_what_arrived_once_is_booked_once() -> None:
    paper = on_its_way(thing())
    assert all_hands(receive(paper, 5)) == {"done": 1, "stock_paper_state": HANDS - 1}
    assert at_target(paper) == (5, 0)
    assert not integrity()


def test_parcels_of_one_delivery_that_are_booked_together_all_count() -> None:
    paper = on_its_way(thing(), units=HANDS)
    assert all_hands(receive(paper, 1)) == {"done": HANDS}
    paper.refresh_from_db()
    assert (paper.state, paper.lines.get().received) == (StockTransfer.State.RECEIVED, HANDS)
    assert at_target(paper) == (HANDS, 0)
    assert not integrity()


def test_received_or_called_back_but_not_both() -> None:
    item = thing()
    paper = on_its_way(item)
    outcomes = at_once(
        lambda: receive(paper, 5)(0), lambda: services.cancel_transfer(transfer_id=paper.pk, actor="system")
    )
    assert outcomes == {"done": 1, "stock_paper_state": 1}
    assert sum(StockLevel.objects.filter(variant=item).values_list("on_hand", flat=True)) == 20
    assert not integrity()


def test_without_the_lock_what_arrived_once_is_booked_many_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin without the guard: every one decides by the paper as it was before anybody wrote."""
    paper = on_its_way(thing())
    stale = StockTransfer.objects.get(pk=paper.pk)
    monkeypatch.setattr(locks, "lock_transfer", lambda _pk: copy(stale))
    all_hands(receive(paper, 5))
    assert at_target(paper)[0] > 5


def sheet(item: Variant, found: int) -> StockCount:
    """A sheet on which somebody wrote what was found of one variant."""
    paper = services.open_count(
        location_id=factories.location().pk, variant_ids=[item.pk], name="Autumn", actor="system"
    )
    services.write_counts(count_id=paper.pk, counts=[Counted(item.pk, found)], actor="system")
    return paper


def on_hand(item: Variant) -> int:
    return StockLevel.objects.get(variant=item).on_hand


def test_a_sheet_that_many_apply_counts_once() -> None:
    item = thing()
    paper = sheet(item, 17)
    outcomes = all_hands(lambda _number: services.apply_count(count_id=paper.pk, actor="system"))
    assert outcomes == {"done": 1, "stock_paper_state": HANDS - 1}
    assert on_hand(item) == 17
    assert StockMovement.objects.filter(reason="counted").count() == 1


def test_without_the_lock_a_difference_is_applied_many_times(monkeypatch: pytest.MonkeyPatch) -> None:
    item = thing(stock=100)
    paper = sheet(item, 97)
    stale = StockCount.objects.get(pk=paper.pk)
    monkeypatch.setattr(locks, "lock_count", lambda _pk: copy(stale))
    all_hands(lambda _number: services.apply_count(count_id=paper.pk, actor="system"))
    assert on_hand(item) < 97


def leaving(item: Variant) -> list[Callable[[], object]]:
    """Acts that each send one unit of the variant to a buyer."""
    orders = [factories.order(item, paid=True) for _ in range(4)]
    return [
        lambda order=order: fulfil(  # type: ignore[misc]
            order_id=order.pk,
            lines=[FulfilLine(order.lines.get().pk, 1)],
            location_id=None,
            idempotency_key="p",
            actor="system",
        )
        for order in orders
    ]


def test_what_leaves_while_a_sheet_is_written_and_applied_stays_gone() -> None:
    item = thing()
    sales = leaving(item)
    paper = sheet(item, 17)
    outcomes = at_once(*sales, lambda: services.apply_count(count_id=paper.pk, actor="system"))
    assert outcomes == {"done": 5}
    assert on_hand(item) == 20 - 3 - 4
    assert not integrity()


def test_the_number_beside_a_count_is_that_of_its_moment() -> None:
    """Whatever was sold before or after the line was written: what is found is what is there then."""
    item = thing()
    sales = leaving(item)
    paper = services.open_count(
        location_id=factories.location().pk, variant_ids=[item.pk], name="Autumn", actor="system"
    )
    outcomes = at_once(
        *sales, lambda: services.write_counts(count_id=paper.pk, counts=[Counted(item.pk, 17)], actor="system")
    )
    assert outcomes == {"done": 5}
    line = paper.lines.get()
    gone_before = 20 - (line.on_hand_then or 0)
    assert 0 <= gone_before <= 4
    services.apply_count(count_id=paper.pk, actor="system")
    assert on_hand(item) == 17 - (4 - gone_before)
    assert not integrity()


def test_a_sheet_that_sets_the_number_instead_of_adding_the_difference_undoes_sales(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin without the guard: what was found is written over whatever is there."""
    item = thing()
    sales = leaving(item)
    paper = sheet(item, 17)

    def overwrite(levels: dict[int, StockLevel], _differences: object, **_values: object) -> None:
        for level in levels.values():
            StockLevel.objects.filter(pk=level.pk).update(on_hand=17)

    monkeypatch.setattr(counts, "change_on_hand", overwrite)
    for sale in sales:
        sale()
    services.apply_count(count_id=paper.pk, actor="system")
    assert on_hand(item) == 17
    assert integrity()
