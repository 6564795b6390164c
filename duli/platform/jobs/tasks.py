from __future__ import annotations

from typing import Any

from django_tasks import task

from duli.platform.jobs.registry import jobs


@task()
def run(*, job: str, arguments: dict[str, Any]) -> None:
    """The one task of the django-tasks backend: runs the job of that name."""
    jobs.get(job)(**arguments)
