from __future__ import annotations

from duli.growth.notifications import notices
from duli.platform.jobs.registry import job


@job("notices.watch", schedule="* * * * *")
def watch() -> None:
    """Tell those who look after the machine that a job failed for good."""
    notices.notify_failed_jobs()


@job("notices.prune", schedule="41 4 * * *")
def prune() -> None:
    notices.prune()
