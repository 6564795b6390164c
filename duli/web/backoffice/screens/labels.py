"""Labels bought here: prices to choose from, one press for label and parcel, printing, and giving back."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound, sentence
from duli.base.ids import new_token
from duli.commerce.inventory.selectors import locations
from duli.commerce.orders.services import buy_label, label_offers, usual_parcel, void_label
from duli.commerce.orders.services.labels import RETURNS
from duli.commerce.orders.services.tracking import fulfilment_of, reference_of
from duli.commerce.orders.types import FulfilLine
from duli.commerce.shipping.label_seller import Package
from duli.commerce.shipping.labels import label, labels_of, quoted
from duli.commerce.shipping.service_words import service_words
from duli.commerce.shipping.services import fetch_document
from duli.commerce.shipping.services.labels import file_reference
from duli.commerce.shipping.types import LabelNotReady, LabelOffers, LabelView
from duli.platform.accounts.permissions import require
from duli.platform.media.private import open_private, private_file
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, note_error, run_verb, show_dialog
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.order_words import carrier_name
from duli.web.backoffice.screens.order_talk import streamed
from duli.web.backoffice.screens.orders_bulk import chosen
from duli.web.backoffice.selectors.orders import OrderOnPage, order_on_page

MM_PER_CM = 10
MEASURES = ("length", "width", "height")


class BoxForm(forms.Form):
    """From where in which box, or where to."""

    location = forms.TypedChoiceField(label=_("Ships from"), coerce=int)
    weight = forms.IntegerField(label=_("Weight with the box, g"), min_value=1, max_value=1_000_000)
    length = forms.DecimalField(label=_("Length, cm"), min_value=0, max_value=999, decimal_places=1, required=False)
    width = forms.DecimalField(label=_("Width, cm"), min_value=0, max_value=999, decimal_places=1, required=False)
    height = forms.DecimalField(label=_("Height, cm"), min_value=0, max_value=999, decimal_places=1, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].choices = [(place.pk, place.name) for place in locations()]  # type: ignore[attr-defined]

    def package(self) -> Package:
        values = self.cleaned_data
        return Package(values["weight"], *(int((values[name] or 0) * MM_PER_CM) for name in MEASURES))


class PackForm(BoxForm):
    """What goes into the parcel, from where, in which box."""

    allow_unpaid = forms.BooleanField(
        label=_("Ship although it is not paid"), required=False, help_text=_("You may not get your money.")
    )

    def __init__(self, *args: Any, page: OrderOnPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page = page
        if page.may_ship_now:
            del self.fields["allow_unpaid"]
        for row in page.waiting:
            self.fields[f"line-{row.line.pk}"] = forms.IntegerField(
                label=row.line.title,
                min_value=0,
                max_value=1_000_000,
                initial=row.quantity,
                required=False,
                widget=forms.NumberInput(attrs={"max": row.quantity, "inputmode": "numeric"}),
            )

    def rows(self) -> list[tuple[Any, forms.BoundField]]:
        return [(row, self[f"line-{row.line.pk}"]) for row in self.page.waiting]

    def lines(self) -> list[FulfilLine]:
        return [FulfilLine(row.line.pk, self.cleaned_data.get(f"line-{row.line.pk}") or 0) for row in self.page.waiting]


class PriceForm(forms.Form):
    """What was entered, as it was when the prices were asked for, and the price that was chosen."""

    quote_id = forms.IntegerField(widget=forms.HiddenInput(), min_value=1, max_value=2**62)
    idempotency_key = Line(max_length=60, widget=forms.HiddenInput())
    offer = forms.ChoiceField(label=_("Service"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, offers: LabelOffers | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = offers
        choices = [(entry.key, f"{entry.name} {entry.service}") for entry in offers.offers] if offers else []
        self.fields["offer"].choices = choices  # type: ignore[attr-defined]
        for name, entry in self.fields.items():
            if name != "offer":
                entry.widget = forms.HiddenInput()

    def offer_rows(self) -> list[dict[str, Any]]:
        """What can be chosen, the cheapest first."""
        language = get_language() or "en"
        picked = str(self["offer"].value() or "")
        return [
            {
                "key": entry.key,
                "name": carrier_name(entry.carrier) if entry.carrier != "other" else entry.name,
                "service": service_words(entry.service, entry.name),
                "price": entry.price.format(language),
                "days": entry.days,
                "picked": entry.key == picked,
            }
            for entry in (self.offers.offers if self.offers else ())
        ]


class BuyForm(PriceForm, PackForm):
    """The price of a parcel that is packed now."""


def prices_of(request: HttpRequest) -> LabelOffers | None:
    """Return the prices that a form was drawn with; None if they are gone."""
    quote_id = request.POST.get("quote_id", "")
    return quoted(int(quote_id)) if quote_id.isascii() and quote_id.isdigit() and len(quote_id) < 19 else None


def first_choice(form: BoxForm, asked: LabelOffers) -> dict[str, Any]:
    """Return what the form of prices begins with: what was entered, and the cheapest."""
    return {
        **form.cleaned_data,
        "quote_id": asked.quote_id,
        "idempotency_key": new_token(),
        "offer": asked.offers[0].key,
    }


def _dialog(page: OrderOnPage, *, asks: bool) -> Dialog:
    return Dialog(
        title=gettext("Buy a label for #%(number)s") % {"number": page.order.number},
        submit=_("Show prices") if asks else _("Buy and send"),
        back=reverse("backoffice:order", args=[page.order.pk]),
        wide=True,
        template="backoffice/orders/label_pack.html" if asks else "backoffice/orders/label_offers.html",
    )


@screen("orders.view", write="orders.fulfil")
def order_label(request: HttpRequest, order_id: int) -> HttpResponse:
    """First what is packed, then what sending it costs; the last press buys the label and sends the parcel."""
    require(request.user, "orders.fulfil")
    page = order_on_page(order_id, get_language() or "en")
    context = {"page": page, "order": page.order, "here": "orders.all"}
    if request.method == "POST" and request.POST.get("quote_id"):
        return _buy(request, page, context)
    dialog = _dialog(page, asks=True)
    if request.method != "POST":
        return show_dialog(request, dialog, PackForm(initial=_usual(page), page=page), context)
    form = PackForm(request.POST, page=page)
    if not form.is_valid():
        return show_dialog(request, dialog, form, context, status=422)
    try:
        asked = label_offers(
            order_id=order_id,
            lines=form.lines(),
            location_id=form.cleaned_data["location"],
            package=form.package(),
            allow_unpaid=bool(form.cleaned_data.get("allow_unpaid")),
        )
    except DuliError as error:
        note_error(form, error)
        return show_dialog(request, dialog, form, context, status=error.status)
    following = BuyForm(initial=first_choice(form, asked), page=page, offers=asked)
    return show_dialog(request, _dialog(page, asks=False), following, context)


def _usual(page: OrderOnPage) -> dict[str, Any]:
    """Return what the form begins with: everything that waits, in the usual box."""
    lines = [FulfilLine(row.line.pk, row.quantity) for row in page.waiting]
    try:
        box = usual_parcel(order_id=page.order.pk, lines=lines)
    except DuliError:
        return {}
    return measures_of(box)


def measures_of(box: Package) -> dict[str, Any]:
    """Return a box as the form shows it."""
    measures = (box.length_mm, box.width_mm, box.height_mm)
    return {
        "weight": box.weight_grams or "",
        **{name: f"{value / MM_PER_CM:g}" for name, value in zip(MEASURES, measures, strict=True) if value},
    }


def _buy(request: HttpRequest, page: OrderOnPage, context: dict[str, Any]) -> HttpResponse:
    form = BuyForm(request.POST, page=page, offers=prices_of(request))

    def act(values: dict[str, Any]) -> Done:
        buy_label(
            order_id=page.order.pk,
            lines=form.lines(),
            location_id=values["location"],
            quote_id=values["quote_id"],
            offer_key=values["offer"],
            idempotency_key=values["idempotency_key"],
            actor=actor_of(request),
            allow_unpaid=bool(values.get("allow_unpaid")),
        )
        return Done(gettext("The label is bought and the parcel is on its way"))

    return run_verb(request, _dialog(page, asks=False), form, act, context)


def _file(request: HttpRequest, entry: LabelView) -> Any:
    """Return the picture of a label, brought here now if it was not yet."""
    file_id = entry.file_id or fetch_document(label_id=entry.id)
    return private_file(file_id=file_id, reference=file_reference(entry.id))


@screen("orders.fulfil", methods=("GET", "HEAD"))
def label_file(request: HttpRequest, label_id: int) -> HttpResponseBase:
    """A label to be printed."""
    entry = label(label_id)
    try:
        return streamed(_file(request, entry))
    except NotFound:
        raise
    except DuliError as error:
        toast(request, sentence(error))
        return go_to(request, _home(entry))


def _home(entry: LabelView) -> str:
    """Return the page that a label belongs to: its parcel's or return's, else its order's."""
    parcel = fulfilment_of(entry.parcel)
    if parcel is not None:
        return reverse("backoffice:shipment", args=[parcel])
    if entry.parcel.startswith(RETURNS):
        return reverse("backoffice:return", args=[int(entry.parcel.removeprefix(RETURNS))])
    return reverse("backoffice:order", args=[int(entry.reference.partition(":")[2])])


@screen("orders.fulfil", methods=("GET", "HEAD"))
def labels_print(request: HttpRequest) -> HttpResponseBase:
    """The labels of the chosen parcels in one file, a page each, in the order of the list."""
    references = [reference_of(pk) for pk in chosen(request)]
    found = {entry.parcel: entry for entry in labels_of(references) if entry.may_be_printed}
    entries = [found[reference] for reference in references if reference in found]
    try:
        if not entries:
            raise LabelNotReady()
        content = _joined([_file(request, entry) for entry in entries])
    except DuliError as error:
        toast(request, gettext("None of these parcels has a label to print.") if not entries else sentence(error))
        return go_to(request, reverse("backoffice:shipments"))
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="labels.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _joined(files: list[Any]) -> bytes:
    from pypdf import PdfWriter  # it takes a moment, and only labels need it

    writer = PdfWriter()
    for row in files:
        with open_private(row).stream as stream:
            writer.append(io.BytesIO(stream.read()))
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


class Nothing(forms.Form):
    """A verb that asks nothing but whether it is meant."""


@screen("orders.view", write="orders.fulfil")
def label_void(request: HttpRequest, label_id: int) -> HttpResponse:
    """Give a label back."""
    require(request.user, "orders.fulfil")
    entry = label(label_id)
    dialog = Dialog(
        title=gettext("Give the label %(number)s back?") % {"number": entry.number},
        consequence=_(
            "The number is taken off the parcel and the label must not be used any more. The carrier pays back within "
            "some weeks; a label that was used is not taken back."
        ),
        submit=_("Give it back"),
        back=_home(entry),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        row = void_label(label_id=label_id, actor=actor_of(request))
        return Done(
            {
                "voided": gettext("The label is given back and paid back"),
                "void_rejected": gettext("The carrier does not take this label back: it was used, or it is too old"),
            }.get(row.state, gettext("The label is given back; the carrier still has to pay"))
        )

    return run_verb(
        request, dialog, Nothing(request.POST if request.method == "POST" else None), act, {"here": "orders.all"}
    )
