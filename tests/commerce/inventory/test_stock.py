from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duli.base.clock import frozen, now
from duli.base.errors import InvalidInput
from duli.commerce.inventory import selectors, services
from duli.commerce.inventory.models import Reservation, StockLevel, StockMovement
from duli.commerce.inventory.types import BelowReserved, InsufficientStock, StockConflict, StockRequest
from duli.platform.events.models import Event
from tests import factories
from tests.factories import ACTOR

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    factories.shop()


def variant(stock: int | None = 10) -> int:
    return factories.variant_of(factories.product(stock=stock)).pk


def level(variant_id: int) -> StockLevel:
    return StockLevel.objects.get(variant_id=variant_id)


def reserve(variant_id: int, quantity: int, reference: str = "order:1", minutes: int | None = None) -> None:
    services.reserve(
        requests=[StockRequest(variant_id, quantity)],
        reference=reference,
        expires_at=now() + timedelta(minutes=minutes) if minutes else None,
    )


def test_holds_expire_by_themselves_and_only_then() -> None:
    pk = variant(5)
    reserve(pk, 3, minutes=10)
    assert services.release_expired() == 0
    with frozen(now() + timedelta(minutes=11)):
        assert services.release_expired() == 3
        assert services.release_expired() == 0
    assert level(pk).reserved == 0
    assert not selectors.integrity()


def test_an_allocated_unit_never_expires() -> None:
    pk = variant(5)
    reserve(pk, 3, minutes=10)
    assert services.allocate(reference="order:1") == 3
    with frozen(now() + timedelta(days=9)):
        assert services.release_expired() == 0
    assert level(pk).reserved == 3


def test_all_or_nothing() -> None:
    plenty, scarce = variant(9), variant(1)
    with pytest.raises(InsufficientStock), transaction.atomic():
        services.reserve(
            requests=[StockRequest(plenty, 2), StockRequest(scarce, 2)], reference="order:1", expires_at=None
        )
    assert (level(plenty).reserved, level(scarce).reserved) == (0, 0)
    assert not Reservation.objects.exists()


def test_several_locations_one_is_preferred_and_all_are_used_if_need_be() -> None:
    pk = variant(3)
    other = services.save_location(code="b", name="B", priority=5)
    services.adjust(variant_id=pk, location_id=other.pk, counted=4, reason="initial", actor=ACTOR)
    assert selectors.availability([pk])[pk].available == 7
    reserve(pk, 4, "order:1")
    assert dict(StockLevel.objects.filter(variant_id=pk).values_list("location__code", "reserved")) == {
        "main": 0,
        "b": 4,
    }
    reserve(pk, 3, "order:2")
    with pytest.raises(InsufficientStock):
        reserve(pk, 1, "order:3")


def test_back_orders_up_to_their_limit() -> None:
    pk = variant(1)
    StockLevel.objects.update(backorder_limit=2)
    reserve(pk, 3)
    with pytest.raises(InsufficientStock), transaction.atomic():
        reserve(pk, 1, "order:2")
    assert level(pk).available == -2


def test_goods_without_a_count_are_never_short() -> None:
    pk = variant(None)
    reserve(pk, 100_000)
    assert selectors.availability([pk])[pk].available is None


def test_the_database_itself_refuses_to_oversell() -> None:
    pk = variant(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockLevel.objects.filter(variant_id=pk).update(reserved=2)


def test_adjusting_needs_a_reason_and_the_number_that_was_seen() -> None:
    pk, place = variant(5), factories.location().pk
    for values in ({}, {"change": 1, "counted": 2}, {"change": -6}, {"counted": 10**9}):
        with pytest.raises(InvalidInput):
            services.adjust(variant_id=pk, location_id=place, reason="counted", actor=ACTOR, **values)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        services.adjust(variant_id=pk, location_id=place, reason="because", actor=ACTOR, change=1)
    with pytest.raises(StockConflict):
        services.adjust(variant_id=pk, location_id=place, reason="counted", actor=ACTOR, counted=9, seen_on_hand=4)
    reserve(pk, 4)
    with pytest.raises(BelowReserved):
        services.adjust(variant_id=pk, location_id=place, reason="lost", actor=ACTOR, change=-2)
    services.adjust(variant_id=pk, location_id=place, reason="damaged", actor=ACTOR, change=-1, note="fell")
    assert level(pk).on_hand == 4
    newest = selectors.history(variant_id=pk)[0]
    assert (newest.reason, newest.note, newest.actor, newest.on_hand_change) == ("damaged", "fell", ACTOR, -1)


def test_low_stock_is_told_once_per_fall() -> None:
    pk = variant(8)
    reserve(pk, 2, "order:1")
    assert not Event.objects.filter(name="inventory.low").exists()
    reserve(pk, 1, "order:2")
    reserve(pk, 1, "order:3")
    assert Event.objects.filter(name="inventory.low").count() == 1
    services.release(reference="order:2")
    services.release(reference="order:3")
    reserve(pk, 1, "order:4")
    assert Event.objects.filter(name="inventory.low").count() == 2


steps = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "release", "allocate", "ship", "adjust", "restock"]),
        st.integers(1, 4),
        st.integers(1, 5),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_happens_the_counts_follow_from_the_ledger(sequence: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        pk, place = variant(10), factories.location().pk
        for verb, order, quantity in sequence:
            reference = f"order:{order}"
            try:
                with transaction.atomic():
                    if verb == "reserve":
                        reserve(pk, quantity, reference)
                    elif verb == "release":
                        services.release(reference=reference)
                    elif verb == "allocate":
                        services.allocate(reference=reference)
                    elif verb == "ship":
                        services.ship(reference=reference, requests=[StockRequest(pk, quantity)])
                    elif verb == "adjust":
                        services.adjust(
                            variant_id=pk, location_id=place, reason="corrected", actor="", change=quantity - 3
                        )
                    else:
                        services.restock(
                            requests=[StockRequest(pk, quantity)],
                            location_id=place,
                            reference=reference,
                            reason="returned",
                        )
            except (InsufficientStock, BelowReserved, InvalidInput):
                pass
        assert not selectors.integrity()
        sums: dict[str, int] = defaultdict(int)
        for on_hand, reserved in StockMovement.objects.filter(level__variant_id=pk).values_list(
            "on_hand_change", "reserved_change"
        ):
            sums["on_hand"] += on_hand
            sums["reserved"] += reserved
        found = level(pk)
        assert (found.on_hand, found.reserved) == (sums["on_hand"], sums["reserved"])
        transaction.set_rollback(True)
