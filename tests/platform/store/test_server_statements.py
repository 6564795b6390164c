"""Statements that PostgreSQL has planned once: they outlive what may happen to a connection and to a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from duli.base.clock import now
from duli.platform.events.models import Event
from duli.platform.store import server_statements
from duli.platform.store.models import Market
from duli.platform.store.prepared import Prepared, PreparedUpdate, insert
from duli.platform.store.server_statements import USES_BEFORE

pytestmark = pytest.mark.django_db(transaction=True)

_named = Prepared(lambda name: Event.objects.filter(name=name).order_by("pk"))
_named_too = Prepared(lambda name: Event.objects.filter(name=name).order_by("pk"))
_numbered = Prepared(lambda ids: Market.objects.filter(position__in=ids).order_by("pk"))
_move = PreparedUpdate(lambda pk, places: (Market.objects.filter(pk=pk), {"position": models.F("position") + places}))


@pytest.fixture(autouse=True)
def _from_the_beginning(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(server_statements, "_is_off", False)
    connection.close()
    yield
    connection.close()


def declared() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'duli%'")
        return {name for (name,) in cursor.fetchall()}


def often(call: Callable[[], Any]) -> Any:
    for _ in range(USES_BEFORE):
        call()
    return call()


def event(name: str) -> Event:
    row = Event(name=name, data={"ü": [1, None]}, happened_at=now())
    insert(row)
    return row


def test_what_is_sent_often_is_declared_and_answers_the_same() -> None:
    rows = [event("a'%s $1") for _ in range(USES_BEFORE + 2)]
    assert len(declared()) == 1
    assert often(lambda: _named.rows("a'%s $1")) == rows
    assert _named.rows("b") == []
    assert len(declared()) == 2
    assert Event.objects.get(pk=rows[-1].pk).data == {"ü": [1, None]}
    connection.close()
    assert not declared()
    assert often(lambda: _named.rows("a'%s $1")) == rows


def test_a_number_that_no_column_holds_is_found_nowhere() -> None:
    market = Market.objects.create(code="cn", name="CN", currency="CNY", language="zh-hans", position=7)
    assert often(lambda: _numbered.rows([7, 2**40])) == [market]
    assert often(lambda: _move(market.pk, 1)) == 1
    market.refresh_from_db()
    assert market.position == 7 + USES_BEFORE + 1


def test_statements_outlive_a_change_of_their_table() -> None:
    row = event("a")
    assert often(lambda: _named.rows("a")) == [row]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE events_event ADD COLUMN spare integer")
        assert _named.rows("a") == [row]
        cursor.execute("ALTER TABLE events_event DROP COLUMN spare")
        cursor.execute("ALTER TABLE events_event ALTER COLUMN name TYPE text")
    try:
        # The answer has another type now, which PostgreSQL refuses for a statement that was declared before.
        assert _named.rows("a") == [row]
        assert often(lambda: _named.rows("a")) == [row]
        assert declared()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE events_event ALTER COLUMN name TYPE varchar(80)")
    with pytest.raises(DatabaseError), transaction.atomic():
        _named.rows("a")
    with transaction.atomic():
        assert _named.rows("a") == [row]


def test_a_rollback_takes_nothing_that_is_declared() -> None:
    row = event("a")
    with pytest.raises(RuntimeError), transaction.atomic():
        assert often(lambda: _named.rows("a")) == [row]
        raise RuntimeError
    before = declared()
    assert before
    assert _named.rows("a") == [row]
    assert declared() == before


def test_two_rooms_that_ask_in_the_same_words_share_a_declaration() -> None:
    row = event("a")
    with transaction.atomic():
        assert often(lambda: _named.rows("a")) == [row]
        before = declared()
        assert often(lambda: _named_too.rows("a")) == [row]
        assert declared() == before
    assert not server_statements._is_off


def test_behind_a_pooler_the_process_stops_declaring() -> None:
    row = event("a")
    assert often(lambda: _named.rows("a")) == [row]
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert _named.rows("a") == [row]
    assert often(lambda: _named.rows("a")) == [row]
    assert not declared()


def test_an_operator_can_turn_it_off(settings: Any) -> None:
    settings.DATABASE_PREPARE = False
    row = event("a")
    assert often(lambda: _named.rows("a")) == [row]
    assert not declared()
