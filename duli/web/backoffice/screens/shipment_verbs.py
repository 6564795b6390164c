"""What can be done with parcels: ask now, write down what was told by telephone, bring in many numbers at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound, sentence
from duli.base.ids import new_token
from duli.commerce.inventory.selectors import locations
from duli.commerce.orders.services import ship_listed
from duli.commerce.orders.tracking_list import MOST_ROWS, read_tracking_list
from duli.commerce.shipping.services import add_sighting, refresh
from duli.commerce.shipping.states import ParcelProgress
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, run_verb
from duli.web.backoffice.kit.forms import Line, Prose
from duli.web.backoffice.kit.number_list import read_text
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.selectors.shipments import shipment_on_page
from duli.web.backoffice.shell import render


def _back(parcel_id: int) -> str:
    return reverse("backoffice:shipment", args=[parcel_id])


@screen("orders.view", write="orders.fulfil", methods=("POST",))
def shipment_refresh(request: HttpRequest, parcel_id: int) -> HttpResponse:
    """Ask the tracking service now."""
    progress = shipment_on_page(parcel_id).progress
    if progress is None:
        raise NotFound()
    try:
        refresh(parcel_id=progress.id)
    except DuliError as error:
        toast(request, sentence(error))
    else:
        toast(request, gettext("Asked: this is the latest"))
    return go_to(request, _back(parcel_id))


class EventForm(forms.Form):
    state = forms.ChoiceField(label=_("Where it is"), choices=ParcelProgress.choices)
    text = Line(label=_("In words"), max_length=500, required=False, help_text=_("The shopper reads them."))
    place = Line(label=_("Place"), max_length=160, required=False)


@screen("orders.view", write="orders.fulfil")
def shipment_event(request: HttpRequest, parcel_id: int) -> HttpResponse:
    require(request.user, "orders.fulfil")
    progress = shipment_on_page(parcel_id).progress
    if progress is None:
        raise NotFound()
    dialog = Dialog(
        title=_("Write down what happened"),
        consequence=_("It stands on the order's page, and the shopper gets the mail that belongs to it."),
        submit=_("Write down"),
        back=_back(parcel_id),
    )
    initial = {"state": progress.state}
    form = EventForm(request.POST) if request.method == "POST" else EventForm(initial=initial)

    def act(values: dict[str, Any]) -> Done:
        add_sighting(parcel_id=progress.id, actor=actor_of(request), **values)
        return Done(gettext("Written down"))

    return run_verb(request, dialog, form, act, {"here": "orders.shipments"})


class UploadForm(forms.Form):
    location = forms.TypedChoiceField(label=_("Ships from"), coerce=int)
    file = forms.FileField(
        label=_("CSV file"), required=False, widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"})
    )
    lines = Prose(
        label=_("Or paste the lines"),
        max_length=200_000,
        required=False,
        rows=6,
        help_text=_("One parcel a line: order number, tracking number, carrier. The carrier may be left out."),
    )
    idempotency_key = Line(max_length=40, widget=forms.HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].choices = [(place.pk, place.name) for place in locations()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        text = read_text(values["file"]) if values.get("file") else values.get("lines", "")
        values["rows"] = read_tracking_list(text)
        if not values["rows"] and not self.errors:
            raise ValidationError(_("Paste some lines or choose a file."))
        if len(values["rows"]) > MOST_ROWS:
            raise ValidationError(_("At most %(most)s parcels at once."), params={"most": MOST_ROWS})
        return values


@screen("orders.view", write="orders.fulfil")
def shipments_upload(request: HttpRequest) -> HttpResponse:
    """Bring in numbers for many orders: what fits is shipped, and each line that does not says why."""
    require(request.user, "orders.fulfil")
    status, results = 200, None
    form = UploadForm(initial={"idempotency_key": new_token()})
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            results = ship_listed(
                rows=values["rows"],
                location_id=values["location"],
                idempotency_key=values["idempotency_key"],
                actor=actor_of(request),
            )
            done = sum(1 for entry in results if entry.problem is None)
            words = ngettext("%(count)s parcel has its number", "%(count)s parcels have their numbers", done)
            toast(request, words % {"count": done})
            if done == len(results):
                return go_to(request, reverse("backoffice:shipments"))
            status = 200
            form = UploadForm(initial={"idempotency_key": new_token()})
    refused = [(entry, sentence(entry.problem)) for entry in results or () if entry.problem is not None]
    context = {"here": "orders.shipments", "form": form, "refused": refused, "done": len(results or ()) - len(refused)}
    return render(request, "backoffice/shipments/upload.html", context, status=status)
