"""Draft orders: the list, and how one begins."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.checkout import selectors as reads
from duli.commerce.checkout.services import create_draft, duplicate_draft, duplicate_order
from duli.commerce.checkout.types import DraftRow
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import market_by_code, markets
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Amount, Link, Number, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill

VIEWS = (View("open", _("Waiting")), View("closed", _("Closed")))
STATES = {
    "open": Pill(_("Being prepared")),
    "sent": Pill(_("Link sent"), "info", "half"),
    "ordered": Pill(_("Ordered"), "ok", "full"),
    "closed": Pill(_("Closed"), "", "full"),
}


def _columns() -> list[Column[DraftRow]]:
    return [
        Column(_("Draft"), lambda row: Link(f"E{row.id}", reverse("backoffice:draft", args=[row.id]))),
        Column(_("Customer"), lambda row: Text(row.customer_name or row.contact or "—", row.contact)),
        Column(_("State"), lambda row: Pills([STATES[row.state]])),
        Column(_("Items"), lambda row: Number(row.units), align="end", phone="hidden"),
        Column(_("Goods"), lambda row: Amount(row.total), align="end", phone="end"),
        Column(_("Good until"), lambda row: When(row.expires_at), phone="end"),
    ]


@screen("orders.view", methods=("GET", "HEAD"))
def draft_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request, views=VIEWS)
    rows, after = reads.draft_list(closed=state.view == "closed", after=state.after)
    may = allowed(request.user, "orders.manage")
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(),
        key=lambda row: row.id,
        label=lambda row: f"E{row.id}",
        after=after,
        views=VIEWS,
        caption=_("Drafts"),
        empty=Empty(
            _("No draft waits"),
            _("Put an order together for somebody who rang or wrote, and send them the link to pay."),
            "receipt-text",
            _("New draft") if may else "",
            reverse("backoffice:draft_new") if may else "",
        ),
    )
    return list_response(
        request, "backoffice/orders/drafts.html", {"here": "orders.drafts", "list": listing, "may": may}
    )


class NewForm(forms.Form):
    market = forms.ChoiceField(label=_("Market"), help_text=_("It decides currency, language and taxes."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["market"].choices = [  # type: ignore[attr-defined]
            (market.code, f"{market.name} · {market.currency}") for market in markets()
        ]


@screen("orders.view", write="orders.manage")
def draft_new(request: HttpRequest) -> HttpResponse:
    """Begin a draft."""
    require(request.user, "orders.manage")
    dialog = Dialog(title=_("New draft"), submit=_("Start the draft"), back=reverse("backoffice:drafts"))
    form = NewForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> Done:
        market = market_by_code(values["market"])
        assert market is not None  # one of the choices
        draft = create_draft(market=market, language=market.language, actor=actor_of(request))
        return Done(gettext("Draft begun"), reverse("backoffice:draft", args=[draft.pk]))

    return run_verb(request, dialog, form, act, {"here": "orders.drafts"})


@screen("orders.view", write="orders.manage")
def order_duplicate(request: HttpRequest, order_id: int) -> HttpResponse:
    """Begin a draft with what an order holds."""
    require(request.user, "orders.manage")
    dialog = Dialog(
        title=_("Duplicate as a draft"),
        consequence=_("A draft with the same goods, address and contact, at today's prices. The order stays as it is."),
        submit=_("Duplicate"),
        back=reverse("backoffice:order", args=[order_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        draft = duplicate_order(order_id=order_id, actor=actor_of(request))
        return Done(gettext("Draft begun"), reverse("backoffice:draft", args=[draft.pk]))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "orders.all"})


@screen("orders.view", write="orders.manage")
def draft_duplicate(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Begin a draft with what another one holds."""
    require(request.user, "orders.manage")
    reads.draft_view(draft_id)
    dialog = Dialog(
        title=gettext("Duplicate draft E%(number)s") % {"number": draft_id},
        consequence=_("A new draft with the same items, discounts and customer. This one stays as it is."),
        submit=_("Duplicate"),
        back=reverse("backoffice:draft", args=[draft_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        draft = duplicate_draft(draft_id=draft_id, actor=actor_of(request))
        return Done(gettext("Draft begun"), reverse("backoffice:draft", args=[draft.pk]))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "orders.drafts"})
