from __future__ import annotations

from duli.platform.jobs.registry import job


@job("exchange.check_upload", attempts=3, bulk=True)
def check_upload(*, upload_id: int) -> None:
    from duli.commerce.exchange.services.uploads import work_on_upload

    work_on_upload(upload_id=upload_id, dry_run=True)


@job("exchange.run_upload", attempts=5, bulk=True)
def run_upload(*, upload_id: int) -> None:
    from duli.commerce.exchange.services.uploads import work_on_upload

    work_on_upload(upload_id=upload_id, dry_run=False)


@job("exchange.revert_upload", attempts=5, bulk=True)
def revert_upload(*, upload_id: int) -> None:
    from duli.commerce.exchange.services.uploads import work_on_revert

    work_on_revert(upload_id=upload_id)


@job("exchange.forget_uploads", schedule="47 3 * * *")
def forget_uploads() -> None:
    from duli.commerce.exchange.services.uploads import forget_old_uploads

    forget_old_uploads()
