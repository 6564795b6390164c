"""Named reads of sold files and of who may have them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Max, QuerySet

from duli.base.clock import now
from duli.commerce.downloads.links import link_token
from duli.commerce.downloads.models import DownloadFile, DownloadGrant, DownloadRules
from duli.commerce.downloads.types import GrantView
from duli.platform.store.prepared import Prepared


def rules() -> DownloadRules:
    """Return the shop's own limits; the defaults while nobody has set any."""
    return DownloadRules.objects.filter(pk=1).first() or DownloadRules(pk=1)


def files_of(variant_id: int) -> list[DownloadFile]:
    """Return what buyers of a variant get, in order."""
    return list(DownloadFile.objects.filter(variant_id=variant_id, is_active=True))


def state_of(grant: DownloadGrant) -> str:
    """Return "ready", or why the grant opens nothing: "revoked", "expired", "used_up"."""
    if grant.revoked_at is not None:
        return "revoked"
    if grant.expires_at is not None and grant.expires_at <= now():
        return "expired"
    if grant.most and grant.used >= grant.most:
        return "used_up"
    return "ready"


def _told(rows: QuerySet[DownloadGrant]) -> QuerySet[DownloadGrant]:
    return rows.select_related("file", "line").annotate(last_use=Max("uses__started_at"))


_of_orders = Prepared(
    lambda order_ids: _told(DownloadGrant.objects.filter(order_id__in=order_ids).order_by("-order_id", "pk"))
)


def grants_of(order_ids: Iterable[int]) -> list[GrantView]:
    """Return the files of orders, in order (one query)."""
    return _views(_of_orders.rows(list(order_ids)))


def grants_of_customer(customer_id: int, *, limit: int = 200) -> list[GrantView]:
    """Return a customer's files, those of the newest order first (one query)."""
    rows = DownloadGrant.objects.filter(order__customer_id=customer_id).order_by("-order_id", "pk")
    return _views(_told(rows)[:limit])


def _views(rows: Iterable[DownloadGrant]) -> list[GrantView]:
    found = []
    for grant in rows:
        found.append(
            GrantView(
                id=grant.pk,
                order_id=grant.order_id,
                line_id=grant.line_id,
                title=grant.line.title,
                name=grant.file.name,
                size=grant.file.size,
                state=state_of(grant),
                token=link_token(grant.pk, grant.version),
                used=grant.used,
                left=max(grant.most - grant.used, 0) if grant.most else None,
                expires_at=grant.expires_at,
                last_used_at=grant.last_use,  # type: ignore[attr-defined]
            )
        )
    return found
