"""Labels for an order that leaves in several parcels: what goes into which, one price for all, one press."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError
from duli.base.ids import new_token
from duli.commerce.inventory.selectors import locations
from duli.commerce.orders.services import buy_labels, several_label_offers, usual_parcel
from duli.commerce.orders.services.several_labels import MOST_PARCELS, PackedParcel, ParcelOffer, ParcelOutcome
from duli.commerce.orders.types import FulfilLine
from duli.commerce.shipping.label_seller import Package
from duli.commerce.shipping.labels import quoted
from duli.commerce.shipping.service_words import service_words
from duli.commerce.shipping.several import shared_ways
from duli.commerce.shipping.types import LabelOffers, SharedWay
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, note_error, run_verb, show_dialog
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.order_words import carrier_name
from duli.web.backoffice.screens.labels import MEASURES, MM_PER_CM, measures_of
from duli.web.backoffice.selectors.orders import OrderOnPage, order_on_page


@dataclass(frozen=True, slots=True)
class Part:
    """One of the parcels as the form shows it; `rows` as in the form of a single one."""

    number: int
    rows: list[tuple[Any, forms.BoundField]]
    weight: forms.BoundField
    measures: list[forms.BoundField]


class SeveralForm(forms.Form):
    """What goes into which parcel, from where, and how heavy each is."""

    location = forms.TypedChoiceField(label=_("Ships from"), coerce=int)
    allow_unpaid = forms.BooleanField(
        label=_("Ship although it is not paid"), required=False, help_text=_("You may not get your money.")
    )

    def __init__(self, *args: Any, page: OrderOnPage, count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page, self.count = page, count
        self.fields["location"].choices = [(place.pk, place.name) for place in locations()]  # type: ignore[attr-defined]
        if page.may_ship_now:
            del self.fields["allow_unpaid"]
        for number in range(1, count + 1):
            self.fields[f"weight-{number}"] = forms.IntegerField(
                label=_("Weight with the box, g"), min_value=1, max_value=1_000_000
            )
            for name, label in zip(MEASURES, (_("Length, cm"), _("Width, cm"), _("Height, cm")), strict=True):
                self.fields[f"{name}-{number}"] = forms.DecimalField(
                    label=label, min_value=0, max_value=999, decimal_places=1, required=False
                )
            for row in page.waiting:
                self.fields[f"line-{row.line.pk}-{number}"] = forms.IntegerField(
                    label=row.line.title,
                    min_value=0,
                    max_value=1_000_000,
                    required=False,
                    widget=forms.NumberInput(attrs={"max": row.quantity, "inputmode": "numeric"}),
                )

    def parts(self) -> list[Part]:
        return [
            Part(
                number,
                [(row, self[f"line-{row.line.pk}-{number}"]) for row in self.page.waiting],
                self[f"weight-{number}"],
                [self[f"{name}-{number}"] for name in MEASURES],
            )
            for number in range(1, self.count + 1)
        ]

    def lines(self, number: int) -> list[FulfilLine]:
        return [
            FulfilLine(row.line.pk, self.cleaned_data.get(f"line-{row.line.pk}-{number}") or 0)
            for row in self.page.waiting
        ]

    def packed(self) -> list[PackedParcel]:
        values = self.cleaned_data
        return [
            PackedParcel(
                self.lines(number),
                Package(
                    values[f"weight-{number}"],
                    *(int((values[f"{name}-{number}"] or 0) * MM_PER_CM) for name in MEASURES),
                ),
            )
            for number in range(1, self.count + 1)
        ]

    def counts(self) -> list[tuple[int, bool]]:
        """Return in how many parcels it may leave, and which of these numbers is the one shown."""
        most = min(MOST_PARCELS, sum(row.quantity for row in self.page.waiting))
        return [(number, number == self.count) for number in range(2, most + 1)]


class SeveralPricesForm(SeveralForm):
    """What was entered, as it was when the prices were asked for, and the service that was chosen for all."""

    idempotency_key = Line(max_length=60, widget=forms.HiddenInput())
    offer = forms.ChoiceField(label=_("Service"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, asked: tuple[LabelOffers, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        for number in range(1, self.count + 1):
            self.fields[f"quote_id-{number}"] = forms.IntegerField(min_value=1, max_value=2**62)
        self.fields["offer"].choices = [(way.offers[0], way.service) for way in self.ways]  # type: ignore[attr-defined]
        for name, entry in self.fields.items():
            if name != "offer":
                entry.widget = forms.HiddenInput()

    @cached_property
    def ways(self) -> tuple[SharedWay, ...]:
        return shared_ways(self.asked)

    @property
    def is_test(self) -> bool:
        return any(entry.is_test for entry in self.asked)

    def way_rows(self) -> list[dict[str, Any]]:
        """What can be chosen for all parcels, the cheapest first."""
        language = get_language() or "en"
        picked = str(self["offer"].value() or "")
        return [
            {
                "key": way.offers[0],
                "name": carrier_name(way.carrier) if way.carrier != "other" else way.name,
                "service": service_words(way.service, way.name),
                "price": way.total.format(language),
                "parts": " + ".join(price.format(language) for price in way.prices),
                "days": way.days,
                "picked": way.offers[0] == picked,
            }
            for way in self.ways
        ]

    def offers(self) -> list[ParcelOffer]:
        chosen = next(way for way in self.ways if way.offers[0] == self.cleaned_data["offer"])
        return [
            ParcelOffer(self.lines(number), self.cleaned_data[f"quote_id-{number}"], chosen.offers[number - 1])
            for number in range(1, self.count + 1)
        ]


def _count(request: HttpRequest, page: OrderOnPage) -> int:
    """Return in how many parcels it is to leave: 2 where nothing sensible is said."""
    said = request.GET.get("parcels", "")
    most = min(MOST_PARCELS, sum(row.quantity for row in page.waiting))
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 3 else 2
    return max(2, min(number, most))


def _asked(request: HttpRequest, count: int) -> tuple[LabelOffers, ...]:
    """Return the prices that a form was drawn with; none where some are gone."""
    found = []
    for number in range(1, count + 1):
        said = request.POST.get(f"quote_id-{number}", "")
        entry = quoted(int(said)) if said.isascii() and said.isdigit() and len(said) < 19 else None
        if entry is None:
            return ()
        found.append(entry)
    return tuple(found)


def _usual(page: OrderOnPage, count: int) -> dict[str, Any]:
    """Return what the form begins with: the units dealt out in their order, as evenly as they go, in usual boxes."""
    units = [row.line.pk for row in page.waiting for _unit in range(row.quantity)]
    initial: dict[str, Any] = {}
    for number in range(1, count + 1):
        mine = units[len(units) * (number - 1) // count : len(units) * number // count]
        for row in page.waiting:
            initial[f"line-{row.line.pk}-{number}"] = mine.count(row.line.pk)
        try:
            box = usual_parcel(order_id=page.order.pk, lines=[FulfilLine(pk, mine.count(pk)) for pk in set(mine)])
        except DuliError:
            continue
        initial |= {f"{name}-{number}": value for name, value in measures_of(box).items()}
    return initial


def _dialog(page: OrderOnPage, *, asks: bool) -> Dialog:
    return Dialog(
        title=gettext("Labels for several parcels of #%(number)s") % {"number": page.order.number},
        submit=_("Show prices") if asks else _("Buy all and send"),
        back=reverse("backoffice:order", args=[page.order.pk]),
        wide=True,
        template="backoffice/orders/labels_pack.html" if asks else "backoffice/orders/labels_offers.html",
    )


@screen("orders.view", write="orders.fulfil")
def order_labels(request: HttpRequest, order_id: int) -> HttpResponse:
    """First what goes into which parcel, then what all cost; the last press buys the labels and sends the parcels."""
    require(request.user, "orders.fulfil")
    page = order_on_page(order_id, get_language() or "en")
    count = _count(request, page)
    context = {"page": page, "order": page.order, "count": count, "here": "orders.all"}
    if request.method == "POST" and request.POST.get("quote_id-1"):
        return _buy(request, page, count, context)
    dialog = _dialog(page, asks=True)
    if request.method != "POST":
        return show_dialog(request, dialog, SeveralForm(initial=_usual(page, count), page=page, count=count), context)
    form = SeveralForm(request.POST, page=page, count=count)
    if not form.is_valid():
        return show_dialog(request, dialog, form, context, status=422)
    try:
        asked = several_label_offers(
            order_id=order_id,
            parcels=form.packed(),
            location_id=form.cleaned_data["location"],
            allow_unpaid=bool(form.cleaned_data.get("allow_unpaid")),
        )
    except DuliError as error:
        note_error(form, error)
        return show_dialog(request, dialog, form, context, status=error.status)
    initial = {
        **form.cleaned_data,
        **{f"quote_id-{number}": entry.quote_id for number, entry in enumerate(asked, 1)},
        "idempotency_key": new_token(),
        "offer": shared_ways(asked)[0].offers[0],
    }
    following = SeveralPricesForm(initial=initial, page=page, count=count, asked=asked)
    return show_dialog(request, _dialog(page, asks=False), following, context)


def _buy(request: HttpRequest, page: OrderOnPage, count: int, context: dict[str, Any]) -> HttpResponse:
    form = SeveralPricesForm(request.POST, page=page, count=count, asked=_asked(request, count))

    def act(values: dict[str, Any]) -> Done:
        outcomes = buy_labels(
            order_id=page.order.pk,
            parcels=form.offers(),
            location_id=values["location"],
            idempotency_key=values["idempotency_key"],
            actor=actor_of(request),
            allow_unpaid=bool(values.get("allow_unpaid")),
        )
        return Done(_told(outcomes))

    return run_verb(request, _dialog(page, asks=False), form, act, context)


def _told(outcomes: tuple[ParcelOutcome, ...]) -> str:
    """Return what became of the labels, in a sentence or two."""
    sent = sum(outcome.parcel is not None for outcome in outcomes)
    if sent == len(outcomes):
        return ngettext(
            "%(count)s label is bought and its parcel is on its way",
            "%(count)s labels are bought and their parcels are on their way",
            sent,
        ) % {"count": sent}
    said = [gettext("%(sent)s of %(count)s parcels are on their way.") % {"sent": sent, "count": len(outcomes)}]
    for number, outcome in enumerate(outcomes, 1):
        if outcome.parcel is None:
            said.append(gettext("Parcel %(number)s: %(problem)s") % {"number": number, "problem": outcome.problem})
    return " ".join(said)
