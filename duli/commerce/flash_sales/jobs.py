from __future__ import annotations

from duli.platform.jobs.registry import job


@job("flash_sales.close_ended", schedule="* * * * *")
def close_ended() -> None:
    from duli.commerce.flash_sales import services

    services.close_ended()


@job("flash_sales.forget_tickets", schedule="27 4 * * *")
def forget_tickets() -> None:
    from duli.commerce.flash_sales import services

    services.forget_tickets()
