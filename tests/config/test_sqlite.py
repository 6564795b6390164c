"""The line of writers before SQLite, through Django's own transactions."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from config.sqlite.base import DatabaseWrapper
from config.sqlite.line import Line, Ticket

THREADS = 12
ALIAS = "line_test"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """A database of its own, so that the tests need no tables of the shop and run beside any main database."""
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
    }
    settings = connections.configure_settings(
        {"default": {}, ALIAS: {"ENGINE": "config.sqlite", "NAME": str(tmp_path / "line.sqlite3"), "OPTIONS": options}}
    )
    connections.settings[ALIAS] = settings[ALIAS]
    execute("CREATE TABLE counter (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)")
    execute("INSERT INTO counter VALUES (1, 0)")
    yield ALIAS
    connections[ALIAS].close()
    del connections[ALIAS]
    del connections.settings[ALIAS]


@pytest.fixture(autouse=True)
def _unblock(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def execute(sql: str) -> list[tuple[Any, ...]]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def count() -> int:
    return int(execute("SELECT n FROM counter WHERE id = 1")[0][0])


def read_and_add() -> None:
    """Add one in two statements, which is only right if nobody writes between them."""
    with transaction.atomic(using=ALIAS):
        before = count()
        execute(f"UPDATE counter SET n = {before + 1} WHERE id = 1")


def in_threads(work: Callable[[], None], threads: int = THREADS) -> list[BaseException]:
    """Run `work` in as many threads at once; return what they raised."""
    problems: list[BaseException] = []
    start = threading.Barrier(threads)

    def run() -> None:
        start.wait()
        try:
            work()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections[ALIAS].close()

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
    return problems


@pytest.mark.concurrency
def test_many_writers_lose_nothing_and_are_never_told_that_the_database_is_locked(database: str) -> None:
    def work() -> None:
        for _ in range(25):
            read_and_add()

    assert in_threads(work) == []
    assert count() == THREADS * 25


@pytest.mark.concurrency
def test_single_statements_outside_of_a_transaction_wait_in_line_too(database: str) -> None:
    def work() -> None:
        for turn in range(25):
            if turn % 2:
                read_and_add()
            else:
                execute("UPDATE counter SET n = n + 1 WHERE id = 1")

    assert in_threads(work) == []
    assert count() == THREADS * 25


def test_the_line_is_first_in_first_out() -> None:
    line = Line()
    first = Ticket(lambda: None)
    assert line.enter(first, 0)
    order: list[int] = []
    threads: list[threading.Thread] = []

    def wait(number: int) -> None:
        ticket = Ticket(lambda: None)
        assert line.enter(ticket, 10)
        order.append(number)
        line.leave(ticket)

    for number in range(THREADS):
        thread = threading.Thread(target=wait, args=(number,))
        thread.start()
        while len(line._waiting) <= number:
            assert thread.is_alive()
        threads.append(thread)
    line.leave(first)
    for thread in threads:
        thread.join(10)
    assert order == list(range(THREADS))


def test_an_exception_in_a_transaction_frees_the_place(database: str) -> None:
    with pytest.raises(ValueError, match="in the middle"), transaction.atomic(using=ALIAS):
        execute("UPDATE counter SET n = 7 WHERE id = 1")
        raise ValueError("in the middle")
    assert in_threads(read_and_add, 1) == []
    assert count() == 1


def test_a_savepoint_rolled_back_keeps_the_place_until_the_end(database: str) -> None:
    line = connections[ALIAS]._place
    with transaction.atomic(using=ALIAS):
        execute("UPDATE counter SET n = 1 WHERE id = 1")
        with pytest.raises(ValueError, match="inner"), transaction.atomic(using=ALIAS):
            execute("UPDATE counter SET n = 9 WHERE id = 1")
            raise ValueError("inner")
        assert line.ticket is not None
    assert line.ticket is None
    assert count() == 1


def test_closing_a_connection_in_a_transaction_frees_the_place(database: str) -> None:
    with pytest.raises(ValueError, match="lost"), transaction.atomic(using=ALIAS):
        execute("UPDATE counter SET n = 5 WHERE id = 1")
        connections[ALIAS].close()
        raise ValueError("lost")
    assert in_threads(read_and_add, 1) == []
    assert count() == 1


def test_a_thread_that_dies_in_a_transaction_is_rolled_back_and_frees_its_place(database: str) -> None:
    wrappers: list[Any] = []

    def die() -> None:
        transaction.atomic(using=ALIAS).__enter__()
        execute("UPDATE counter SET n = 100 WHERE id = 1")
        wrappers.append(connections[ALIAS])

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    # Somebody still refers to the connection, so only the death of its thread can give it away.
    assert wrappers[0]._place.ticket is not None
    assert in_threads(read_and_add, 3) == []
    assert count() == 3


def test_a_connection_that_is_collected_frees_its_place(database: str) -> None:
    def die() -> None:
        transaction.atomic(using=ALIAS).__enter__()
        execute("UPDATE counter SET n = 100 WHERE id = 1")

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    del thread
    gc.collect()
    read_and_add()
    assert count() == 1


def test_who_waits_longer_than_the_timeout_is_told_and_leaves_the_line(database: str) -> None:
    other = connections[ALIAS].copy()
    other.settings_dict["OPTIONS"]["timeout"] = 0.1
    assert isinstance(other, DatabaseWrapper)
    with transaction.atomic(using=ALIAS), other.cursor() as cursor, pytest.raises(OperationalError, match="locked"):
        cursor.execute("UPDATE counter SET n = 2 WHERE id = 1")
    with other.cursor() as cursor:
        cursor.execute("UPDATE counter SET n = 3 WHERE id = 1")
    other.close()
    assert count() == 3


def test_autocommit_switched_off_by_hand_holds_the_place_until_the_commit(database: str) -> None:
    place = connections[ALIAS]._place
    transaction.set_autocommit(False, using=ALIAS)
    execute("UPDATE counter SET n = 4 WHERE id = 1")
    assert place.ticket is not None
    transaction.commit(using=ALIAS)
    assert place.ticket is None
    transaction.set_autocommit(True, using=ALIAS)
    assert in_threads(read_and_add, 2) == []
    assert count() == 6
