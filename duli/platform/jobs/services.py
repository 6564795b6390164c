from __future__ import annotations

import uuid

from django.db import transaction
from django_tasks import TaskResultStatus as Status
from django_tasks_db.models import DBTaskResult, get_date_max

from duli.base.errors import NotFound
from duli.platform.audit.services import record
from duli.platform.jobs import wake
from duli.platform.jobs.types import JobNotFailed


def _failed(job_id: str) -> DBTaskResult:
    try:
        row = DBTaskResult.objects.filter(pk=uuid.UUID(job_id)).first()
    except ValueError:
        row = None
    if row is None:
        raise NotFound()
    if row.status != Status.FAILED:
        raise JobNotFailed()
    return row


def _again(rows: list[DBTaskResult]) -> int:
    count = 0
    for row in rows:
        count += DBTaskResult.objects.filter(pk=row.pk, status=Status.FAILED).update(
            status=Status.READY, worker_ids=[], run_after=get_date_max(), finished_at=None
        )
    transaction.on_commit(wake.wake)
    return count


def _name(row: DBTaskResult) -> str:
    return str(row.args_kwargs.get("kwargs", {}).get("job", ""))


@transaction.atomic
def retry_job(*, job_id: str, actor: str) -> None:
    """Let a job that failed for good be tried again from the start. Raises NotFound, JobNotFailed."""
    row = _failed(job_id)
    if not _again([row]):
        raise JobNotFailed()
    record(area="system", action="retried", reference=f"job:{row.pk}", label=_name(row), actor=actor)


@transaction.atomic
def discard_job(*, job_id: str, actor: str) -> None:
    """Forget a job that failed for good. Raises NotFound, JobNotFailed."""
    row = _failed(job_id)
    record(area="system", action="discarded", reference=f"job:{row.pk}", label=_name(row), actor=actor)
    row.delete()


@transaction.atomic
def retry_all(*, actor: str) -> int:
    """Let every job that failed be tried again, at most a thousand at once; return how many."""
    count = _again(list(DBTaskResult.objects.filter(status=Status.FAILED)[:1000]))
    if count:
        record(area="system", action="retried", label=str(count), changes={"jobs": (count, 0)}, actor=actor)
    return count


@transaction.atomic
def discard_all(*, actor: str) -> int:
    """Forget every job that failed; return how many."""
    count, _ = DBTaskResult.objects.filter(status=Status.FAILED).delete()
    if count:
        record(area="system", action="discarded", label=str(count), changes={"jobs": (count, 0)}, actor=actor)
    return count
