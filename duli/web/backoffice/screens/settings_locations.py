"""Locations: where stock lies, and which is taken from first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.commerce.inventory import services
from duli.commerce.inventory.models import Location
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.translations import texts
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, run_verb
from duli.web.backoffice.kit.forms import IdList, Line, Prose
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.product_form import other_languages
from duli.web.backoffice.shell import render


def _found(location_id: int) -> Location:
    location = Location.objects.filter(pk=location_id).first()
    if location is None:
        raise NotFound()
    return location


@screen("settings.view", methods=("GET", "HEAD"))
def settings_locations(request: HttpRequest) -> HttpResponse:
    context = {
        "here": "settings",
        "locations": list(Location.objects.order_by("-is_active", "priority", "pk")),
        "may_edit": allowed(request.user, "settings.edit"),
    }
    return render(request, "backoffice/settings/locations.html", context)


WEEKDAYS = [
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
]
MOST_CLOSED = 100
_STRETCH = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:\s*(?:–|—|-|~|至|to)\s*(\d{4}-\d{1,2}-\d{1,2}))?")


def read_days(text: str) -> list[list[str]]:
    """Return the stretches of days that somebody wrote, a line each, as they are stored. ValidationError."""
    found = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        match = _STRETCH.fullmatch(line)
        try:
            days = [date(*map(int, part.split("-"))) for part in (match[1], match[2] or match[1])] if match else []
        except ValueError:
            days = []
        if not days or not timedelta(0) <= days[1] - days[0] <= timedelta(days=366):
            raise ValidationError(_("“%(line)s” is no day and no stretch of days."), params={"line": line[:40]})
        found.append([day.isoformat() for day in days])
    if len(found) > MOST_CLOSED:
        raise ValidationError(_("At most %(most)s lines."), params={"most": MOST_CLOSED})
    return found


def write_days(rows: Sequence[Sequence[str]]) -> str:
    """Return stretches of days as `read_days` takes them."""
    return "\n".join(first if first == last else f"{first} – {last}" for first, last in rows)


FIELDS = (
    *("name", "country", "region", "address", "city", "postal_code", "phone", "cutoff", "working_days"),
    *("is_pickup", "pickup_hours", "pickup_instructions"),
)


WORDS = ("name", "address", "pickup_hours", "pickup_instructions")


class LocationForm(forms.Form):
    name = Line(label=_("Name"), max_length=120)
    country = Line(label=_("Country"), max_length=2, help_text=_("Two letters: CN, DE."))
    region = Line(
        label=_("State or province"),
        max_length=60,
        required=False,
        help_text=_("For taxes on what is fetched here, where they differ by state: CA, NY."),
    )
    address = Prose(label=_("Address"), max_length=1000, required=False, rows=3)
    city = Line(label=_("City"), max_length=80, required=False)
    postal_code = Line(label=_("Postal code"), max_length=20, required=False)
    phone = Line(
        label=_("Telephone"), max_length=40, required=False, help_text=_("Of the sender, on labels and customs papers.")
    )
    cutoff = forms.TimeField(
        label=_("Orders leave the same day until"),
        required=False,
        help_text=_("In the store's time zone, 24 hours: 15:30. Empty: until the day ends."),
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    working_days = forms.TypedMultipleChoiceField(
        label=_("Parcels leave on"),
        coerce=int,
        choices=WEEKDAYS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: every day."),
    )
    closed = Prose(
        label=_("Closed on"),
        max_length=4000,
        required=False,
        rows=3,
        help_text=_("Holidays, one line each: 2027-02-06, or 2027-02-06 – 2027-02-12."),
    )
    is_pickup = forms.BooleanField(label=_("Shoppers may fetch orders here"), required=False)
    pickup_hours = Prose(
        label=_("Opening hours"),
        max_length=500,
        required=False,
        rows=3,
        help_text=_("One line each, as shoppers read it."),
    )
    pickup_instructions = Prose(
        label=_("What to know when fetching"),
        max_length=1000,
        required=False,
        rows=3,
        help_text=_("Where to go, what to bring. It stands in the mail that says that an order is ready."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What shoppers read of a place, in the languages besides the store's own.
        for code, name in other_languages():
            for field in WORDS:
                entry = self.fields[field]
                label = f"{entry.label} · {name}"
                longest = getattr(entry, "max_length", 1000)
                kind: forms.CharField = Line(label=label, max_length=longest, required=False)
                if field != "name":
                    kind = Prose(label=label, max_length=longest, required=False, rows=3)
                self.fields[f"{field}_{code}"] = kind

    def translated(self) -> list[tuple[str, list[forms.BoundField]]]:
        return [(name, [self[f"{field}_{code}"] for field in WORDS]) for code, name in other_languages()]

    def facts(self) -> dict[str, Any]:
        """Return what the verbs take."""
        values = dict(self.cleaned_data)
        words = {
            code: {field: values.pop(f"{field}_{code}") or "" for field in WORDS} for code, _name in other_languages()
        }
        return {**values, "words": words}

    def clean_closed(self) -> list[list[str]]:
        return read_days(self.cleaned_data["closed"])

    def clean_country(self) -> str:
        code: str = self.cleaned_data["country"].upper()
        if not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise ValidationError(_("Write two letters for each country, such as CN."))
        return code


@screen("settings.view", write="settings.edit")
def settings_location_new(request: HttpRequest) -> HttpResponse:
    require(request.user, "settings.edit")
    dialog = Dialog(
        title=_("New location"),
        consequence=_("Orders take stock from it when the locations before it have none left."),
        submit=_("Add location"),
        back=reverse("backoffice:settings_locations"),
        wide=True,
        template="backoffice/settings/location.html",
    )
    initial = {"country": "CN", "working_days": [1, 2, 3, 4, 5]}
    form = LocationForm(request.POST) if request.method == "POST" else LocationForm(initial=initial)

    def act(values: dict[str, Any]) -> Done:
        services.add_location(**form.facts())
        return Done(gettext("Added"))

    return run_verb(request, dialog, form, act, {"here": "settings"})


@screen("settings.view", write="settings.edit")
def settings_location(request: HttpRequest, location_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    location = _found(location_id)
    dialog = Dialog(
        title=gettext("Location “%(name)s”") % {"name": location.name},
        submit=_("Save"),
        back=reverse("backoffice:settings_locations"),
        wide=True,
        template="backoffice/settings/location.html",
    )

    def stored() -> dict[str, Any]:
        now = _found(location_id)
        words = {
            f"{field}_{code}": texts("location", [location_id], code).get(location_id, {}).get(field, "")
            for code, _name in other_languages()
            for field in WORDS
        }
        return {**{name: getattr(now, name) for name in FIELDS}, "closed": write_days(now.closed), **words}

    form = LocationForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored)

    def act(values: dict[str, Any]) -> Done:
        services.save_location(code=location.code, seen=guard.check, **form.facts())
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)


@screen("settings.view", write="settings.edit")
def settings_location_active(request: HttpRequest, location_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    location = _found(location_id)
    dialog = Dialog(
        title=(gettext("Close %(name)s?") if location.is_active else gettext("Open %(name)s again?"))
        % {"name": location.name},
        consequence=_("Nothing can be sold from it any more. It must be empty; its history stays.")
        if location.is_active
        else _("Its stock can be sold again."),
        submit=_("Close location") if location.is_active else _("Open location"),
        back=reverse("backoffice:settings_locations"),
        danger=location.is_active,
    )

    def act(values: dict[str, Any]) -> Done:
        services.set_location_active(location_id=location_id, active=not location.is_active)
        return Done(gettext("Saved"))

    form = forms.Form(request.POST) if request.method == "POST" else forms.Form()
    return run_verb(request, dialog, form, act, {"here": "settings"})


class OrderForm(forms.Form):
    id = IdList()


@screen("settings.view", write="settings.edit", methods=("POST",))
def settings_locations_order(request: HttpRequest) -> HttpResponse:
    """Take the new order: all ids, or ``move=<id>:up`` of the buttons without dragging."""
    ids = [location.pk for location in Location.objects.filter(is_active=True).order_by("priority", "pk")]
    moved, _colon, way = request.POST.get("move", "").partition(":")
    form = OrderForm(request.POST)
    if moved.isascii() and moved.isdigit() and int(moved) in ids:
        place = ids.index(int(moved))
        other = max(place - 1, 0) if way == "up" else min(place + 1, len(ids) - 1)
        ids[place], ids[other] = ids[other], ids[place]
    elif form.is_valid():
        ids = form.cleaned_data["id"]
    services.order_locations(location_ids=ids)
    toast(request, gettext("Saved"))
    return go_to(request, reverse("backoffice:settings_locations"))
