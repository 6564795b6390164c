"""Both lines keep the same promise: numbers follow each other, a batch is let in once, lower numbers never later."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from duli.base.clock import now
from duli.commerce.flash_sales.lines import line
from duli.commerce.flash_sales.lines.base import Line
from duli.commerce.flash_sales.lines.database import DatabaseLine
from duli.commerce.flash_sales.lines.shared import SharedLine
from duli.commerce.flash_sales.models import FlashSale
from tests import factories
from tests.commerce.flash_sales.made import sale

pytestmark = pytest.mark.django_db
MEMORY = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "lines"}
REDIS = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": os.environ.get("DULI_TEST_REDIS_URL", ""),
}


@pytest.fixture(params=["database", "memory", *(["redis"] if REDIS["LOCATION"] else [])])
def keeper(request: pytest.FixtureRequest, settings: Any) -> Iterator[Line]:
    factories.shop()
    if request.param == "database":
        yield DatabaseLine()
        return
    settings.CACHES = {"default": REDIS if request.param == "redis" else MEMORY}
    cache.clear()
    yield SharedLine()
    cache.clear()


@pytest.fixture
def row(keeper: Line) -> FlashSale:
    return sale(factories.variant_of(factories.product()), waiting_room=True, batch_size=2, batch_seconds=10)


def fresh(row: FlashSale) -> FlashSale:
    return FlashSale.objects.get(pk=row.pk)


def test_numbers_follow_each_other_and_a_form_is_one_place(keeper: Line, row: FlashSale) -> None:
    assert [keeper.join(row.pk, name) for name in ("a", "b", "a", "c", "b")] == [1, 2, 1, 3, 2]
    stands = keeper.standing(fresh(row))
    assert (stands.tickets, stands.admitted) == (3, 0)


def test_a_batch_is_let_in_once_and_the_next_after_the_pause(keeper: Line, row: FlashSale) -> None:
    for name in "abc":
        keeper.join(row.pk, name)
    instant = now()
    seen = fresh(row)
    # Two who looked at the same moment both try: one of them lets the batch in.
    assert [keeper.let_in(seen, instant), keeper.let_in(seen, instant)] == [True, False]
    assert keeper.standing(fresh(row)).admitted == 2
    assert not keeper.let_in(fresh(row), instant + timedelta(seconds=9))
    cache.delete(f"flash-line:{row.pk}:pause")
    later = instant + timedelta(seconds=10)
    assert keeper.let_in(fresh(row), later)
    assert [keeper.admitted_at(row.pk, number) for number in (1, 2, 3)] == [instant, instant, later]
    assert keeper.admitted_at(row.pk, 4) is None
    assert not keeper.let_in(fresh(row), later + timedelta(hours=1))


def test_redis_keeps_the_line_where_it_is_set_up(settings: Any) -> None:
    assert isinstance(line(), DatabaseLine)
    settings.CACHES = {"default": {**REDIS, "LOCATION": "redis://127.0.0.1:1/0"}}
    assert isinstance(line(), SharedLine)
