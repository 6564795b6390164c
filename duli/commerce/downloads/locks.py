"""The only row locks of this room: a file, then the grants of one order by primary key."""

from __future__ import annotations

from duli.base.errors import NotFound
from duli.commerce.downloads.models import DownloadFile, DownloadGrant


def lock_file(file_id: int) -> DownloadFile:
    found = DownloadFile.objects.select_for_update().filter(pk=file_id, is_active=True).first()
    if found is None:
        raise NotFound()
    return found


def lock_grant(grant_id: int) -> DownloadGrant:
    found = (
        DownloadGrant.objects.select_for_update(of=("self",))
        .select_related("order", "line", "file")
        .filter(pk=grant_id)
        .first()
    )
    if found is None:
        raise NotFound()
    return found
