from __future__ import annotations

from duli.platform.jobs.registry import job


@job("referrals.settle_due", schedule="7 * * * *")
def settle_due() -> None:
    from duli.commerce.referrals import services

    services.settle_due()


@job("referrals.forget_devices", schedule="41 3 * * *")
def forget_devices() -> None:
    from duli.commerce.referrals import services

    services.forget_devices()
