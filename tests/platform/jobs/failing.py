"""A job that fails for good at once, for tests."""

from __future__ import annotations

from django_tasks_db.models import DBTaskResult

from duli.platform.jobs.registry import job, jobs
from tests.factories import drain

if "tests.fails" not in jobs:

    @job("tests.fails", attempts=1)
    def fails(*, number: int = 0) -> None:
        raise RuntimeError("it always fails")


def fail_one(number: int = 0) -> str:
    """Let one job fail; return its id."""
    jobs.get("tests.fails").enqueue(number=number)
    drain()
    return str(DBTaskResult.objects.filter(status="FAILED").order_by("-enqueued_at")[0].pk)
