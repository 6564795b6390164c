"""Jobs by name. `from duli.platform.jobs.registry import job` in a room's jobs.py."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from duli.base.registry import Registry
from duli.platform.jobs import wake
from duli.platform.store.prepared import insert

BULK = -10
"""The priority of what is done beside the other jobs."""
within_bulk: ContextVar[bool] = ContextVar("within_bulk", default=False)
"""Whether a bulk job is running here."""


@dataclass(frozen=True, slots=True)
class Job:
    """A named function of keyword arguments that are plain JSON values (ids, not objects).

    It is tried `attempts` times, with a growing pause between; `schedule` is a cron line in the store's time
    zone, or empty. What is `bulk` may take minutes, or make thousands of jobs: it is done beside the others, and so is
    all that it enqueues, so that no mail and no order that ran out waits for an import.
    """

    name: str
    function: Callable[..., None]
    attempts: int
    schedule: str
    bulk: bool = False

    def enqueue(self, *, run_after: datetime | None = None, **arguments: Any) -> None:
        """Write the job's row in the caller's transaction; a worker of this process wakes at commit."""
        from django_tasks_db.models import DBTaskResult, get_date_max

        from duli.platform.jobs.tasks import run

        # The row that `run.enqueue` would write, without looking at its function's signature each time.
        insert(
            DBTaskResult(
                args_kwargs={"args": [], "kwargs": {"job": self.name, "arguments": arguments}},
                priority=BULK if self.bulk or within_bulk.get() else run.priority,
                task_path=run.module_path,
                queue_name=run.queue_name,
                backend_name=run.backend,
                run_after=run_after or get_date_max(),
            )
        )
        transaction.on_commit(wake.wake)

    def __call__(self, **arguments: Any) -> None:
        self.function(**arguments)


jobs: Registry[Job] = Registry("job")


def job(
    name: str, *, attempts: int = 8, schedule: str = "", bulk: bool = False
) -> Callable[[Callable[..., None]], Job]:
    """Register the decorated function as the job `name` ("mail.deliver")."""

    def decorate(function: Callable[..., None]) -> Job:
        return jobs.register(name, Job(name, function, attempts, schedule, bulk))

    return decorate
