from __future__ import annotations

from duli.platform.jobs.registry import job


@job("orders.expire_unpaid", schedule="* * * * *")
def expire_unpaid() -> None:
    from duli.commerce.orders import services

    services.expire_unpaid()


@job("orders.remind_unpaid", schedule="*/5 * * * *")
def remind_unpaid() -> None:
    from duli.commerce.orders import services

    services.remind_unpaid()


@job("orders.assess_risk", schedule="*/5 * * * *")
def assess_risk() -> None:
    from duli.commerce.orders.services import risk

    risk.assess_recent()


@job("orders.watch_tax_limits", schedule="10 5 * * *")
def watch_tax_limits() -> None:
    from duli.commerce.orders.services import tax_news

    tax_news.watch_limits()


@job("orders.return_money", attempts=12)
def return_money(*, order_id: int) -> None:
    from duli.commerce.orders.services.cancel import give_money_back

    give_money_back(order_id=order_id)


@job("orders.forward_money", attempts=12)
def forward_money(*, order_id: int) -> None:
    from duli.commerce.orders.services.merge import forward_money as forward

    forward(order_id=order_id)


@job("orders.write_export", attempts=3, bulk=True)
def write_export(*, export_id: int) -> None:
    from duli.commerce.orders.services import export

    export.write_export(export_id=export_id)


@job("orders.forget_exports", schedule="41 3 * * *")
def forget_exports() -> None:
    from duli.commerce.orders.services import export

    export.forget_exports()


@job("orders.carry_out_refund", attempts=12)
def carry_out_refund(*, refund_id: int) -> None:
    from duli.commerce.orders.services.refund import carry_out

    carry_out(refund_id=refund_id)


@job("orders.finish_label", attempts=10)
def finish_label(*, label_id: int) -> None:
    from duli.commerce.orders.services.labels import finish_label_later

    finish_label_later(label_id=label_id)
