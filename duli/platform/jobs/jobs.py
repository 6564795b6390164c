from __future__ import annotations

from duli.platform.audit import services as audit
from duli.platform.jobs import worker
from duli.platform.jobs.registry import job
from duli.platform.store import changes


@job("jobs.prune", schedule="17 4 * * *")
def prune() -> None:
    worker.prune()
    changes.prune()
    audit.purge()
