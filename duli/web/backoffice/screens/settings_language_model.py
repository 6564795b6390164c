"""Language models: which one answers, how much may be asked in a day, and what was asked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.platform.accounts.permissions import allowed, require
from duli.platform.language_models.configuration import rules
from duli.platform.language_models.selectors import account_forms, call_view, latest_calls, spent_today
from duli.platform.language_models.services import check_account, save_account, save_rules
from duli.platform.language_models.services.accounts import MOST_DAYS, MOST_TOKENS
from duli.platform.language_models.states import CallState
from duli.platform.language_models.types import AccountForm, CallView
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, go_to, run_verb, show_dialog
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.setup_fields import SetupForm, tell_check
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.shell import render

PURPOSES = {
    "product.write": _("Words for a product"),
    "product.translate": _("A translation"),
    "picture.describe": _("Description of a picture"),
}


def _purpose(call: CallView) -> str:
    return str(PURPOSES.get(call.purpose, call.purpose))


@screen("settings.view", methods=("GET", "HEAD"))
def settings_language_model(request: HttpRequest) -> HttpResponse:
    calls = latest_calls()
    names = actor_names({call.actor for call in calls})
    context = {
        "here": "settings",
        "accounts": account_forms(),
        "rules": rules(),
        "spent": spent_today(),
        "calls": [(call, _purpose(call), names.get(call.actor, ""), CallState(call.state).label) for call in calls],
        "may_edit": allowed(request.user, "settings.edit"),
    }
    return render(request, "backoffice/settings/language_model.html", context)


class AccountSetup(SetupForm):
    """The switch, then one field for each thing the provider wants to know."""

    enabled = forms.BooleanField(
        label=_("Ask this model"),
        required=False,
        help_text=_("One model answers: switching it on switches others off."),
    )


def _account(code: str) -> AccountForm:
    found = next((entry for entry in account_forms() if entry.code == code), None)
    if found is None:
        raise NotFound()
    return found


def _stored(code: str) -> dict[str, Any]:
    account = _account(code)
    return {**account.values, "enabled": account.enabled}


@screen("settings.view", write="settings.edit")
def settings_language_model_account(request: HttpRequest, code: str) -> HttpResponse:
    require(request.user, "settings.edit")
    account = _account(code)
    form = AccountSetup(request.POST if request.method == "POST" else None, initial=_stored(code), account=account)
    guard = Guard(request, form, lambda: _stored(code))

    def act() -> HttpResponse:
        save_account(
            code=code,
            enabled=form.cleaned_data["enabled"],
            values=form.setup_values(),
            actor=actor_of(request),
            seen=guard.check,
        )
        toast(request, gettext("Saved"))
        return go_to(request, reverse("backoffice:settings_language_model_account", args=[code]))

    response, status = answered(request, form, act)
    context = {"here": "settings", "account": account, "form": form, "seen": guard.mark, "dirty": status != 200}
    return response or render(request, "backoffice/settings/language_model_account.html", context, status=status)


@screen("settings.view", write="settings.edit", methods=("POST",))
def settings_language_model_check(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the model one word with the stored keys, and say what it calls itself."""
    known = _account(code).code
    return tell_check(
        request,
        lambda: check_account(code=known),
        back=reverse("backoffice:settings_language_model_account", args=[code]),
    )


class LimitsForm(forms.Form):
    per_day = forms.IntegerField(
        label=_("Tokens in a day"),
        min_value=1,
        max_value=MOST_TOKENS,
        help_text=_("Questions and answers together, until midnight UTC. A Chinese character is about one token."),
    )
    per_person = forms.IntegerField(label=_("Tokens of one person in a day"), min_value=1, max_value=MOST_TOKENS)
    keep_days = forms.IntegerField(
        label=_("Days that questions and answers are kept"), min_value=1, max_value=MOST_DAYS
    )


def _limits() -> dict[str, int]:
    now = rules()
    return {"per_day": now.per_day, "per_person": now.per_person, "keep_days": now.keep_days}


@screen("settings.view", write="settings.edit")
def settings_language_model_limits(request: HttpRequest) -> HttpResponse:
    require(request.user, "settings.edit")
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=_limits())
    guard = Guard(request, form, _limits)
    dialog = Dialog(
        title=_("Limits for the language model"),
        consequence=_("Whoever asks for more is told so, and nothing is sent."),
        submit=_("Save"),
        back=reverse("backoffice:settings_language_model"),
    )

    def act(values: dict[str, Any]) -> Done:
        save_rules(**values, actor=actor_of(request), seen=guard.check)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)


@screen("settings.view", methods=("GET", "HEAD"))
def settings_language_model_call(request: HttpRequest, call_id: int) -> HttpResponse:
    """What was asked, and what came back."""
    call = call_view(call_id)
    if call is None:
        raise NotFound()
    dialog = Dialog(
        title=_purpose(call),
        submit="",
        back=reverse("backoffice:settings_language_model"),
        template="backoffice/settings/language_model_call.html",
        wide=True,
    )
    label = CallState(call.state).label
    reason = {
        "keys": pgettext("language model", "The key was not accepted."),
        "balance": pgettext("language model", "The account there has no balance left."),
        "busy": pgettext("language model", "It had too much to do."),
        "model": pgettext("language model", "It does not know this model."),
        "content": pgettext("language model", "It does not answer questions of this kind."),
        "too_long": pgettext("language model", "The question was too long for it."),
    }.get(call.reason, "")
    context = {"here": "settings", "call": call, "state": label, "reason": reason}
    return show_dialog(request, dialog, forms.Form(), context)
