"""Who waits for goods that are sold out: what to order again, and how much of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from duli.growth.wishes.selectors import WaitingRow, waiting_page
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit import cursors
from duli.web.backoffice.kit.cells import Number, Text, When
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, list_response

PAGE = 50


class _Product:
    """The name, which leads to the product."""

    def __init__(self, row: WaitingRow) -> None:
        self.row = row

    def html(self) -> SafeString:
        return format_html(
            '<a class="cell-main" href="{}">{}</a><span class="cell-sub">{}</span>',
            reverse("backoffice:product", args=[self.row.product_id]),
            self.row.title,
            " · ".join(filter(None, [self.row.variant_title, self.row.sku])),
        )

    def plain(self) -> str:
        return self.row.title


@screen("inventory.view", methods=("GET", "HEAD"))
def waiting_list(request: HttpRequest) -> HttpResponse:
    """Variants that somebody waits for, most wanted first."""
    state = ListState(request)
    said = cursors.decode(state.after) if state.after else None
    after = (said[0], said[1]) if said and isinstance(said[0], int) else None
    found = waiting_page(query=state.query, after=after, limit=PAGE + 1)
    rows = found[:PAGE]
    more = cursors.encode(rows[-1].waiting, rows[-1].variant_id) if len(found) > PAGE else ""
    columns: list[Column[WaitingRow]] = [
        Column(_("Product"), _Product, phone="wide"),
        Column(_("Waiting"), lambda row: Number(row.waiting), align="end"),
        Column(_("Since"), lambda row: When(row.oldest) if row.oldest else Text("")),
        Column(_("In stock"), lambda row: Text("–") if row.available is None else Number(row.available), align="end"),
        Column(_("Told before"), lambda row: Number(row.told), align="end", phone="hidden"),
        Column(_("Last told"), lambda row: When(row.last_told) if row.last_told else Text("–", muted=True)),
    ]
    listing: ResourceList[Any] = ResourceList(
        state,
        rows=rows,
        columns=columns,
        key=lambda row: row.variant_id,
        label=lambda row: row.title,
        after=more,
        search=_("Search by product or SKU"),
        caption=_("Waiting for stock"),
        empty=Empty(
            _("Nobody waits for anything"),
            _("Shoppers leave their address on the page of what is sold out. They are told once when it is back."),
            "bell",
        ),
    )
    return list_response(request, "backoffice/stock/waiting.html", {"here": "products.waiting", "list": listing})
