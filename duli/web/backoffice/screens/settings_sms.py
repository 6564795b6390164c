"""Text messages: who sends them, as which approved templates, where to and how many."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound, sentence
from duli.platform.accounts.permissions import allowed, require
from duli.platform.mail.kinds import KINDS
from duli.platform.mail.selectors import template_view
from duli.platform.mail.services import preview_parameters, send_test
from duli.platform.mail.states import Channel
from duli.platform.mail.suggest import suggested
from duli.platform.mail.types import TemplateBroken
from duli.platform.sms.selectors import account_forms, standing, stopped, templates_of
from duli.platform.sms.services import check_account, save_account, save_rules, save_template
from duli.platform.sms.types import AccountForm, TemplateRow
from duli.platform.store.selectors import languages
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.countries import Countries
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, go_to, note_error, run_verb
from duli.web.backoffice.kit.forms import Line, Prose
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.setup_fields import SetupForm, tell_check
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.kit.words import listed
from duli.web.backoffice.places import country_name
from duli.web.backoffice.shell import render

_PARAMETER = re.compile(r"\s*([A-Za-z_]\w{0,39})\s*=\s*(.+?)\s*")


@screen("settings.view", methods=("GET", "HEAD"))
def settings_sms(request: HttpRequest) -> HttpResponse:
    rules, today = standing()
    count, latest = stopped()
    context = {
        "here": "settings",
        "accounts": account_forms(),
        "rules": rules,
        "countries": listed(sorted(country_name(code) for code in rules.countries)),
        "today": today,
        "stopped_count": count,
        "stopped": latest,
        "may_edit": allowed(request.user, "settings.edit"),
    }
    return render(request, "backoffice/settings/sms.html", context)


class AccountSetup(SetupForm):
    """The switch, the order and the countries, then one field for each thing the service wants to know."""

    enabled = forms.BooleanField(label=_("Send text messages with it"), required=False)
    position = forms.IntegerField(
        label=_("Place in the list"),
        min_value=0,
        max_value=99,
        help_text=_("The first that serves a country is used."),
    )
    countries = Countries(
        label=_("Used for these countries"), required=False, help_text=_("Two letters each: CN, HK. Empty: all.")
    )


def _account(code: str) -> AccountForm:
    found = next((entry for entry in account_forms() if entry.code == code), None)
    if found is None:
        raise NotFound()
    return found


def _stored(code: str) -> dict[str, Any]:
    account = _account(code)
    return {
        **account.values,
        "enabled": account.enabled,
        "position": account.position,
        "countries": ", ".join(account.countries),
    }


@screen("settings.view", write="settings.edit")
def settings_sms_account(request: HttpRequest, code: str) -> HttpResponse:
    require(request.user, "settings.edit")
    account = _account(code)
    form = AccountSetup(request.POST if request.method == "POST" else None, initial=_stored(code), account=account)
    guard = Guard(request, form, lambda: _stored(code))

    def act() -> HttpResponse:
        values = form.cleaned_data
        save_account(
            code=code,
            enabled=values["enabled"],
            position=values["position"],
            countries=values["countries"],
            values=form.setup_values(),
            actor=actor_of(request),
            seen=guard.check,
        )
        toast(request, gettext("Saved"))
        return go_to(request, reverse("backoffice:settings_sms_account", args=[code]))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {
        "here": "settings",
        "account": account,
        "form": form,
        "seen": guard.mark,
        "dirty": status != 200,
        "messages_of_it": _rows(account) if account.templates and account.is_set_up else [],
    }
    return render(request, "backoffice/settings/sms_account.html", context, status=status)


def _rows(account: AccountForm) -> list[dict[str, Any]]:
    """Return every message that goes by SMS, with its template at the service for each language."""
    known = templates_of(account.code)
    names = dict(settings.LANGUAGES)
    return [
        {
            "kind": kind,
            "languages": [
                (language, names.get(language, language), known.get((kind.key, language))) for language in languages()
            ],
        }
        for kind in KINDS.values()
        if Channel.SMS in kind.channels and not kind.for_staff
    ]


@screen("settings.view", write="settings.edit", methods=("POST",))
def settings_sms_check(request: HttpRequest, code: str) -> HttpResponse:
    """Ask the service whether the stored keys are right, and say what it answers."""
    known = _account(code).code
    return tell_check(
        request, lambda: check_account(code=known), back=reverse("backoffice:settings_sms_account", args=[code])
    )


class LimitsForm(forms.Form):
    countries = Countries(
        label=_("Send only to these countries"),
        required=False,
        help_text=_("Two letters each. Empty: the countries that your markets name."),
    )
    per_day = forms.IntegerField(
        label=_("Most messages in a day"),
        min_value=1,
        max_value=1_000_000,
        help_text=_("A long message counts as several, as services charge it."),
    )
    per_country = forms.IntegerField(
        label=_("Most codes to one country in a day"),
        min_value=1,
        max_value=1_000_000,
        help_text=_("Strangers can ask for codes and be paid for each by a network abroad; this stops them."),
    )


def _limits() -> dict[str, Any]:
    rules, _today = standing()
    return {"countries": ", ".join(rules.chosen), "per_day": rules.per_day, "per_country": rules.per_country}


@screen("settings.view", write="settings.edit")
def settings_sms_limits(request: HttpRequest) -> HttpResponse:
    require(request.user, "settings.edit")
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=_limits())
    guard = Guard(request, form, _limits)
    dialog = Dialog(
        title=_("Limits for text messages"),
        consequence=_("A number gets at most one code in a minute, five in an hour and ten in a day."),
        submit=_("Save"),
        back=reverse("backoffice:settings_sms"),
    )

    def act(values: dict[str, Any]) -> Done:
        save_rules(**values, actor=actor_of(request), seen=guard.check)
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)


class TemplateForm(forms.Form):
    template = Line(label=_("Number of the approved template"), required=False, max_length=60)
    sign = Line(
        label=_("Another sign"),
        required=False,
        max_length=60,
        help_text=_("Empty: the sign of the service's settings."),
    )
    parameters = Prose(
        label=_("Variables"),
        required=False,
        rows=5,
        help_text=_("One a line, in the template's order: name = text. The text may use what the message may use."),
    )

    def clean_parameters(self) -> list[tuple[str, str]]:
        found = []
        for line in self.cleaned_data["parameters"].splitlines():
            if not line.strip():
                continue
            match = _PARAMETER.fullmatch(line)
            if match is None:
                raise forms.ValidationError(gettext("“%(line)s” is not “name = text”.") % {"line": line.strip()[:60]})
            found.append((match.group(1), match.group(2)))
        return found


def _written(parameters: tuple[tuple[str, str], ...]) -> str:
    return "\n".join(f"{name} = {text}" for name, text in parameters)


@screen("settings.view", write="settings.edit")
def settings_sms_template(request: HttpRequest, code: str, kind: str, language: str) -> HttpResponse:
    """Say which approved template of the service stands for one of our messages."""
    require(request.user, "settings.edit")
    account = _account(code)
    if language not in languages() or not account.templates or not account.is_set_up:
        raise NotFound()
    view = template_view(key=kind, channel=Channel.SMS, language=language)
    words, parameters = suggested(view.body, "named" if account.templates == "named" else "placed")

    def stored() -> dict[str, Any]:
        row = templates_of(code).get((kind, language)) or TemplateRow(kind, language, parameters=parameters)
        return {"template": row.template, "sign": row.sign, "parameters": _written(row.parameters)}

    form = TemplateForm(request.POST if request.method == "POST" else None, initial=stored())
    guard = Guard(request, form, stored)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = form.cleaned_data
            try:
                preview_parameters(key=kind, language=language, parameters=values["parameters"])
                save_template(
                    code=code, kind=kind, language=language, **values, actor=actor_of(request), seen=guard.check
                )
            except TemplateBroken as error:
                form.add_error("parameters", f"{error.params.get('part')}: {sentence(error)}")
                status = error.status
            except DuliError as error:
                note_error(form, error)
                status = error.status
            else:
                toast(request, gettext("Saved"))
                return go_to(request, reverse("backoffice:settings_sms_account", args=[code]))
    context = {
        "here": "settings",
        "account": account,
        "view": view,
        "language": dict(settings.LANGUAGES).get(language, language),
        "words": words,
        "form": form,
        "seen": guard.mark,
        "dirty": status != 200,
    }
    return render(request, "backoffice/settings/sms_template.html", context, status=status)


class TestForm(forms.Form):
    to = Line(label=_("To"), max_length=20, help_text=_("With the country's code: +86 138 0000 0000"))
    kind = forms.ChoiceField(label=_("Message"))

    def __init__(self, *args: Any, account: AccountForm, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {kind for kind, _language in templates_of(account.code)}
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            (kind.key, kind.label)
            for kind in KINDS.values()
            if Channel.SMS in kind.channels and (not account.templates or kind.key in known)
        ]

    def clean_to(self) -> str:
        number = re.sub(r"[\s()-]", "", self.cleaned_data["to"])
        if not re.fullmatch(r"\+[0-9]{6,16}", number):
            raise forms.ValidationError(gettext("Write the number with + and the country's code."))
        return number


@screen("settings.view", write="settings.edit")
def settings_sms_test(request: HttpRequest, code: str) -> HttpResponse:
    """Send a message with sample data to oneself by this very service."""
    require(request.user, "settings.edit")
    account = _account(code)
    dialog = Dialog(
        title=gettext("Send a test with %(service)s") % {"service": account.name},
        consequence=_("A real message with sample data; the service charges it, and it counts for the limits."),
        submit=_("Send"),
        back=reverse("backoffice:settings_sms_account", args=[code]),
    )
    mine = getattr(request.user, "phone", "") or ""
    data = request.POST if request.method == "POST" else None
    form = TestForm(data, initial={"to": mine, "kind": "order_shipped"}, account=account)

    def act(values: dict[str, Any]) -> Done:
        language = get_language() or ""
        mail = send_test(
            key=values["kind"],
            channel=Channel.SMS,
            language=language if language in languages() else languages()[0],
            to=values["to"],
            context=None,
            actor=actor_of(request),
            by=code,
        )
        words = gettext("The test is on its way to %(to)s") % {"to": values["to"]}
        if allowed(request.user, "mail.view"):
            return Done(words, reverse("backoffice:mail", args=[mail.pk]))
        return Done(words)

    return run_verb(request, dialog, form, act, {"here": "settings"})
