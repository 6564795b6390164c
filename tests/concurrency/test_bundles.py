"""Buyers of a bundle and buyers of its component at the same moment, in two processes."""

from __future__ import annotations

from decimal import Decimal

import pytest

from duli.commerce.assortment.services import save_bundle
from duli.commerce.catalogue.types import Component
from duli.commerce.inventory.models import Reservation, StockLevel
from duli.commerce.inventory.selectors import integrity
from duli.commerce.orders.models import OrderLine
from tests import factories
from tests.concurrency.test_oversell import UNITS, rush

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def cup_and_box() -> tuple[int, int]:
    """A cup, and a box of two cups and a plate; as many cups as plates."""
    factories.shop()
    cup, plate = (factories.variant_of(factories.product(stock=UNITS)) for _ in range(2))
    box = factories.variant_of(factories.product(stock=None))
    save_bundle(
        variant_id=box.pk,
        components=[Component(plate.pk, 1), Component(cup.pk, 2)],
        price_mode="own",
        percent_off=Decimal(0),
        actor=factories.ACTOR,
    )
    return cup.pk, box.pk


def test_the_last_cup_is_sold_once_alone_or_in_a_box() -> None:
    cup, box = cup_and_box()
    outcomes = rush([cup, box], processes=2, buyers=80, one_each=True)
    alone = OrderLine.objects.filter(variant_id=cup).count()
    boxed = OrderLine.objects.filter(variant_id=box).count()
    assert outcomes == {"sold": alone + boxed, "insufficient_stock": 80 - alone - boxed}
    assert alone + 2 * boxed == UNITS
    level = StockLevel.objects.get(variant_id=cup)
    assert (level.on_hand, level.reserved) == (UNITS, UNITS)
    assert sum(Reservation.objects.filter(level__variant_id=cup).values_list("quantity", flat=True)) == UNITS
    assert not integrity()


def test_without_the_guard_the_same_rush_oversells() -> None:
    cup, box = cup_and_box()
    rush([cup, box], processes=2, buyers=60, unguarded=True, one_each=True)
    boxed = OrderLine.objects.filter(variant_id=box).count()
    assert OrderLine.objects.filter(variant_id=cup).count() + 2 * boxed > UNITS
    assert integrity()
