from __future__ import annotations

from duli.platform.jobs.registry import job


@job("inventory.release_expired", schedule="* * * * *")
def release_expired() -> None:
    from duli.commerce.inventory import services

    services.release_expired()


@job("inventory.check")
def check(check_id: int) -> None:
    from duli.commerce.inventory import services

    services.finish_check(check_id=check_id)


@job("inventory.check_nightly", schedule="40 3 * * *")
def check_nightly() -> None:
    from duli.commerce.inventory import services

    services.check_stock(actor="system")
