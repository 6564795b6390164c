from __future__ import annotations

from duli.platform.jobs.registry import job
from duli.platform.language_models import services


@job("language_models.prune", schedule="41 4 * * *")
def prune() -> None:
    services.prune()
