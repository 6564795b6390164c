from __future__ import annotations

from dataclasses import dataclass

from duli.platform.events.registry import event


@event("downloads.ready")
@dataclass(frozen=True, slots=True)
class DownloadsReady:
    """Files of an order may be downloaded: after payment, or because staff renewed the links."""

    order_id: int
    renewed: bool


@event("downloads.revoked")
@dataclass(frozen=True, slots=True)
class DownloadRevoked:
    """Staff, or a refund, took a file of an order back."""

    order_id: int
    name: str
