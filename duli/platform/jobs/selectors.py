from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim
from django.db.models import Q, QuerySet
from django_tasks import TaskResultStatus as Status
from django_tasks_db.models import DBTaskResult, get_date_max

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.platform.jobs.models import ScheduledRun, WorkerBeat
from duli.platform.jobs.registry import jobs
from duli.platform.jobs.types import JobView, QueueNumbers, ScheduleView
from duli.platform.store.selectors import current_store

COUNTED = 1000
"""Counting stops here: a queue of millions must not slow the page that shows it."""

STATES = {"failed": Status.FAILED, "running": Status.RUNNING, "ready": Status.READY, "done": Status.SUCCESSFUL}


def _view(row: DBTaskResult) -> JobView:
    given = row.args_kwargs.get("kwargs", {})
    name = str(given.get("job", ""))
    far = get_date_max()
    return JobView(
        id=str(row.pk),
        name=name,
        arguments=given.get("arguments", {}),
        status=str(row.status),
        attempts=len(row.worker_ids),
        most_attempts=jobs.get(name).attempts if name in jobs else 1,
        problem=row.exception_class_path,
        error=row.traceback,
        enqueued_at=row.enqueued_at,
        run_after=None if row.run_after in {None, far} else row.run_after,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _rows(state: str) -> QuerySet[DBTaskResult]:
    rows: QuerySet[DBTaskResult] = DBTaskResult.objects.filter(status=STATES[state])
    return rows.order_by("-finished_at" if state in {"failed", "done"} else "enqueued_at", "pk")


def job_list(*, state: str, limit: int = 50) -> list[JobView]:
    """Return jobs in this state ("failed", "running", "ready", "done"): the newest failures, the oldest in line."""
    return [_view(row) for row in _rows(state)[:limit]]


def job_by_id(job_id: str) -> JobView:
    """Return one job. Raises NotFound."""
    try:
        key = uuid.UUID(job_id)
    except ValueError:
        raise NotFound() from None
    row = DBTaskResult.objects.filter(pk=key).first()
    if row is None:
        raise NotFound()
    return _view(row)


def failed_since(moment: datetime) -> list[JobView]:
    """Return what failed for good since then, at most a hundred."""
    return [_view(row) for row in _rows("failed").filter(finished_at__gte=moment)[:100]]


def numbers() -> QueueNumbers:
    """Return how the queue stands (five short queries, counts up to 1,000)."""
    due = Q(run_after=get_date_max()) | Q(run_after__lte=now())
    ready = DBTaskResult.objects.filter(due, status=Status.READY)
    later = DBTaskResult.objects.filter(status=Status.READY).exclude(due)
    first = ready.order_by("enqueued_at").values_list("enqueued_at", flat=True).first()
    alive = WorkerBeat.objects.filter(seen_at__gt=now() - timedelta(seconds=60)).count()
    return QueueNumbers(
        ready=ready.order_by()[:COUNTED].count(),
        later=later.order_by()[:COUNTED].count(),
        running=DBTaskResult.objects.filter(status=Status.RUNNING).order_by()[:COUNTED].count(),
        failed=DBTaskResult.objects.filter(status=Status.FAILED).order_by()[:COUNTED].count(),
        workers=alive,
        oldest=first,
    )


def schedule() -> list[ScheduleView]:
    """Return what runs by the clock, with the last and the next time (one query)."""
    zone = ZoneInfo(current_store().time_zone)
    last: dict[str, datetime] = {}
    for name, due_at in ScheduledRun.objects.order_by("due_at").values_list("job", "due_at"):
        last[name] = due_at
    here = now().astimezone(zone)
    return [
        ScheduleView(name, entry.schedule, last.get(name), next(CronSim(entry.schedule, here)))
        for name, entry in jobs
        if entry.schedule
    ]
