from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from duli.base.errors import Conflict


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class JobView:
    """One row of the queue. `id` is the backend's; `error` the last lines of what went wrong."""

    id: str
    name: str
    arguments: dict[str, Any]
    status: str
    attempts: int
    most_attempts: int
    problem: str
    error: str
    enqueued_at: datetime
    run_after: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A job that runs by the clock; `line` is its cron line in the store's time zone."""

    name: str
    line: str
    last_at: datetime | None
    next_at: datetime


@dataclass(frozen=True, slots=True)
class QueueNumbers:
    """How the queue stands; `oldest` is the moment since which something ready waits."""

    ready: int
    later: int
    running: int
    failed: int
    workers: int
    oldest: datetime | None


class JobNotFailed(Conflict):
    code = "job_not_failed"
    message = _("This job has not failed; somebody may have tried it again already.")
