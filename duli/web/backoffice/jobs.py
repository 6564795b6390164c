from __future__ import annotations

from duli.platform.jobs.registry import job
from duli.web.backoffice.services.uploads import work_on_upload


@job("backoffice.check_upload", attempts=3)
def check_upload(*, upload_id: int) -> None:
    work_on_upload(upload_id=upload_id, dry_run=True)


@job("backoffice.run_upload", attempts=5)
def run_upload(*, upload_id: int) -> None:
    work_on_upload(upload_id=upload_id, dry_run=False)
