from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from duli.base.errors import DuliError, InvalidInput


def _(message: str) -> str:
    return message


@dataclass(frozen=True, slots=True)
class Opened:
    """A file somebody may have now; `stored` is its name in the private folder."""

    stored: str
    name: str
    size: int
    tag: str


@dataclass(frozen=True, slots=True)
class GrantView:
    """A file of an order; `state` is "ready", "expired", "used_up" or "revoked". `left` None: without limit.

    `token` opens it while it is ready.
    """

    id: int
    order_id: int
    line_id: int
    title: str
    name: str
    size: int
    state: str
    token: str
    used: int
    left: int | None
    expires_at: datetime | None
    last_used_at: datetime | None = None


class DownloadOver(DuliError):
    """The link is right, but its time is over, it was used up, or the shop took it back."""

    code = "download_over"
    message = _("This download has ended. Open your order, or write to the shop for a new link.")
    status = 410


class FileTooLarge(InvalidInput):
    code = "file_too_large"
    message = _("Files can have up to %(megabytes)s MB.")
    status = 413


class FileMissing(DuliError):
    code = "file_missing"
    message = _("The file is not there at the moment. Please write to the shop.")
    status = 503
