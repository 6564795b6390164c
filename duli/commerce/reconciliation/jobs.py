from __future__ import annotations

from duli.platform.jobs.registry import job


@job("reconciliation.fetch_bills", schedule="20 * * * *", attempts=1)
def fetch_bills() -> None:
    from duli.commerce.reconciliation import services

    services.fetch_due()
