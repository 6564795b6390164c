"""How often one may try to pay before a person has to show that they are one, and when that was reached."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.payments.guard import try_limits
from duli.commerce.payments.models import PaymentAlarm
from duli.commerce.payments.selectors import alarms
from duli.commerce.payments.services import NewLimits, save_limits
from duli.platform.accounts.permissions import allowed
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import answered, go_to
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import render

KINDS = {
    "order": _("One order"),
    "email": _("One e-mail address"),
    "address": _("One network address"),
    "card": _("One card"),
}


def _count(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=1000, help_text=help_text)


class LimitsForm(forms.Form):
    order_tries = _count(_("Tries for one order"))
    order_failures = _count(_("Failures for one order"))
    email_tries = _count(_("Tries with one e-mail address"))
    email_failures = _count(_("Failures with one e-mail address"))
    address_tries = _count(_("Tries from one network address"), _("Offices and mobile networks share one."))
    address_failures = _count(_("Failures from one network address"))
    card_failures = _count(_("Failures of one card"))
    refuse_factor = forms.IntegerField(
        label=_("Refuse at so many times a limit"),
        min_value=1,
        max_value=100,
        help_text=_("Below, shoppers answer a small question and go on."),
    )

    def pairs(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"{kind}_tries"], self[f"{kind}_failures"]) for kind in ("order", "email", "address")]


def _stored() -> dict[str, Any]:
    row = try_limits()
    return {name: getattr(row, name) for name in LimitsForm.base_fields}


def _shown(row: PaymentAlarm) -> dict[str, Any]:
    kind = row.kind or row.key.partition(":")[2]
    return {"at": row.created_at, "what": KINDS.get(kind, kind), "count": row.count}


@screen("settings.view", write="settings.edit")
def settings_tries(request: HttpRequest) -> HttpResponse:
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=_stored())
    guard = Guard(request, form, _stored)

    def act() -> HttpResponse:
        save_limits(limits=NewLimits(**form.cleaned_data), actor=actor_of(request), seen=guard.check)
        toast(request, gettext("Saved"))
        return go_to(request, request.path)

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {
        "here": "settings",
        "form": form,
        "seen": guard.mark,
        "alarms": [_shown(row) for row in alarms()],
        "may_edit": allowed(request.user, "settings.edit"),
        "dirty": status != 200,
    }
    return render(request, "backoffice/settings/tries.html", context, status=status)
