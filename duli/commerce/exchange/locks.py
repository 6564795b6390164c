"""The only row locks of this room."""

from __future__ import annotations

from duli.base.errors import NotFound
from duli.commerce.exchange.models import Upload


def lock_upload(upload_id: int) -> Upload:
    """Lock and return an uploaded file's row, or raise NotFound."""
    upload = Upload.objects.select_for_update().filter(pk=upload_id).first()
    if upload is None:
        raise NotFound()
    return upload
