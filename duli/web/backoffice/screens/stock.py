"""Stock: how much of each variant lies where, counted and corrected with a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.catalogue.selectors import translations_of
from duli.commerce.inventory.models import StockMovement
from duli.commerce.inventory.selectors import locations
from duli.commerce.inventory.services import adjust, set_level_rules
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit import arranged
from duli.web.backoffice.kit.arranged import ListFile, ListPlace, arranged_for
from duli.web.backoffice.kit.cells import Cell, Number, Text, Thumb
from duli.web.backoffice.kit.dialogs import Dialog, Done, is_partial, run_verb
from duli.web.backoffice.kit.forms import DayInput, Line
from duli.web.backoffice.kit.links import row_url
from duli.web.backoffice.kit.listing import (
    BulkVerb,
    Column,
    Empty,
    Filter,
    ListState,
    ResourceList,
    View,
    list_response,
)
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import Undo
from duli.web.backoffice.product_form import other_languages
from duli.web.backoffice.screens.stock_cells import CountInput, DaysLeft, Free, RowVerbs, state_pills
from duli.web.backoffice.selectors import stock as reads
from duli.web.backoffice.selectors.products import brand_choices, category_choices
from duli.web.backoffice.selectors.stock import StockFilter, StockRow
from duli.web.backoffice.shell import render

VIEWS = (
    View("all", _("All")),
    View("low", _("Low stock")),
    View("out", _("Sold out")),
    View("oversold", _("Sold ahead")),
    View("ahead", _("Backorders")),
    View("incoming", _("On the way")),
)
COVER = [("14", _("14 days")), ("30", _("30 days")), ("60", _("60 days")), ("90", _("90 days"))]
USUAL_COVER = 30
BY_HAND = [
    StockMovement.Reason.COUNTED,
    StockMovement.Reason.RECEIVED,
    StockMovement.Reason.RETURNED,
    StockMovement.Reason.DAMAGED,
    StockMovement.Reason.LOST,
    StockMovement.Reason.CORRECTED,
    StockMovement.Reason.INITIAL,
]
EMPTY = {
    "low": (_("Nothing is running low"), _("Everything has more than its threshold.")),
    "out": (_("Nothing is sold out"), _("There is something left of everything that is counted.")),
    "oversold": (_("Nothing is sold ahead"), _("Everything that orders wait for is on hand.")),
    "ahead": (_("Nothing can be backordered"), _("Set a limit on a row to sell more than is there.")),
    "incoming": (_("Nothing is on its way"), _("Transfers and deliveries that are sent show here.")),
}


def _columns(*, may_adjust: bool, several: bool, view: str, cover: int) -> list[Column[StockRow]]:
    def on_hand(row: StockRow) -> Cell:
        return CountInput(row) if may_adjust and row.tracks_stock else Number(row.on_hand)

    # How long it lasts is asked where something runs out; elsewhere whoever wants it chooses it.
    scarce = view in {"low", "out", "oversold"}
    return [
        Column(
            _("Product"),
            lambda row: Thumb(
                row.title,
                row_url("product", row.product_id),
                row.image,
                " · ".join(filter(None, [row.variant_title, row.sku])),
            ),
            phone="wide",
        ),
        Column(
            _("Location"), lambda row: Text(row.location, muted=True), phone="" if several else "hidden", key="location"
        ),
        # Among scarce goods it is the same in every row, and the verbs at the end of the row need the room.
        Column(_("State"), state_pills, key="state", extra=scarce and view != "oversold"),
        Column(_("On hand"), on_hand, align="end", key="on_hand", named=True),
        Column(_("Held"), lambda row: Number(row.reserved), align="end", phone="hidden", key="held"),
        Column(_("Available"), lambda row: Free(row), align="end", phone="end", key="available", named=True),
        Column(_("On the way"), lambda row: Number(row.incoming), align="end", phone="hidden", key="incoming"),
        Column(_("Days left"), lambda row: DaysLeft(row), align="end", phone="hidden", key="days", extra=not scarce),
        Column(
            _("To reorder"),
            lambda row: Number(row.to_reorder(cover)),
            align="end",
            phone="hidden",
            key="reorder",
            extra=not scarce,
        ),
        Column(_("SKU"), lambda row: Text(row.sku), phone="hidden", key="sku", extra=True),
        Column(_("Variant"), lambda row: Text(row.variant_title), phone="hidden", key="variant", extra=True),
        Column(_("Threshold"), lambda row: Number(row.threshold), align="end", key="threshold", extra=True, named=True),
        Column(
            _("Backorder limit"),
            lambda row: Number(row.backorder_limit),
            align="end",
            key="backorders",
            extra=True,
            named=True,
        ),
        Column(
            _("Actions"),
            lambda row: RowVerbs(row, may_adjust),
            align="end",
            phone="end",
            key="actions",
            filed=False,
        ),
    ]


def stock_filters(*, cover: bool) -> tuple[Filter, ...]:
    """The chips of lists of stock."""
    places = locations()
    indent = "\u2003"
    found = [
        Filter("category", _("Category"), [(str(e.id), f"{indent * e.depth}{e.name}") for e in category_choices()]),
        Filter("brand", _("Brand"), [(str(pk), name) for pk, name in brand_choices()]),
    ]
    if len(places) > 1:
        found.insert(0, Filter("location", _("Location"), [(str(place.pk), place.name) for place in places]))
    if cover:
        found.append(Filter("cover", _("Stock up for"), COVER, kind="one"))
    return tuple(found)


def filter_of(state: ListState) -> StockFilter:
    """Return what a list's address means."""
    return StockFilter(
        query=state.query,
        location_ids=[int(pk) for pk in state.many("location")],
        state=state.view if state.view in reads.STATES else "",
        category_ids=[int(pk) for pk in state.many("category")],
        brand_ids=[int(pk) for pk in state.many("brand")],
    )


def list_state(request: HttpRequest) -> tuple[ListState, tuple[Filter, ...]]:
    """Return what the address says about the list of stock, and the filters it offers."""
    filters = stock_filters(cover=request.GET.get("view", "") in {"low", "out", "oversold"})
    return ListState(request, views=VIEWS, filters=filters), filters


def _columns_for(request: HttpRequest, *, may_adjust: bool) -> list[Column[StockRow]]:
    state, _filters_now = list_state(request)
    return _columns(
        may_adjust=may_adjust,
        several=len(locations()) > 1,
        view=filter_of(state).state,
        cover=int(state.one("cover") or USUAL_COVER),
    )


def _file(request: HttpRequest, after: str, limit: int) -> tuple[list[StockRow], str]:
    return reads.stock_page(filter_of(list_state(request)[0]), after=after, limit=limit)


STOCK = arranged.register(
    ListPlace(
        "stock",
        "stock",
        "inventory.view",
        lambda: _columns(may_adjust=False, several=True, view="", cover=USUAL_COVER),
        ListFile("export.run", lambda request: _columns_for(request, may_adjust=False), _file),
    )
)


@screen("inventory.view", methods=("GET", "HEAD"))
def stock_list(request: HttpRequest) -> HttpResponse:
    state, filters = list_state(request)
    wanted = filter_of(state)
    may_adjust = allowed(request.user, "inventory.adjust")
    rows, after = reads.stock_page(wanted, after=state.after)
    bulk = (
        BulkVerb(_("Count these"), reverse("backoffice:stock_count_new"), opens_page=True),
        BulkVerb(_("Move these"), reverse("backoffice:stock_transfer_new"), opens_page=True),
        BulkVerb(
            _("Order these"),
            reverse("backoffice:stock_transfer_new"),
            fields={"kind": "delivery"},
            opens_page=True,
        ),
    )
    title, text = EMPTY.get(
        wanted.state,
        (_("Stock is counted per variant and place"), _("Add a product first; its variants appear here.")),
    )
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns_for(request, may_adjust=may_adjust),
        key=lambda row: row.key,
        label=lambda row: row.name,
        after=after,
        views=VIEWS,
        filters=filters,
        bulk=bulk if may_adjust else (),
        search=_("Search by title, SKU, barcode or pinyin"),
        caption=_("Stock"),
        empty=Empty(title, text, "boxes"),
        arranged=arranged_for(request, STOCK.key),
    )
    context = {
        "here": "products.stock",
        "list": listing,
        "may_adjust": may_adjust,
        "reasons": [(reason.value, reason.label) for reason in BY_HAND],
    }
    return list_response(request, "backoffice/stock/list.html", context)


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


class RulesForm(forms.Form):
    threshold = forms.IntegerField(
        label=_("Counts as low at"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=_("You are told when the available number falls to it. Empty means the store's own threshold."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    backorder_limit = forms.IntegerField(
        label=_("May be sold beyond what is there"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=_("Units that shoppers can order although they are not on hand. 0 means none."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    promised_on = forms.DateField(
        label=_("Sent from"),
        required=False,
        widget=DayInput(),
        help_text=_("Shoppers see this day before they buy, and on their order."),
    )
    promise = Line(
        label=_("What shoppers are promised then"),
        max_length=120,
        required=False,
        help_text=_("Such as: ships in the first week of March."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.fields["promise"]
        for code, name in other_languages():
            self.fields[f"promise__{code}"] = Line(label=f"{own.label} · {name}", max_length=120, required=False)


@screen("inventory.view", write="inventory.adjust")
def stock_threshold(request: HttpRequest, variant_id: int, location_id: int) -> HttpResponse:
    require(request.user, "inventory.adjust")
    row = reads.stock_row(variant_id, location_id)
    dialog = Dialog(
        title=gettext("Threshold and backorders of %(title)s") % {"title": row.title},
        submit=_("Save"),
        back=reverse("backoffice:stock"),
        consequence=f"{row.name} · {row.location}",
    )

    def stored() -> dict[str, Any]:
        now = reads.stock_row(variant_id, location_id)
        values = {
            "threshold": now.own_threshold,
            "backorder_limit": now.backorder_limit,
            "promise": now.backorder_promise,
            "promised_on": now.backorder_on,
        }
        for code, texts in translations_of("stock_level", [now.level_id]).get(now.level_id, {}).items():
            values[f"promise__{code}"] = texts.get("promise", "")
        return values

    form = RulesForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored)

    def act(values: dict[str, Any]) -> Done:
        set_level_rules(
            variant_id=variant_id,
            location_id=location_id,
            threshold=values["threshold"],
            backorder_limit=values["backorder_limit"] or 0,
            promise=values["promise"],
            seen=guard.check,
            promised_on=values["promised_on"],
            texts={code: values[f"promise__{code}"] for code, _name in other_languages()},
        )
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "products.stock"}, guard=guard)


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
