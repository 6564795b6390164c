"""Count sheets: made for a place, filled in by several people, looked at, applied."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import DuliError, InvalidInput, sentence
from duli.commerce.inventory import services
from duli.commerce.inventory.models import StockCount
from duli.commerce.inventory.selectors import locations
from duli.commerce.inventory.services.counts import MAXIMUM_LINES
from duli.commerce.inventory.types import Counted
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Link, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, run_verb
from duli.web.backoffice.kit.downloads import csv_response
from duli.web.backoffice.kit.forms import IdList, Line
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.number_list import NumberList, parse_numbers, read_text
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.kit.when import date_words
from duli.web.backoffice.selectors import stock as stock_reads
from duli.web.backoffice.selectors import stock_papers as reads
from duli.web.backoffice.selectors.products import brand_choices, category_choices
from duli.web.backoffice.selectors.stock import StockFilter
from duli.web.backoffice.selectors.stock_papers import CountRow
from duli.web.backoffice.shell import render

VIEWS = (
    View("all", _("All")),
    View("open", _("Being counted")),
    View("applied", _("Applied")),
    View("cancelled", _("Cancelled")),
)
SHEET_VIEWS = (View("all", _("All")), View("open", _("Not counted yet")), View("different", _("Different")))
TONES = {"open": ("info", "half"), "applied": ("ok", "full"), "cancelled": ("", "bare")}


def _pill(count: StockCount) -> Pill:
    return Pill(count.get_state_display(), *TONES[count.state])


COLUMNS: list[Column[CountRow]] = [
    Column(
        pgettext_lazy("stock", "Sheet"),
        lambda row: Link(row.count.name, reverse("backoffice:stock_count", args=[row.count.pk])),
        phone="wide",
    ),
    Column(_("State"), lambda row: Pills([_pill(row.count)])),
    Column(_("Location"), lambda row: Text(row.count.location.name)),
    Column(_("Counted"), lambda row: Text(f"{row.counted} / {row.lines}"), align="end", phone="end"),
    Column(_("By"), lambda row: Text(row.by, muted=True), phone="hidden"),
    Column(_("Made"), lambda row: When(row.count.created_at), phone="hidden"),
]


@screen("inventory.view", methods=("GET", "HEAD"))
def count_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request, views=VIEWS)
    rows, after = reads.count_page("" if state.view == "all" else state.view, after=state.after)
    may_adjust = allowed(request.user, "inventory.adjust")
    listing = ResourceList(
        state,
        rows=rows,
        columns=COLUMNS,
        key=lambda row: row.count.pk,
        label=lambda row: row.count.name,
        after=after,
        views=VIEWS,
        caption=_("Count sheets"),
        empty=Empty(
            _("Nothing is being counted"),
            _("A count sheet compares what lies on the shelf with what the shop thinks, while you go on selling."),
            "list-ordered",
            _("New count sheet") if may_adjust else "",
            reverse("backoffice:stock_count_new") if may_adjust else "",
        ),
    )
    context = {"here": "products.counts", "list": listing, "may_adjust": may_adjust}
    return list_response(request, "backoffice/stock/counts.html", context)


class NewCountForm(forms.Form):
    name = Line(label=_("Name of the sheet"), max_length=120)
    location = forms.ChoiceField(label=_("Location"))
    scope = forms.ChoiceField(label=_("What is counted"))
    category = forms.ChoiceField(label=_("Category"), required=False)
    brand = forms.ChoiceField(label=_("Brand"), required=False)
    id = IdList(required=False)

    def __init__(self, *args: Any, chosen: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes: list[tuple[str, object]] = [
            ("kept", _("Everything kept there")),
            ("low", _("What is running low")),
            ("all", _("All variants")),
        ]
        if chosen:
            scopes.insert(0, ("chosen", gettext("The %(count)s chosen rows") % {"count": chosen}))
        indent = "\u2003"
        self.fields["scope"].choices = scopes  # type: ignore[attr-defined]
        self.fields["location"].choices = [(str(place.pk), place.name) for place in locations()]  # type: ignore[attr-defined]
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            ("", _("All categories")),
            *((str(entry.id), f"{indent * entry.depth}{entry.name}") for entry in category_choices()),
        ]
        self.fields["brand"].choices = [  # type: ignore[attr-defined]
            ("", _("All brands")),
            *((str(pk), name) for pk, name in brand_choices()),
        ]


def _variants(values: dict[str, Any]) -> list[int]:
    """Return which variants a new sheet has, in the order of the list of stock."""
    if values["scope"] == "chosen":
        return list(values["id"])
    location_id = int(values["location"])
    wanted = StockFilter(
        location_ids=[location_id],
        state="low" if values["scope"] == "low" else "",
        category_ids=[int(values["category"])] if values["category"] else [],
        brand_ids=[int(values["brand"])] if values["brand"] else [],
    )
    rows = stock_reads.variants_of(wanted).filter(tracks_stock=True)
    if values["scope"] == "kept":
        rows = rows.filter(stock_levels__location_id=location_id)
    return list(
        rows.order_by("product__title", "product_id", "position").values_list("pk", flat=True)[: MAXIMUM_LINES + 1]
    )


@screen("inventory.adjust")
def count_new(request: HttpRequest) -> HttpResponse:
    given = request.POST.getlist("id") if request.method == "POST" else request.GET.getlist("id")
    dialog = Dialog(
        title=_("New count sheet"),
        consequence=_("The sheet remembers what the shop thinks now. You can go on selling while you count."),
        submit=_("Make the sheet"),
        back=reverse("backoffice:stock_counts"),
    )
    if request.method == "POST":
        form = NewCountForm(request.POST, chosen=len(given))
    else:
        initial = {
            "name": gettext("Count of %(day)s") % {"day": date_words(timezone.localtime(now()).date())},
            "id": given,
        }
        form = NewCountForm(initial=initial, chosen=len(given))

    def act(values: dict[str, Any]) -> Done:
        ids = _variants(values)
        if not ids:
            raise InvalidInput(field="scope")
        count = services.open_count(
            location_id=int(values["location"]), variant_ids=ids, name=values["name"], actor=actor_of(request)
        )
        return Done(gettext("The sheet is ready"), reverse("backoffice:stock_count", args=[count.pk]))

    return run_verb(request, dialog, form, act, {"here": "products.counts"})


@screen("inventory.view", methods=("GET", "HEAD"))
def count_detail(request: HttpRequest, count_id: int) -> HttpResponse:
    return _show(request, reads.count_sheet(count_id))


def _show(request: HttpRequest, count: StockCount, *, problem: str = "", status: int = 200) -> HttpResponse:
    state = ListState(request, views=SHEET_VIEWS)
    lines, after = reads.sheet_page(count, view="" if state.view == "all" else state.view, after=state.after)
    typed = {name: value[:9] for name, value in request.POST.items() if name.startswith("n-")} if problem else {}
    is_open = count.state == StockCount.State.OPEN
    context = {
        "here": "products.counts",
        "count": count,
        "pill": _pill(count),
        "sums": reads.sheet_sums(count),
        "rows": [
            (row, typed.get(f"n-{row.line.variant_id}", "" if row.line.counted is None else row.line.counted))
            for row in lines
        ],
        "tabs": [
            (view, state.url([("view", view.key)] if view is not SHEET_VIEWS[0] else []), view.key == state.view)
            for view in SHEET_VIEWS
        ],
        "next_url": state.url(state.pairs(after=after)) if after else "",
        "problem": problem,
        "may_count": is_open and allowed(request.user, "inventory.adjust"),
        "is_open": is_open,
        "here_url": state.url(state.pairs(after=state.after)),
    }
    return render(request, "backoffice/stock/count.html", context, status=status)


def _typed(request: HttpRequest) -> list[Counted]:
    """Read the numbers of the page: ``n-<variant>`` and what stood there before in ``s-<variant>``."""
    found = []
    for name in request.POST:
        key, value = name[2:], request.POST.get(name, "")
        if not name.startswith("n-") or not (key.isascii() and key.isdigit() and len(key) < 19):
            continue
        before = request.POST.get(f"s-{key}", "").strip()
        text = value.strip()
        if text == before:
            continue
        if any(part and not (part.isascii() and part.isdigit() and len(part) < 10) for part in (text, before)):
            raise InvalidInput(field="lines")
        found.append(Counted(int(key), int(text) if text else None, int(before) if before else None))
    return found


@screen("inventory.view", write="inventory.adjust", methods=("POST",))
def count_write(request: HttpRequest, count_id: int) -> HttpResponse:
    """Keep what was typed on one page of the sheet; the rest may follow later, by anybody."""
    try:
        changed = services.write_counts(
            count_id=count_id,
            counts=_typed(request),
            actor=actor_of(request),
            as_of_start=request.POST.get("as_of") == "start",
        )
    except DuliError as error:
        return _show(request, reads.count_sheet(count_id), problem=sentence(error), status=error.status)
    toast(request, gettext("%(count)s lines saved") % {"count": changed})
    target = request.POST.get("next", "")
    sheet = reverse("backoffice:stock_count", args=[count_id])
    return go_to(request, target if target.startswith(sheet) else sheet)


class PasteForm(forms.Form):
    lines = NumberList(
        label=_("Counts"),
        required=False,
        help_text=_("One line each: SKU or barcode, then what you counted. Paste two columns from a spreadsheet."),
    )
    file = forms.FileField(label=_("Or a CSV file"), required=False)
    as_of_start = forms.BooleanField(
        label=_("Counted when the sheet was made"),
        required=False,
        help_text=_("Tick this if it was counted then and you sold or received since."),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        upload = values.get("file")
        if upload:
            values["lines"] = parse_numbers(read_text(upload))
        if not values.get("lines") and not self.errors:
            raise ValidationError(_("Paste some lines or choose a file."))
        return values


@screen("inventory.view", write="inventory.adjust")
def count_paste(request: HttpRequest, count_id: int) -> HttpResponse:
    require(request.user, "inventory.adjust")
    count = reads.count_sheet(count_id)
    dialog = Dialog(
        title=gettext("Paste counts into %(name)s") % {"name": count.name},
        submit=_("Write them down"),
        back=reverse("backoffice:stock_count", args=[count_id]),
        wide=True,
        upload=True,
    )
    form = PasteForm(request.POST, request.FILES) if request.method == "POST" else PasteForm()

    def act(values: dict[str, Any]) -> Done:
        numbers = values["lines"]
        known = stock_reads.variants_named(numbers)
        on_sheet = dict(count.lines.filter(variant_id__in=known.values()).values_list("variant_id", "counted"))
        missing = [name for name in numbers if known.get(name) not in on_sheet]
        if missing:
            raise _NotOnSheet(field="lines", names=", ".join(missing[:10]))
        changed = services.write_counts(
            count_id=count_id,
            counts=[Counted(known[name], units, on_sheet[known[name]]) for name, units in numbers.items()],
            actor=actor_of(request),
            as_of_start=values["as_of_start"],
        )
        return Done(gettext("%(count)s lines saved") % {"count": changed})

    return run_verb(request, dialog, form, act, {"here": "products.counts"})


class _NotOnSheet(InvalidInput):
    code = "not_on_sheet"
    message = gettext_noop("These are not on this sheet: %(names)s")


@screen("inventory.view", write="inventory.adjust")
def count_apply(request: HttpRequest, count_id: int) -> HttpResponse:
    require(request.user, "inventory.adjust")
    count = reads.count_sheet(count_id)
    sums = reads.sheet_sums(count)
    words = {"different": sums.different, "more": sums.more, "fewer": -sums.fewer, "open": sums.lines - sums.counted}
    dialog = Dialog(
        title=gettext("Apply %(name)s?") % {"name": count.name},
        consequence=gettext(
            "%(different)s numbers change: %(more)s units more, %(fewer)s fewer. Not counted: %(open)s; those stay."
        )
        % words,
        submit=_("Apply the differences"),
        back=reverse("backoffice:stock_count", args=[count_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        services.apply_count(count_id=count_id, actor=actor_of(request))
        return Done(gettext("The stock is what was counted"))

    form = forms.Form(request.POST) if request.method == "POST" else forms.Form()
    return run_verb(request, dialog, form, act, {"here": "products.counts"})


@screen("inventory.view", write="inventory.adjust")
def count_cancel(request: HttpRequest, count_id: int) -> HttpResponse:
    require(request.user, "inventory.adjust")
    count = reads.count_sheet(count_id)
    dialog = Dialog(
        title=gettext("Put %(name)s away?") % {"name": count.name},
        consequence=_("No stock changes. What was written down stays readable."),
        submit=_("Put it away"),
        back=reverse("backoffice:stock_count", args=[count_id]),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        services.cancel_count(count_id=count_id, actor=actor_of(request))
        return Done(gettext("Put away"))

    form = forms.Form(request.POST) if request.method == "POST" else forms.Form()
    return run_verb(request, dialog, form, act, {"here": "products.counts"})


@screen("inventory.view", methods=("GET", "HEAD"))
def count_print(request: HttpRequest, count_id: int) -> HttpResponse:
    """A sheet on paper: names, places to write in, and no numbers that would tempt."""
    count = reads.count_sheet(count_id)
    lines = [line for part in reads.whole_sheet(count) for line in part]
    return render(
        request, "backoffice/stock/count_print.html", {"here": "products.counts", "count": count, "lines": lines}
    )


@screen("inventory.view", methods=("GET", "HEAD"))
def count_export(request: HttpRequest, count_id: int) -> HttpResponseBase:
    count = reads.count_sheet(count_id)
    header = ["SKU", gettext("Product"), gettext("Expected"), gettext("Counted"), gettext("Difference")]
    rows = (
        (
            row.sku,
            row.title,
            row.line.expected,
            "" if row.line.counted is None else row.line.counted,
            row.line.difference,
        )
        for part in reads.whole_sheet(count)
        for row in part
    )
    return csv_response(f"count-{count.pk}", header, rows)
