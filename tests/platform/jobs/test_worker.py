from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from duli.base.clock import frozen, now
from duli.platform.jobs import worker
from duli.platform.jobs.models import WorkerBeat
from duli.platform.jobs.registry import job

pytestmark = pytest.mark.django_db(transaction=True)

ran: list[int] = []
failures: list[Exception] = []
finishing: list[threading.Event] = []


@job("tests.note", attempts=3)
def note(*, number: int) -> None:
    if failures:
        raise failures.pop()
    ran.append(number)
    if len(ran) == 4 and finishing:
        finishing.pop().set()


@job("tests.hourly", schedule="0 * * * *")
def hourly() -> None:
    ran.append(-1)


@job("tests.bulk", bulk=True)
def bulk(*, count: int) -> None:
    ran.append(0)
    for number in range(1, count + 1):
        note.enqueue(number=number)


@pytest.fixture(autouse=True)
def _clean() -> None:
    ran.clear()
    failures.clear()
    finishing.clear()


def row() -> DBTaskResult:
    return DBTaskResult.objects.get()


def row_of(number: int) -> DBTaskResult:
    return next(
        row for row in DBTaskResult.objects.all() if row.args_kwargs["kwargs"]["arguments"] == {"number": number}
    )


def test_a_job_runs_after_the_commit_and_not_without_it() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        note.enqueue(number=1)
        raise RuntimeError
    assert worker.drain() == 0
    note.enqueue(number=2)
    assert worker.drain() == 1
    assert ran == [2]


def test_bulk_and_all_that_comes_of_it_is_done_beside_the_other_jobs() -> None:
    bulk.enqueue(count=3)
    assert not worker.run_one("one", bulk=False)
    assert worker.run_one("two", bulk=True)
    note.enqueue(number=9)
    # What the bulk job made waits behind, however long it has been there already.
    assert worker.run_one("one", bulk=False)
    assert not worker.run_one("one", bulk=False)
    assert ran == [0, 9]
    while worker.run_one("two", bulk=True):
        pass
    assert ran == [0, 9, 1, 2, 3]
    note.enqueue(number=10)
    assert row_of(10).priority == 0


def test_a_running_worker_does_both() -> None:
    done, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,), daemon=True)
    bulk.enqueue(count=2)
    note.enqueue(number=7)
    finishing.append(done)
    thread.start()
    assert done.wait(30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert sorted(ran) == [0, 1, 2, 7]


def test_a_failed_job_is_tried_again_later_and_in_the_end_given_up() -> None:
    failures.extend(ValueError(str(number)) for number in range(3))
    note.enqueue(number=1)
    instant = now()
    for attempt in range(1, 4):
        assert worker.drain() == 1
        assert len(row().worker_ids) == attempt
        assert worker.drain() == 0
        instant += timedelta(hours=2)
        if attempt < 3:
            assert row().status == TaskResultStatus.READY
            DBTaskResult.objects.update(run_after=now())
    assert row().status == TaskResultStatus.FAILED
    assert "ValueError" in row().traceback
    assert not ran


def test_a_job_for_later_waits() -> None:
    note.enqueue(number=1, run_after=now() + timedelta(minutes=5))
    assert worker.drain() == 0
    with frozen(now() + timedelta(minutes=6)):
        assert worker.drain() == 1


def test_what_a_dead_worker_held_is_done_by_another() -> None:
    note.enqueue(number=1)
    host = worker.new_worker_id().split(":")[0]
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, started_at=now(), worker_ids=[f"{host}:999999999:1:1"])
    assert worker.drain() == 0
    assert worker.reap() == 1
    assert worker.drain() == 1
    assert ran == [1]


def test_a_living_worker_keeps_its_job() -> None:
    note.enqueue(number=1)
    mine = worker.new_worker_id()
    elsewhere = "another-host:1:1:1"
    for worker_id in (mine, elsewhere):
        WorkerBeat.objects.create(worker_id=worker_id, seen_at=now())
        DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, started_at=now(), worker_ids=[worker_id])
        assert worker.reap() == 0
    WorkerBeat.objects.update(seen_at=now() - timedelta(minutes=5))
    assert worker.reap() == 1


def test_the_schedule_enqueues_each_time_once_however_many_ask() -> None:
    before = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    with frozen(before + timedelta(hours=3)):
        worker.enqueue_due(before)
        worker.enqueue_due(before)
        names = [row.args_kwargs["kwargs"]["job"] for row in DBTaskResult.objects.all()]
        assert names.count("tests.hourly") == 1


def test_two_workers_never_take_the_same_job() -> None:
    for number in range(40):
        note.enqueue(number=number)
    threads = [threading.Thread(target=_work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == list(range(40))


def _work() -> None:
    from django.db import connection

    try:
        worker.drain()
    finally:
        connection.close()
