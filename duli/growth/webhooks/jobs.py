from __future__ import annotations

from duli.platform.jobs.registry import job


@job("webhooks.send")
def send(*, delivery_id: int, number: int) -> None:
    from duli.growth.webhooks import services

    services.deliver(delivery_id=delivery_id, number=number)


@job("webhooks.prune", schedule="40 4 * * *")
def prune() -> None:
    from duli.growth.webhooks import services

    services.prune()
