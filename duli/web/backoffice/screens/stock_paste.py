"""Many counts at once, pasted from a spreadsheet."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.inventory.selectors import locations
from duli.commerce.inventory.services import adjust_many
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.number_list import NumberList
from duli.web.backoffice.screens.stock import BY_HAND
from duli.web.backoffice.selectors.stock import variants_named


class PasteForm(forms.Form):
    location = forms.ChoiceField(label=_("Location"))
    reason = forms.ChoiceField(label=_("Reason"), choices=[(reason.value, reason.label) for reason in BY_HAND])
    lines = NumberList(
        label=_("Counts"),
        help_text=_("One line each: SKU or barcode, then what is on hand. Paste two columns from a spreadsheet."),
    )
    note = Line(label=_("Note"), required=False, max_length=255)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["location"].choices = [(str(place.pk), place.name) for place in locations()]  # type: ignore[attr-defined]

    def clean_lines(self) -> dict[int, int]:
        numbers: dict[str, int] = self.cleaned_data["lines"]
        known = variants_named(numbers)
        missing = [name for name in numbers if name not in known]
        if missing:
            raise ValidationError(
                _("No product has these SKUs or barcodes: %(names)s"), params={"names": ", ".join(missing[:10])}
            )
        return {known[name]: units for name, units in numbers.items()}


@screen("inventory.view", write="inventory.adjust")
def stock_paste(request: HttpRequest) -> HttpResponse:
    require(request.user, "inventory.adjust")
    dialog = Dialog(
        title=_("Paste counts"),
        consequence=_("All lines are taken, or none."),
        submit=_("Save the counts"),
        back=reverse("backoffice:stock"),
        wide=True,
    )
    form = PasteForm(request.POST) if request.method == "POST" else PasteForm()

    def act(values: dict[str, Any]) -> Done:
        changed = adjust_many(
            location_id=int(values["location"]),
            counts=values["lines"],
            reason=values["reason"],
            note=values["note"],
            actor=actor_of(request),
        )
        return Done(gettext("%(count)s numbers changed") % {"count": changed})

    return run_verb(request, dialog, form, act, {"here": "products.stock"})
