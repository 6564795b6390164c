"""Old addresses and where they lead."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from duli.platform.redirects.models import Redirect
from duli.platform.redirects.services import delete_redirect, save_redirect
from duli.web.api.admin.gate import ERRORS, scope
from duli.web.api.admin.paging import PAGE, page_by_id

router = Router(tags=["redirects"])
Json = dict[str, Any]


class RedirectIn(Schema):
    source: str = Field(max_length=1000, examples=["/collections/old"])
    target: str = Field(max_length=1000, examples=["/products/tea-pot"])


def _row(row: Redirect) -> Json:
    return {
        "id": row.pk,
        "source": row.source,
        "target": row.target,
        "hits": row.hits,
        "last_hit_at": row.last_hit_at.isoformat() if row.last_hit_at else None,
    }


@router.get("", response={200: Json, **ERRORS})
@scope("catalogue.view")
def list_redirects(request: HttpRequest, after: str = "", limit: int = PAGE) -> Json:
    """Old addresses, newest first, with how often somebody came by them."""
    found, cursor = page_by_id(Redirect.objects.all(), after=after, limit=limit)
    return {"redirects": [_row(row) for row in found], "next": cursor}


@router.put("", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def lead(request: HttpRequest, body: RedirectIn) -> Json:
    """Lead an old address somewhere; where it led before is forgotten."""
    row, _before = save_redirect(source=body.source, target=body.target)
    return _row(row)


@router.delete("/{int:redirect_id}", response={200: Json, **ERRORS})
@scope("catalogue.edit")
def forget(request: HttpRequest, redirect_id: int) -> Json:
    """Forget an old address."""
    delete_redirect(redirect_id=redirect_id)
    return {}
