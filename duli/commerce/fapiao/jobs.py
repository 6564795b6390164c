from __future__ import annotations

from duli.commerce.fapiao import services
from duli.platform.jobs.registry import job


@job("fapiao.follow", schedule="* * * * *", attempts=1)
def follow() -> None:
    """Ask the service what became of the fapiao that it is issuing."""
    services.follow()
