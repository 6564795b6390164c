"""What shoppers may do with an order themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.orders.return_terms import policy
from duli.commerce.orders.services import save_policy
from duli.platform.accounts.permissions import allowed
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.dialogs import answered, go_to
from duli.web.backoffice.kit.forms import Prose
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import render


class PolicyForm(forms.Form):
    return_days = forms.IntegerField(
        label=_("Days to return"), min_value=0, max_value=3650, help_text=_("After delivery; 0: no returns online.")
    )
    withdrawal_days = forms.IntegerField(
        label=_("Days to withdraw"),
        min_value=14,
        max_value=3650,
        help_text=_("After delivery of the last parcel; the law of the Union asks for 14 at least."),
    )
    withdrawal_everywhere = forms.BooleanField(
        label=_("Offer the withdrawal outside the European Union too"), required=False
    )
    may_cancel = forms.BooleanField(label=_("Shoppers may cancel before packing"), required=False)
    may_change_address = forms.BooleanField(label=_("Shoppers may change the address before packing"), required=False)
    instructions = Prose(
        label=_("How goods are sent back"),
        required=False,
        max_length=2000,
        rows=4,
        help_text=_("Stands in the mail that approves a return; you can change it each time."),
    )


@screen("settings.view", write="settings.edit")
def settings_returns(request: HttpRequest) -> HttpResponse:

    def stored() -> dict[str, Any]:
        rules = policy()
        return {name: getattr(rules, name) for name in PolicyForm.base_fields}

    form = PolicyForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored)

    def act() -> HttpResponse:
        save_policy(**form.cleaned_data, seen=guard.check)
        toast(request, gettext("Saved"))
        return go_to(request, request.path)

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {
        "here": "settings",
        "form": form,
        "seen": guard.mark,
        "may_edit": allowed(request.user, "settings.edit"),
        "dirty": status != 200,
    }
    return render(request, "backoffice/settings/returns.html", context, status=status)
