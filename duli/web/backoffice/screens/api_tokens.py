"""Tokens of the API: which programs may do what, and for how long."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import NotFound
from duli.platform.accounts.permissions import PERMISSIONS, allowed, require
from duli.platform.accounts.roles import role_of
from duli.platform.tokens.models import ApiToken
from duli.platform.tokens.selectors import tokens
from duli.platform.tokens.services import create_token, revoke_token
from duli.web.backoffice.access import screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.screens.roles import matrix
from duli.web.backoffice.shell import render

LIFETIMES = (("90", _("90 days")), ("365", _("One year")), ("", _("Until it is ended")))


def _pill(token: ApiToken) -> Pill:
    if token.revoked_at:
        return Pill(_("Ended"), "", "bare")
    if token.is_over(now()):
        return Pill(_("Run out"), "attention", "half")
    return Pill(_("In use"), "ok", "full") if token.last_used_at else Pill(_("Not used yet"), "info")


@screen("api.view", methods=("GET", "HEAD"))
def token_list(request: HttpRequest) -> HttpResponse:
    context = {
        "here": "settings",
        "tokens": [(token, _pill(token), not token.is_over(now())) for token in tokens()],
        "may_edit": allowed(request.user, "api.edit"),
        "description_url": reverse("api-admin:openapi-json"),
        "reference_url": reverse("api_reference"),
    }
    return render(request, "backoffice/settings/tokens.html", context)


class TokenForm(forms.Form):
    name = Line(label=_("Name"), max_length=80, help_text=_("Which program uses it: ERP, stock robot, bookkeeping."))
    lifetime = forms.ChoiceField(label=_("Holds for"), choices=LIFETIMES, required=False, initial="365")
    scopes = forms.MultipleChoiceField(
        choices=list(PERMISSIONS.items()),
        error_messages={"required": _("Choose at least one thing that it may do.")},
    )


@screen("api.view", write="api.edit")
def token_new(request: HttpRequest) -> HttpResponse:
    """Make a token; the answer is the only page that shows it."""
    require(request.user, "api.edit")
    form = TokenForm(request.POST if request.method == "POST" else None)

    def act() -> HttpResponse:
        days = form.cleaned_data["lifetime"]
        token, text = create_token(
            by=request.user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=now() + timedelta(days=int(days)) if days else None,
        )
        shown = {
            "here": "settings",
            "title": token.name,
            "secret": text,
            "words": gettext("Copy the token now and keep it safe: it is not shown again."),
            "back": reverse("backoffice:settings_tokens"),
        }
        return render(request, "backoffice/settings/secret.html", shown)

    done, status = answered(request, form, act)
    if done is not None:
        return done
    chosen = set(request.POST.getlist("scopes"))
    context = {
        "here": "settings",
        "form": form,
        "dirty": status != 200,
        "matrix": matrix([frozenset(chosen), role_of(request.user).permissions]),
    }
    return render(request, "backoffice/settings/token.html", context, status=status)


@screen("api.view", write="api.edit")
def token_end(request: HttpRequest, token_id: int) -> HttpResponse:
    require(request.user, "api.edit")
    token = next((row for row in tokens() if row.pk == token_id), None)
    if token is None:
        raise NotFound()
    dialog = Dialog(
        title=gettext("End the token “%(name)s”?") % {"name": token.name},
        consequence=_("The program that uses it is refused from its next call on. It cannot be taken back."),
        submit=_("End it"),
        back=reverse("backoffice:settings_tokens"),
        danger=True,
    )
    form = forms.Form(request.POST if request.method == "POST" else None)

    def act(_values: object) -> Done:
        revoke_token(by=request.user, token_id=token_id)
        return Done(gettext("%(name)s is ended") % {"name": token.name})

    return run_verb(request, dialog, form, act, {"here": "settings"})
