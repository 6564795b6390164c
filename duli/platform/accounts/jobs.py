from __future__ import annotations

from duli.platform.accounts import services
from duli.platform.jobs.registry import job


@job("accounts.carry_out")
def carry_out(*, approval_id: int) -> None:
    services.carry_out(approval_id=approval_id)


@job("accounts.expire_approvals", schedule="*/15 * * * *")
def expire_approvals() -> None:
    services.expire_approvals()
