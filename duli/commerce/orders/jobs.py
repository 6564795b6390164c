from __future__ import annotations

from duli.platform.jobs.registry import job


@job("orders.expire_unpaid", schedule="* * * * *")
def expire_unpaid() -> None:
    from duli.commerce.orders import services

    services.expire_unpaid()


@job("orders.return_money", attempts=12)
def return_money(*, order_id: int) -> None:
    from duli.commerce.orders.services.cancel import give_money_back

    give_money_back(order_id=order_id)
