from __future__ import annotations

from duli.platform.jobs.registry import job


@job("taxes.check_waiting", schedule="*/30 * * * *")
def check_waiting() -> None:
    from duli.commerce.taxes import services

    services.check_waiting()
