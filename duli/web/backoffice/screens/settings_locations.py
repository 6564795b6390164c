"""Locations: where stock lies, and which is taken from first."""

from __future__ import annotations

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
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, run_verb
from duli.web.backoffice.kit.forms import IdList, Line, Prose
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
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


class LocationForm(forms.Form):
    name = Line(label=_("Name"), max_length=120)
    country = Line(label=_("Country"), max_length=2, help_text=_("Two letters: CN, DE."))
    address = Prose(label=_("Address"), max_length=1000, required=False)

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
    )
    form = LocationForm(request.POST) if request.method == "POST" else LocationForm(initial={"country": "CN"})

    def act(values: dict[str, Any]) -> Done:
        services.add_location(**values)
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
    )

    def stored() -> dict[str, Any]:
        now = _found(location_id)
        return {"name": now.name, "country": now.country, "address": now.address}

    form = LocationForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored)

    def act(values: dict[str, Any]) -> Done:
        services.save_location(code=location.code, seen=guard.check, **values)
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
