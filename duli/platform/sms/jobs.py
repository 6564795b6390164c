from __future__ import annotations

from duli.platform.jobs.registry import job
from duli.platform.sms import services


@job("sms.prune", schedule="53 4 * * *")
def prune() -> None:
    services.prune()
    services.prune_tallies()
