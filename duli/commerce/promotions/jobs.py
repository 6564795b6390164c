from __future__ import annotations

from duli.platform.jobs.registry import job


@job("promotions.make_codes", attempts=5)
def make_codes(*, batch_id: int) -> None:
    from duli.commerce.promotions.services import codes

    codes.make_codes(batch_id=batch_id)
