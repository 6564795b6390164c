from __future__ import annotations

from duli.platform.jobs.registry import job


@job("downloads.forget_uses", schedule="23 4 * * *", attempts=1)
def forget_uses() -> None:
    from duli.commerce.downloads import services

    services.forget_uses()
