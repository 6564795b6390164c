"""Takes job rows one after the other; keeps the schedule; takes up what a dead worker left.

django-tasks-db has neither retry, nor schedule, nor recovery after kill -9; all three are here. The number of
attempts is the number of workers that ever claimed the row. A worker's id names its host and process, so that
after a crash on one machine the next start takes over at once; workers on other machines are given up when
their beat stops.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import traceback
from datetime import datetime, timedelta

from cronsim import CronSim
from django.db import close_old_connections, connection, transaction
from django.db.models import Q, QuerySet
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from duli.base.clock import now
from duli.base.lanes import let_crowd_pass
from duli.platform.jobs import wake
from duli.platform.jobs.models import ScheduledRun, WorkerBeat
from duli.platform.jobs.registry import jobs, within_bulk
from duli.platform.store.prepared import Prepared, PreparedUpdate, update

logger = logging.getLogger("duli.jobs")

PAUSE_SECONDS = 0.5
BEAT_SECONDS = 10
GIVE_UP_AFTER = timedelta(seconds=60)
KEEP_FINISHED = timedelta(days=7)
# So long a job waits at most while a crowd is being answered.
CROWD_SECONDS = 2.0
# How many ready jobs a worker looks at; of those that others take meanwhile it tries the next.
CANDIDATES = 4


def new_worker_id() -> str:
    """Return ``host:pid:start``; the start time tells a process from a later one with the same number."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_time(os.getpid())}:{random.randrange(10**6)}"


def _start_time(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _is_dead(worker_id: str, beats: dict[str, datetime]) -> bool:
    host, pid, start, *_ = ([*worker_id.split(":"), "", "", ""])[:4]
    if host == socket.gethostname() and pid.isdigit():
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        if start and _start_time(int(pid)) not in {"", start}:
            return True
        if int(pid) == os.getpid():
            return False
    seen = beats.get(worker_id)
    return seen is None or seen < now() - GIVE_UP_AFTER


def reap() -> int:
    """Put jobs of dead workers back in the queue; return how many."""
    running = list(DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING))
    if not running:
        return 0
    beats = dict(WorkerBeat.objects.values_list("worker_id", "seen_at"))
    count = 0
    for row in running:
        if row.worker_ids and not _is_dead(row.worker_ids[-1], beats):
            continue
        count += DBTaskResult.objects.filter(
            pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at
        ).update(status=TaskResultStatus.READY)
    return count


def _waiting(latest: datetime, instant: datetime) -> QuerySet[DBTaskResult]:
    return DBTaskResult.objects.filter(status=TaskResultStatus.READY).filter(
        Q(run_after=latest) | Q(run_after__lte=instant)
    )


_ready = {
    None: Prepared(lambda latest, instant: _waiting(latest, instant)[:CANDIDATES]),
    False: Prepared(lambda latest, instant: _waiting(latest, instant).filter(priority__gte=0)[:CANDIDATES]),
    True: Prepared(lambda latest, instant: _waiting(latest, instant).filter(priority__lt=0)[:CANDIDATES]),
}


def _claim(worker_id: str, bulk: bool | None) -> DBTaskResult | None:
    """Take the next job that is ready; whoever changes its state first has it, so nobody waits for a lock."""
    while candidates := _ready[bulk].rows(get_date_max(), now()):
        for row in candidates:
            before, row.started_at = row.started_at, now()
            row.status, row.worker_ids = TaskResultStatus.RUNNING, [*row.worker_ids, worker_id]
            columns = ("status", "started_at", "worker_ids")
            if update(row, *columns, status=TaskResultStatus.READY, started_at=before):
                return row
    return None


_finish = PreparedUpdate(
    lambda pk, started_at, instant: (
        DBTaskResult.objects.filter(pk=pk, status=TaskResultStatus.RUNNING, started_at=started_at),
        {
            "status": TaskResultStatus.SUCCESSFUL,
            "finished_at": instant,
            "exception_class_path": "",
            "traceback": "",
        },
    )
)


def _pause(attempt: int) -> timedelta:
    return timedelta(seconds=min(2**attempt + random.random(), 3600))


def run_one(worker_id: str, *, bulk: bool | None = None) -> bool:
    """Run the next job that is ready (`bulk`: only of these, or none of these); False if there is none.

    A job's exception never leaves here.
    """
    row = _claim(worker_id, bulk)
    if row is None:
        return False
    name = row.args_kwargs["kwargs"].get("job", "")
    attempts = jobs.get(name).attempts if name in jobs else 1
    problem = ""
    error = ""
    inside = within_bulk.set(row.priority < 0)
    try:
        row.task.func(*row.args_kwargs["args"], **row.args_kwargs["kwargs"])
    except Exception as exception:
        problem = f"{type(exception).__module__}.{type(exception).__qualname__}"
        error = traceback.format_exc()
        logger.exception("job %s failed (attempt %s of %s)", name, len(row.worker_ids), attempts)
    finally:
        within_bulk.reset(inside)
    mine = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.RUNNING, started_at=row.started_at)
    if not problem:
        _finish(row.pk, row.started_at, now())
    elif len(row.worker_ids) < attempts:
        mine.update(
            status=TaskResultStatus.READY,
            run_after=now() + _pause(len(row.worker_ids)),
            exception_class_path=problem,
            traceback=error,
        )
    else:
        mine.update(status=TaskResultStatus.FAILED, finished_at=now(), exception_class_path=problem, traceback=error)
    return True


def enqueue_due(since: datetime) -> None:
    """Enqueue every scheduled job whose time came after `since`; once, however many processes ask."""
    from zoneinfo import ZoneInfo

    from duli.platform.store.selectors import current_store

    zone = ZoneInfo(current_store().time_zone)
    instant = now()
    for name, entry in jobs:
        if not entry.schedule:
            continue
        # Only the latest missed time counts: a shop that slept a day does not run an hourly job 24 times.
        due = None
        for moment in CronSim(entry.schedule, since.astimezone(zone)):
            if moment > instant:
                break
            due = moment
        if due is None:
            continue
        with transaction.atomic():
            _, is_new = ScheduledRun.objects.get_or_create(job=name, due_at=due)
            if is_new:
                entry.enqueue()


def prune() -> None:
    """Delete finished jobs, beats and schedule marks that nobody will look at again."""
    old = now() - KEEP_FINISHED
    DBTaskResult.objects.filter(
        status__in=[TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED], finished_at__lt=old
    ).delete()
    ScheduledRun.objects.filter(due_at__lt=old).delete()
    WorkerBeat.objects.filter(seen_at__lt=old).delete()


def drain(limit: int = 1000) -> int:
    """Run what is ready now, in this thread, until nothing is left; return how many jobs ran."""
    worker_id = new_worker_id()
    count = 0
    while count < limit and run_one(worker_id):
        count += 1
    return count


def run(stop: threading.Event) -> None:
    """Work until `stop` is set, with a thread for bulk jobs beside. Survives a database that is away for a while."""
    worker_id = new_worker_id()
    beside = threading.Thread(target=_work, args=(stop, worker_id, True), name="duli-jobs-bulk", daemon=True)
    beside.start()
    _work(stop, worker_id, False)
    beside.join()


def _work(stop: threading.Event, worker_id: str, bulk: bool) -> None:
    last_beat: datetime | None = None
    last_schedule = now() - timedelta(minutes=5)
    while not stop.is_set():
        try:
            instant = now()
            if last_beat is None or instant - last_beat >= timedelta(seconds=BEAT_SECONDS):
                WorkerBeat.objects.update_or_create(worker_id=worker_id, defaults={"seen_at": instant})
                reap()
                if not bulk:
                    enqueue_due(last_schedule)
                last_beat = last_schedule = instant
            # What the jobs of a rush do has time until those who wait have their answers; but not for ever.
            let_crowd_pass(CROWD_SECONDS)
            if not run_one(worker_id, bulk=bulk):
                wake.wait(PAUSE_SECONDS)
        except Exception:
            logger.exception("the job worker could not work; it tries again")
            close_old_connections()
            stop.wait(2)
    WorkerBeat.objects.filter(worker_id=worker_id).delete()
    connection.close()
