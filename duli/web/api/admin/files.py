"""Files that come within a call."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from duli.base.errors import InvalidInput

FILE_HELP: Final = "The file; larger ones than a call may be are uploaded in the back office."


def content_of(content_base64: str) -> bytes:
    """Return what a file holds. InvalidInput for a text that is no Base64."""
    try:
        return base64.b64decode(content_base64, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(field="content_base64") from None
