from __future__ import annotations

from duli.platform.jobs.registry import job


@job("promotions.write_price_history", schedule="*/5 * * * *", attempts=1)
def write_price_history() -> None:
    from duli.commerce.promotions.services import history

    history.write_price_history()


@job("promotions.give_birthday_codes", schedule="7 7 * * *", attempts=3)
def give_birthday_codes() -> None:
    from duli.commerce.promotions.services import giving

    giving.give_birthday_codes()


@job("promotions.make_codes", attempts=5, bulk=True)
def make_codes(*, batch_id: int) -> None:
    from duli.commerce.promotions.services import codes

    codes.make_codes(batch_id=batch_id)
