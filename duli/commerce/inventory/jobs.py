from __future__ import annotations

from duli.platform.jobs.registry import job


@job("inventory.release_expired", schedule="* * * * *")
def release_expired() -> None:
    from duli.commerce.inventory import services

    services.release_expired()
