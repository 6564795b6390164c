"""Carrier and number of a parcel, as every form asks for them: a typed number suggests whose it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.shipping.carriers import CARRIERS, carrier_groups
from duli.commerce.shipping.recognition import LONGEST, recognise
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.words import listed
from duli.web.backoffice.order_words import carrier_name
from duli.web.backoffice.selectors.orders import carriers_in_use
from duli.web.backoffice.shell import render


def carrier_choices(nothing: Any) -> list[Any]:
    """Return all carriers as choices, by where they are at home, after one that says `nothing`."""
    return [("", nothing), *(group if group[0] else group[1][0] for group in carrier_groups())]


class CarrierField(forms.ChoiceField):
    """A carrier or none; `nothing` says what it means to choose none."""

    def __init__(self, *, nothing: Any = None, **kwargs: Any) -> None:
        nothing = nothing or _("No carrier")
        kwargs.setdefault("label", _("Carrier"))
        super().__init__(required=False, choices=lambda: carrier_choices(nothing), **kwargs)


class ParcelForm(forms.Form):
    """What is told about a parcel's way; forms that also ask for more begin with it."""

    tracking_number = Line(
        label=_("Tracking number"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    carrier = CarrierField()


class _Suggested(forms.Form):
    carrier = CarrierField()
    suggested = Line(required=False, max_length=40, widget=forms.HiddenInput())


@screen("orders.fulfil", methods=("GET", "HEAD"))
def carrier_suggestion(request: HttpRequest) -> HttpResponse:
    """The field of the carrier for the number that is being typed: the likeliest one, unless somebody chose already."""
    number = request.GET.get("tracking_number", "")[: LONGEST * 2]
    chosen, suggested = request.GET.get("carrier", ""), request.GET.get("suggested", "")
    found = list(dict.fromkeys(candidate.carrier for candidate in recognise(number, prefer=carriers_in_use())))
    is_ours = not chosen or chosen == suggested
    if is_ours:
        chosen = suggested = found[0] if found else ""
    form = _Suggested(
        initial={"carrier": chosen if chosen in _CODES else "", "suggested": suggested if is_ours else ""}
    )
    form.fields["carrier"].help_text = _hint(found, chosen)
    return render(request, "backoffice/orders/carrier_field.html", {"form": form})


_CODES = {entry.code for entry in CARRIERS}


def _hint(found: list[str], chosen: str) -> str:
    """Say what the number looks like; empty where it looks like nothing that is known."""
    names = [carrier_name(code) for code in found if code != chosen]
    if not found or not names:
        return gettext("Recognised by the number.") if found else ""
    likely = listed(names[:4])
    if chosen in found:
        return gettext("Recognised by the number. It could also be: %(carriers)s.") % {"carriers": likely}
    return gettext("This number looks like: %(carriers)s.") % {"carriers": likely}
