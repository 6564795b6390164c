from __future__ import annotations

from django.db.models import Q, QuerySet

from duli.platform.redirects.models import Redirect
from duli.platform.redirects.services import source_of
from duli.platform.redirects.types import NotAnAddress


def redirect_for(path: str, query: str = "") -> Redirect | None:
    """Return where an address without a page leads: first with its query, then without (one query)."""
    wanted = []
    for address in (f"{path}?{query}" if query else "", path):
        try:
            if address:
                wanted.append(source_of(address))
        except NotAnAddress:
            continue
    found = {row.source: row for row in Redirect.objects.filter(source__in=wanted)} if wanted else {}
    return next((found[source] for source in wanted if source in found), None)


def redirects(query: str = "") -> QuerySet[Redirect]:
    rows = Redirect.objects.all()
    return rows.filter(Q(source__icontains=query) | Q(target__icontains=query)) if query else rows
