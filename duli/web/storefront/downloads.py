"""Bought files as the order's page and the account show them."""

from __future__ import annotations

from collections.abc import Iterable

from django.template.defaultfilters import filesizeformat
from django.utils.translation import override

from duli.commerce.downloads.types import GrantView
from duli.platform.themes.engine import theme_texts
from duli.web.storefront.buying_drops import DownloadDrop
from duli.web.storefront.when import written
from duli.web.storefront.where import Where


def download_drops(grants: Iterable[GrantView], here: Where) -> tuple[DownloadDrop, ...]:
    return tuple(_drop(grant, here) for grant in grants)


def _drop(grant: GrantView, here: Where) -> DownloadDrop:
    texts = theme_texts(here.language)
    ready = grant.state == "ready"
    notes = []
    if not ready:
        notes.append(texts(f"downloads.{grant.state}"))
    else:
        if grant.left is not None:
            notes.append(texts("downloads.left", count=grant.left))
        if grant.expires_at is not None:
            notes.append(texts("downloads.until", when=written(grant.expires_at, here, with_time=False)))
    with override(here.language):
        size = filesizeformat(grant.size)
    return DownloadDrop(
        name=grant.name,
        title=grant.title,
        size=size,
        url=here.url(f"/downloads/{grant.token}") if ready else "",
        note=" · ".join(notes),
    )
