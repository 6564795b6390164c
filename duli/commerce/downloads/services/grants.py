"""Who may have which file: granted by payment, renewed and taken back by staff, counted as it is used."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.base.text import one_line
from duli.commerce.downloads import locks, storage
from duli.commerce.downloads.events import DownloadRevoked, DownloadsReady
from duli.commerce.downloads.links import read_token
from duli.commerce.downloads.models import DownloadFile, DownloadGrant, DownloadUse
from duli.commerce.downloads.selectors import rules, state_of
from duli.commerce.downloads.types import DownloadOver, FileMissing, Opened
from duli.commerce.orders.models import Order, OrderLine
from duli.commerce.orders.states import OrderStatus
from duli.platform.events.services import publish

GOES_ON = timedelta(hours=24)
"""So long do further parts belong to a download that was begun from the same address."""

KEPT = timedelta(days=180)
"""So long is remembered from where a file was fetched: to see that a link was passed on, and no longer."""


@transaction.atomic
def follow_lines(*, order_id: int) -> None:
    """Let grants belong to the order that their lines belong to now, after a split or a merge; give what is missing."""
    DownloadGrant.objects.filter(line__order_id=order_id).exclude(order_id=order_id).update(order_id=order_id)
    grant(order_id=order_id)


@transaction.atomic
def grant(*, order_id: int, actor: str = "system") -> int:
    """Give the buyer of a paid order its files; return how many are new. Again gives nothing twice."""
    order = Order.objects.filter(pk=order_id).exclude(status=OrderStatus.CANCELLED).first()
    if order is None or order.paid_at is None:
        return 0
    lines = list(OrderLine.objects.filter(order_id=order_id).order_by("pk"))
    variants: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        if line.refunded_quantity >= line.quantity:
            continue
        for variant_id in {line.variant_id, *(part["variant_id"] for part in line.parts)} - {None}:
            variants[variant_id or 0].append(line)
    files = DownloadFile.objects.filter(variant_id__in=variants, is_active=True)
    own = rules()
    instant = now()
    wanted = []
    for file in files:
        days = own.days if file.days is None else file.days
        most = own.most if file.most is None else file.most
        for line in variants[file.variant_id or 0]:
            wanted.append(
                DownloadGrant(
                    order=order,
                    line=line,
                    file=file,
                    # Three copies of a song bought are three times as many downloads.
                    most=most * line.quantity,
                    expires_at=instant + timedelta(days=days) if days else None,
                    created_at=instant,
                )
            )
    have = set(DownloadGrant.objects.filter(order=order).values_list("line_id", "file_id"))
    fresh = [entry for entry in wanted if (entry.line_id, entry.file_id) not in have]
    DownloadGrant.objects.bulk_create(fresh, ignore_conflicts=True)
    if fresh:
        publish(DownloadsReady(order.pk, renewed=False), reference=order.reference, actor=actor)
    return len(fresh)


@transaction.atomic
def renew(*, grant_id: int, actor: str, tell: bool = True) -> DownloadGrant:
    """Give a fresh link with the whole time and number of downloads; links before it open nothing. NotFound."""
    row = locks.lock_grant(grant_id)
    own = rules()
    days = own.days if row.file.days is None else row.file.days
    most = own.most if row.file.most is None else row.file.most
    row.version += 1
    row.used = 0
    row.most = most * row.line.quantity
    row.expires_at = now() + timedelta(days=days) if days else None
    row.revoked_at = None
    row.save(update_fields=["version", "used", "most", "expires_at", "revoked_at"])
    if tell:
        publish(DownloadsReady(row.order_id, renewed=True), reference=row.order.reference, actor=actor)
    return row


@transaction.atomic
def revoke(*, grant_id: int, actor: str) -> DownloadGrant:
    """Take a file back: its links open nothing any more, at once. NotFound."""
    row = locks.lock_grant(grant_id)
    if row.revoked_at is None:
        row.revoked_at = now()
        row.version += 1
        row.save(update_fields=["revoked_at", "version"])
        publish(DownloadRevoked(row.order_id, row.file.name), reference=row.order.reference, actor=actor)
    return row


def revoke_refunded(*, order_id: int, actor: str = "system") -> int:
    """Take back the files of lines whose every unit was refunded, or of a cancelled order; return how many."""
    rows = DownloadGrant.objects.filter(order_id=order_id, revoked_at__isnull=True)
    gone = rows.filter(Q(order__status=OrderStatus.CANCELLED) | Q(line__refunded_quantity__gte=F("line__quantity")))
    ids = list(gone.order_by("pk").values_list("pk", flat=True))
    for grant_id in ids:
        revoke(grant_id=grant_id, actor=actor)
    return len(ids)


@transaction.atomic
def open_download(*, token: str, begins: bool, address: str = "", agent: str = "", counts: bool = True) -> Opened:
    """Return the file that a link opens, and count it as one download, or only say (not `counts`) whether it would.

    `begins` is False for a later part of a file (a download that goes on, a player that jumps): within a day of one
    that was begun from the same address it counts as the same. Raises NotFound (no link of this shop), DownloadOver,
    FileMissing.
    """
    said = read_token(token)
    if said is None:
        raise NotFound()
    grant_id, version = said
    row = DownloadGrant.objects.filter(pk=grant_id).select_related("file").first()
    if row is None:
        raise NotFound()
    if row.version != version or state_of(row) in {"revoked", "expired"}:
        raise DownloadOver()
    if not storage.is_there(row.file.stored):
        raise FileMissing()
    instant = now()
    seen = DownloadUse.objects.filter(grant=row, address=address, started_at__gt=instant - GOES_ON)
    if begins or not seen.exists():
        # One conditional statement: two tabs at once cannot share the last download.
        room = DownloadGrant.objects.filter(pk=row.pk, version=version).filter(Q(most=0) | Q(used__lt=F("most")))
        if not (room.update(used=F("used") + 1) if counts else room.exists()):
            raise DownloadOver()
        if counts:
            DownloadUse.objects.create(grant=row, address=address[:45], agent=one_line(agent, 200), started_at=instant)
    return Opened(row.file.stored, row.file.name, row.file.size, row.file.sha256)


def forget_uses() -> int:
    """Delete what is known of downloads that are long over; the number that counts stays. Return how many."""
    return DownloadUse.objects.filter(started_at__lt=now() - KEPT).delete()[0]
