"""Transfers between locations and deliveries from outside: drafted, sent, received, with what is missing told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.inventory import services
from duli.commerce.inventory.models import StockTransfer
from duli.commerce.inventory.selectors import locations
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Link, Number, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, go_to, run_verb
from duli.web.backoffice.kit.forms import DayInput, Line
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.number_list import NumberList
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.screens.transfer_goods import goods_lines, goods_named, name_of_goods
from duli.web.backoffice.selectors import stock as stock_reads
from duli.web.backoffice.selectors import stock_papers as reads
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.selectors.stock_papers import TransferRow
from duli.web.backoffice.shell import render

State = StockTransfer.State
VIEWS = (
    View("all", _("All")),
    View("draft", _("Drafts")),
    View("sent", _("On the way")),
    View("received", _("Received")),
    View("cancelled", _("Cancelled")),
)
TONES = {"draft": ("", ""), "sent": ("info", "half"), "received": ("ok", "full"), "cancelled": ("", "bare")}
SUGGESTED_DAYS = 30


def state_pill(transfer: StockTransfer) -> Pill:
    return Pill(transfer.get_state_display(), *TONES[transfer.state])


def _title(transfer: StockTransfer) -> str:
    return f"{transfer.get_kind_display()} {transfer.pk}"


def _from(transfer: StockTransfer) -> str:
    return transfer.source.name if transfer.source else transfer.supplier or gettext("Supplier")


COLUMNS: list[Column[TransferRow]] = [
    Column(
        _("Number"),
        lambda row: Link(_title(row.transfer), reverse("backoffice:stock_transfer", args=[row.transfer.pk])),
        phone="wide",
    ),
    Column(_("State"), lambda row: Pills([state_pill(row.transfer)])),
    Column(_("Way"), lambda row: Text(f"{_from(row.transfer)} → {row.transfer.target.name}")),
    Column(_("Units"), lambda row: Number(row.units), align="end"),
    Column(_("Received"), lambda row: Number(row.received), align="end", phone="hidden"),
    Column(_("Made"), lambda row: When(row.transfer.created_at), phone="hidden"),
]


@screen("inventory.view", methods=("GET", "HEAD"))
def transfer_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request, views=VIEWS)
    rows, after = reads.transfer_page("" if state.view == "all" else state.view, after=state.after)
    may_adjust = allowed(request.user, "inventory.adjust")
    listing = ResourceList(
        state,
        rows=rows,
        columns=COLUMNS,
        key=lambda row: row.transfer.pk,
        label=lambda row: _title(row.transfer),
        after=after,
        views=VIEWS,
        caption=_("Transfers and deliveries"),
        empty=Empty(
            _("Nothing is being moved"),
            _("Move stock between locations, or write down what a supplier will bring."),
            "truck",
            _("New transfer") if may_adjust else "",
            reverse("backoffice:stock_transfer_new") if may_adjust else "",
        ),
    )
    context = {"here": "products.transfers", "list": listing, "may_adjust": may_adjust}
    return list_response(request, "backoffice/stock/transfers.html", context)


class TransferForm(forms.Form):
    source = forms.ChoiceField(label=_("From"), required=False)
    supplier = Line(label=_("Supplier"), max_length=120, required=False, help_text=_("For a delivery from outside."))
    target = forms.ChoiceField(label=_("To location"))
    expected_on = forms.DateField(label=_("Expected on"), required=False, widget=DayInput())
    note = Line(label=_("Note"), max_length=255, required=False)
    lines = NumberList(
        label=_("What is moved"),
        help_text=_("One line each: SKU or barcode, then the units. Paste two columns from a spreadsheet."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [(str(place.pk), place.name) for place in locations()]
        self.fields["source"].choices = [("", _("A supplier (delivery)")), *places]  # type: ignore[attr-defined]
        self.fields["target"].choices = places  # type: ignore[attr-defined]

    def clean_lines(self) -> dict[int, int]:
        numbers: dict[str, int] = self.cleaned_data["lines"]
        known = goods_named(numbers)
        missing = [name for name in numbers if name not in known]
        if missing:
            raise ValidationError(
                _("No product has these SKUs or barcodes: %(names)s"), params={"names": ", ".join(missing[:10])}
            )
        return {known[name]: units for name, units in numbers.items() if units}


def _suggested(request: HttpRequest) -> dict[str, Any]:
    """Return what a new paper begins with: rows that were chosen in the list of stock."""
    ids = [
        int(text) for text in request.GET.getlist("id")[:200] if text.isascii() and text.isdigit() and len(text) < 19
    ]
    places = locations()
    is_delivery = request.GET.get("kind") == "delivery" or len(places) < 2
    lines = []
    for row in stock_reads.rows_for(reads.variants_in_order(ids), places[:1]) if ids and places else []:
        units = max(row.to_reorder(SUGGESTED_DAYS), 1) if is_delivery else 1
        lines.append(f"{name_of_goods(row)}\t{units}")
    return {
        "lines": "\n".join(lines),
        "source": "" if is_delivery else str(places[0].pk),
        "target": str((places[0] if is_delivery else places[1]).pk) if places else "",
    }


def _stored(transfer: StockTransfer) -> dict[str, Any]:
    return {
        "source": transfer.source_id or "",
        "target": transfer.target_id,
        "supplier": transfer.supplier,
        "expected_on": transfer.expected_on,
        "note": transfer.note,
        "lines": "\n".join(f"{name_of_goods(line.variant)}\t{line.quantity}" for line in transfer.lines.all()),
    }


def _edit(request: HttpRequest, transfer: StockTransfer | None) -> HttpResponse:
    initial = _stored(transfer) if transfer else _suggested(request)
    form = TransferForm(request.POST if request.method == "POST" else None, initial=initial)
    guard = Guard(request, form, lambda: _stored(reads.transfer(transfer.pk))) if transfer else None

    def act() -> HttpResponse:
        values = form.cleaned_data
        saved = services.save_transfer(
            transfer_id=transfer.pk if transfer else None,
            source_id=int(values["source"]) if values["source"] else None,
            target_id=int(values["target"]),
            lines=values["lines"],
            supplier=values["supplier"],
            note=values["note"],
            expected_on=values["expected_on"],
            actor=actor_of(request),
            seen=guard.check if guard else None,
        )
        toast(request, gettext("Saved as a draft. Nothing has moved yet."))
        return go_to(request, reverse("backoffice:stock_transfer", args=[saved.pk]))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {
        "here": "products.transfers",
        "form": form,
        "known": goods_lines(form["lines"]),
        "seen": guard.mark if guard else "",
        "transfer": transfer,
        "dirty": status != 200,
        "title": _title(transfer) if transfer else gettext("New transfer or delivery"),
    }
    return render(request, "backoffice/stock/transfer_edit.html", context, status=status)


@screen("inventory.adjust")
def transfer_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@screen("inventory.adjust")
def transfer_edit(request: HttpRequest, transfer_id: int) -> HttpResponse:
    return _edit(request, reads.transfer(transfer_id))


@screen("inventory.view", methods=("GET", "HEAD"))
def transfer_detail(request: HttpRequest, transfer_id: int) -> HttpResponse:
    transfer = reads.transfer(transfer_id)
    context = {
        "here": "products.transfers",
        "transfer": transfer,
        "title": _title(transfer),
        "from": _from(transfer),
        "pill": state_pill(transfer),
        "by": actor_names([transfer.created_by])[transfer.created_by],
        "may_adjust": allowed(request.user, "inventory.adjust"),
    }
    return render(request, "backoffice/stock/transfer.html", context)


@screen("inventory.view", write="inventory.adjust")
def transfer_send(request: HttpRequest, transfer_id: int) -> HttpResponse:
    require(request.user, "inventory.adjust")
    transfer = reads.transfer(transfer_id)
    units = sum(line.quantity for line in transfer.lines.all())
    words = {"units": units, "source": _from(transfer), "target": transfer.target.name}
    dialog = Dialog(
        title=gettext("Send %(title)s?") % {"title": _title(transfer)},
        consequence=gettext("%(units)s units leave %(source)s now and are on their way to %(target)s.") % words
        if transfer.source
        else gettext("%(units)s units are expected at %(target)s from now on.") % words,
        submit=_("Send"),
        back=reverse("backoffice:stock_transfer", args=[transfer_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        services.send_transfer(transfer_id=transfer_id, actor=actor_of(request))
        return Done(gettext("On its way"))

    form = forms.Form(request.POST) if request.method == "POST" else forms.Form()
    return run_verb(request, dialog, form, act, {"here": "products.transfers"})


class ReceiveForm(forms.Form):
    """One number a line, and what becomes of the rest."""

    ending = forms.ChoiceField(label=_("What is missing"))
    note = Line(label=_("Note"), max_length=255, required=False)

    def __init__(self, *args: Any, transfer: StockTransfer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = []
        choices = [("", _("Still comes; keep it open"))]
        if transfer.source_id:
            choices += [("lost", _("Was lost on the way")), ("returned", _("Is back at the sender"))]
        else:
            choices += [("not_sent", _("Was never sent"))]
        self.fields["ending"].choices = choices  # type: ignore[attr-defined]
        self.fields["ending"].required = False
        for line in transfer.lines.all():
            name = f"line-{line.variant_id}"
            self.fields[name] = forms.IntegerField(
                label=line.variant.sku or line.variant.title,
                required=False,
                min_value=0,
                max_value=10_000_000,
                initial=line.open,
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
            self.rows.append((line, name))

    @property
    def lines(self) -> list[tuple[Any, Any]]:
        return [(line, self[name]) for line, name in self.rows]

    def received(self) -> dict[int, int]:
        return {line.variant_id: self.cleaned_data.get(name) or 0 for line, name in self.rows}


@screen("inventory.view", write="inventory.adjust")
def transfer_receive(request: HttpRequest, transfer_id: int) -> HttpResponse:
    require(request.user, "inventory.adjust")
    transfer = reads.transfer(transfer_id)
    dialog = Dialog(
        title=gettext("What has arrived of %(title)s?") % {"title": _title(transfer)},
        submit=_("Book it in"),
        back=reverse("backoffice:stock_transfer", args=[transfer_id]),
        template="backoffice/stock/receive.html",
        wide=True,
    )
    form = ReceiveForm(request.POST if request.method == "POST" else None, transfer=transfer)

    def act(values: dict[str, Any]) -> Done:
        done = services.receive_transfer(
            transfer_id=transfer_id,
            received=form.received(),
            close=bool(values["ending"]),
            difference=values["ending"],
            note=values["note"],
            actor=actor_of(request),
        )
        return Done(gettext("Received") if done.state == State.RECEIVED else gettext("Booked in; the rest is awaited"))

    return run_verb(request, dialog, form, act, {"here": "products.transfers"})


@screen("inventory.view", write="inventory.adjust")
def transfer_cancel(request: HttpRequest, transfer_id: int) -> HttpResponse:
    require(request.user, "inventory.adjust")
    transfer = reads.transfer(transfer_id)
    dialog = Dialog(
        title=gettext("Cancel %(title)s?") % {"title": _title(transfer)},
        consequence=gettext("What was not received is at %(source)s again.") % {"source": _from(transfer)}
        if transfer.state == State.SENT and transfer.source
        else gettext("Nothing is expected any more."),
        submit=_("Cancel it"),
        back=reverse("backoffice:stock_transfer", args=[transfer_id]),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        services.cancel_transfer(transfer_id=transfer_id, actor=actor_of(request))
        return Done(gettext("Cancelled"))

    form = forms.Form(request.POST) if request.method == "POST" else forms.Form()
    return run_verb(request, dialog, form, act, {"here": "products.transfers"})
