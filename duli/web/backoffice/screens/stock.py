"""Stock: how much of each variant lies where, counted and corrected with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.inventory.models import StockMovement
from duli.commerce.inventory.selectors import locations
from duli.commerce.inventory.services import adjust, set_threshold
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Cell, Number, Pills, Text, Thumb
from duli.web.backoffice.kit.dialogs import Dialog, Done, is_partial, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.icons import icon
from duli.web.backoffice.kit.listing import Column, Empty, Filter, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.toasts import Undo
from duli.web.backoffice.selectors import stock as reads
from duli.web.backoffice.selectors.stock import StockFilter, StockRow
from duli.web.backoffice.shell import render

VIEWS = (View("all", _("All")), View("low", _("Low stock")), View("out", _("Sold out")))
BY_HAND = [
    StockMovement.Reason.COUNTED,
    StockMovement.Reason.RECEIVED,
    StockMovement.Reason.RETURNED,
    StockMovement.Reason.DAMAGED,
    StockMovement.Reason.LOST,
    StockMovement.Reason.CORRECTED,
    StockMovement.Reason.INITIAL,
]


class Verbs:
    """The cell with what can be done to a row."""

    def __init__(self, row: StockRow, may_adjust: bool) -> None:
        self.row = row
        self.may_adjust = may_adjust

    def html(self) -> SafeString:
        place = [self.row.variant_id, self.row.location_id]
        history = format_html(
            '<a class="button plain square" href="{}" data-opens title="{}" aria-label="{}">{}</a>',
            reverse("backoffice:stock_history", args=place),
            gettext("History"),
            gettext("History"),
            icon("history"),
        )
        if not self.may_adjust or not self.row.tracks_stock:
            return history
        change = format_html(
            '<a class="button small" href="{}" data-opens>{}</a>',
            reverse("backoffice:stock_adjust", args=place),
            gettext("Adjust"),
        )
        return format_html('<span class="row verbs">{}{}</span>', change, history)


def _state(row: StockRow) -> Cell:
    if not row.tracks_stock:
        return Pills([Pill(_("Not counted"))])
    if not row.kept:
        return Pills([Pill(_("None kept here"))])
    if row.available <= 0:
        return Pills([Pill(_("Sold out"), "critical")])
    if row.available <= row.threshold:
        return Pills([Pill(_("Low"), "attention", "half")])
    return Pills([Pill(_("Enough"), "ok", "full")])


def _columns(may_adjust: bool, several: bool) -> list[Column[StockRow]]:
    return [
        Column(
            _("Product"),
            lambda row: Thumb(
                row.title,
                reverse("backoffice:product", args=[row.product_id]),
                row.image,
                " · ".join(filter(None, [row.variant_title, row.sku])),
            ),
            phone="wide",
        ),
        Column(_("Location"), lambda row: Text(row.location, muted=True), phone="" if several else "hidden"),
        Column(_("State"), _state),
        Column(_("On hand"), lambda row: Number(row.on_hand), align="end", phone="hidden"),
        Column(_("Held"), lambda row: Number(row.reserved), align="end", phone="hidden"),
        Column(_("Available"), lambda row: Number(row.available), align="end", phone="end"),
        Column(_("Actions"), lambda row: Verbs(row, may_adjust), align="end", phone="end"),
    ]


@screen("inventory.view", methods=("GET", "HEAD"))
def stock_list(request: HttpRequest) -> HttpResponse:
    places = locations()
    filters = (
        (Filter("location", _("Location"), [(str(place.pk), place.name) for place in places]),)
        if len(places) > 1
        else ()
    )
    state = ListState(request, views=VIEWS, filters=filters)
    wanted = StockFilter(
        query=state.query,
        location_ids=[int(pk) for pk in state.many("location")],
        state=state.view if state.view in {"low", "out"} else "",
    )
    rows, after = reads.stock_page(wanted, after=state.after)
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(allowed(request.user, "inventory.adjust"), len(places) > 1),
        key=lambda row: row.key,
        label=lambda row: f"{row.title} {row.variant_title}",
        after=after,
        views=VIEWS,
        filters=filters,
        search=_("Search by title or SKU"),
        caption=_("Stock"),
        empty=Empty(
            _("Nothing is running low") if wanted.state else _("Stock is counted per variant and place"),
            _("Everything has more than its threshold.")
            if wanted.state
            else _("Add a product first; its variants appear here."),
            "boxes",
        ),
    )
    return list_response(request, "backoffice/stock/list.html", {"here": "products.stock", "list": listing})


class AdjustForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What to do"), choices=[("set", _("Set to what I counted")), ("change", _("Add or take away"))]
    )
    quantity = forms.IntegerField(
        label=_("Quantity"),
        min_value=-10_000_000,
        max_value=10_000_000,
        help_text=_("A minus takes away."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=[(reason.value, reason.label) for reason in BY_HAND])
    note = Line(label=_("Note"), required=False, max_length=255)
    seen = forms.IntegerField(min_value=0, max_value=2**31, widget=forms.HiddenInput())


@screen("inventory.view", write="inventory.adjust")
def stock_adjust(request: HttpRequest, variant_id: int, location_id: int) -> HttpResponse:
    require(request.user, "inventory.adjust")
    row = reads.stock_row(variant_id, location_id)
    words = {"title": " · ".join(filter(None, [row.title, row.variant_title])), "place": row.location}
    dialog = Dialog(
        title=gettext("Adjust the stock of %(title)s") % words,
        submit=_("Save the count"),
        back=f"{reverse('backoffice:stock')}?q={row.sku}" if row.sku else reverse("backoffice:stock"),
        template="backoffice/stock/adjust.html",
    )
    form = (
        AdjustForm(request.POST)
        if request.method == "POST"
        else AdjustForm(initial={"kind": "set", "quantity": row.on_hand, "seen": row.on_hand, "reason": "counted"})
    )

    def act(values: dict[str, Any]) -> Done:
        change = values["quantity"] if values["kind"] == "change" else None
        level = adjust(
            variant_id=variant_id,
            location_id=location_id,
            reason=values["reason"],
            actor=actor_of(request),
            change=change,
            counted=values["quantity"] if change is None else None,
            seen_on_hand=values["seen"],
            note=values["note"],
        )
        difference = level.on_hand - values["seen"]
        undo = None
        if difference:
            fields = {"kind": "change", "quantity": str(-difference), "reason": "corrected", "seen": str(level.on_hand)}
            undo = Undo(request.path, {**fields, "note": gettext("Taken back")})
        return Done(gettext("%(title)s: %(count)s on hand in %(place)s") % {**words, "count": level.on_hand}, undo=undo)

    return run_verb(request, dialog, form, act, {"row": row, "here": "products.stock"})


class ThresholdForm(forms.Form):
    threshold = forms.IntegerField(
        label=_("Counts as low at"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=_("Empty means the store's own threshold."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


@screen("inventory.view", write="inventory.adjust")
def stock_threshold(request: HttpRequest, variant_id: int, location_id: int) -> HttpResponse:
    require(request.user, "inventory.adjust")
    row = reads.stock_row(variant_id, location_id)
    dialog = Dialog(
        title=gettext("When is %(title)s low?") % {"title": row.title},
        submit=_("Save"),
        back=reverse("backoffice:stock"),
        consequence=_("You are told when the available number falls to it."),
    )
    form = (
        ThresholdForm(request.POST) if request.method == "POST" else ThresholdForm(initial={"threshold": row.threshold})
    )

    def act(values: dict[str, Any]) -> Done:
        set_threshold(variant_id=variant_id, location_id=location_id, threshold=values["threshold"])
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "products.stock"})


@screen("inventory.view", methods=("GET", "HEAD"))
def stock_history(request: HttpRequest, variant_id: int, location_id: int) -> HttpResponse:
    row = reads.stock_row(variant_id, location_id)
    context = {
        "here": "products.stock",
        "row": row,
        "history": reads.stock_history(variant_id, location_id),
        "may_adjust": allowed(request.user, "inventory.adjust"),
    }
    template = "backoffice/kit/stock_history.html" if is_partial(request) else "backoffice/stock/history.html"
    return render(request, template, context)
