from __future__ import annotations

from duli.platform.jobs.registry import job


@job("checkout.expire_drafts", schedule="*/10 * * * *")
def expire_drafts() -> None:
    from duli.commerce.checkout.services import drafts

    drafts.expire_drafts()
