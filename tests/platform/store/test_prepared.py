from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from duli.base.clock import now
from duli.platform.events.models import Event, Receipt
from duli.platform.redirects.models import Redirect
from duli.platform.store.models import Change, Market
from duli.platform.store.prepared import (
    LONGEST_LIST,
    Prepared,
    PreparedCount,
    PreparedCounts,
    PreparedUpdate,
    insert,
    update,
)

pytestmark = pytest.mark.django_db

_named = Prepared(lambda name: Event.objects.filter(name=name).order_by("pk"))
_between = Prepared(
    lambda ids, since: (
        Event.objects.filter(pk__in=ids, happened_at__gte=since).order_by("-pk").values_list("pk", "name")
    )
)
_receipts = Prepared(lambda name: Receipt.objects.filter(event__name=name).select_related("event"))
_locked = Prepared(lambda pk: Event.objects.select_for_update().filter(pk=pk))
_move = PreparedUpdate(lambda pk, places: (Market.objects.filter(pk=pk), {"position": F("position") + places}))


_first_three = PreparedCount(lambda name: Event.objects.filter(name=name).order_by()[:3])
_none = PreparedCount(lambda: Event.objects.none())
_two = PreparedCounts(lambda: (Event.objects.filter(name="a").order_by()[:3], Event.objects.order_by()[:5]))


def event(name: str = "a", **values: Any) -> Event:
    row = Event(name=name, data={"lines": [1, {"ü": None}]}, happened_at=now(), **values)
    insert(row)
    return row


def test_rows_are_what_the_queryset_returns() -> None:
    first, second = event(reference="order:1"), event()
    event("b")
    assert _named.rows("a") == [first, second]
    read = _named.first("a")
    for field in Event._meta.concrete_fields:
        assert getattr(read, field.attname) == getattr(Event.objects.get(pk=first.pk), field.attname)
    assert not read._state.adding
    assert _named.first("c") is None
    assert _named.first("a' OR 1=1 -- %s ?") is None


def test_lists_and_moments_are_bound_whatever_their_number() -> None:
    rows = [event(str(number)) for number in range(LONGEST_LIST + 2)]
    ids = [row.pk for row in rows]
    for count in (1, 3, 2, 0, LONGEST_LIST + 2, 3):
        found = _between.rows(ids[:count], now() - timedelta(minutes=1))
        assert found == [(row.pk, row.name) for row in reversed(rows[:count])]
    assert _between.rows(ids[:2], now() + timedelta(minutes=1)) == []


_as_often = Prepared(lambda hits: Redirect.objects.filter(hits=hits).values_list("source"))
_at_most = Prepared(lambda hits: Redirect.objects.filter(hits__lte=hits).order_by("hits").values_list("source"))


def test_conditions_on_a_column_of_small_numbers_stay_in_the_statement() -> None:
    """Of a number that such a column cannot hold Django knows the answer: PostgreSQL would be asked something else."""
    for hits in (3, 7):
        Redirect.objects.create(source=f"/{hits}", target="/", hits=hits, created_at=now())
    assert _as_often.rows(3) == [("/3",)]
    assert _at_most.rows(5) == [("/3",)]
    assert _at_most.rows(2**40) == [("/3",), ("/7",)]


def test_joined_rows_come_along() -> None:
    receipt = Receipt(event=event(), subscriber="x")
    insert(receipt)
    with CaptureQueriesContext(connection) as queries:
        assert [(row.pk, row.event.data) for row in _receipts.rows("a")] == [(receipt.pk, {"lines": [1, {"ü": None}]})]
    assert len(queries) == 1


def test_what_does_not_stand_in_the_statement_as_it_was_given_is_refused() -> None:
    escaped = Prepared(lambda text: Event.objects.filter(name__icontains=text))
    chosen = Prepared(lambda number: Event.objects.filter(name="a" if number else "b"))
    for prepared, value in ((escaped, "50%"), (chosen, 7)):
        with pytest.raises(TypeError):
            prepared.rows(value)


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_inside_a_transaction_only() -> None:
    row = event()
    with transaction.atomic():
        assert _locked.first(row.pk) == row
    with pytest.raises(transaction.TransactionManagementError):
        _locked.first(row.pk)


def test_an_update_says_how_many_rows_it_changed() -> None:
    market = Market.objects.create(code="cn", name="CN", currency="CNY", language="zh-hans", position=1)
    assert _move(market.pk, 3) == 1
    assert _move(market.pk, -2) == 1
    assert _move(market.pk + 1, 3) == 0
    market.refresh_from_db()
    assert market.position == 2


def test_a_row_that_is_there_already_is_not_inserted_again() -> None:
    row = event()
    assert insert(Receipt(event=row, subscriber="x"), unless_there=True)
    again = Receipt(event=row, subscriber="x")
    assert not insert(again, unless_there=True)
    assert again.pk is None
    assert Receipt.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_statements_outlive_their_connection() -> None:
    row = event()
    assert _named.first("a") == row
    connection.close()
    assert _named.first("a") == row
    with pytest.raises(RuntimeError), transaction.atomic():
        insert(Change(topic="x", happened_at=now()))
        raise RuntimeError
    assert not Change.objects.exists()


def test_rows_are_counted_up_to_where_nobody_counts_on() -> None:
    assert (_first_three("a"), _none()) == (0, 0)
    for _ in range(5):
        event()
    event("b")
    assert (_first_three("a"), _first_three("b")) == (3, 1)
    with CaptureQueriesContext(connection) as queries:
        _first_three("a")
        assert _two() == (3, 5)
    assert len(queries) == 2


def test_columns_of_a_row_are_written_and_others_left_alone() -> None:
    market = Market.objects.create(code="cn", name="CN", currency="CNY", language="zh-hans", position=1)
    Market.objects.filter(pk=market.pk).update(position=9)
    market.name, market.countries = "中国", ["CN", "ü"]
    assert update(market, "name", "countries")
    market.refresh_from_db()
    assert (market.name, market.countries, market.position) == ("中国", ["CN", "ü"], 9)
    row = event(reference="order:1")
    row.reference = ""
    row.data = {"a": None}
    assert update(row, "reference", "data")
    row.refresh_from_db()
    assert (row.reference, row.data) == ("", {"a": None})


def test_a_row_is_written_only_while_it_is_what_was_read() -> None:
    job = DBTaskResult.objects.create(args_kwargs={}, task_path="x", run_after=now(), queue_name="default")
    first = now()
    job.status, job.started_at, job.worker_ids = "RUNNING", first, ["a"]
    assert update(job, "status", "started_at", "worker_ids", status="READY", started_at=None)
    assert not update(job, "status", "started_at", "worker_ids", status="READY", started_at=None)
    job.started_at = None
    assert not update(job, "started_at", started_at=first - timedelta(seconds=1))
    assert update(job, "started_at", started_at=first)
    job.refresh_from_db()
    assert (job.status, job.started_at, job.worker_ids) == ("RUNNING", None, ["a"])
