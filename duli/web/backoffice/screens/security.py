"""How a person signs in: password, second step, the devices they are signed in on; and how they begin."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from duli.base.errors import DuliError, sentence
from duli.platform.accounts.models import User
from duli.platform.accounts.roles import role_of
from duli.platform.accounts.services import (
    accept_invitation,
    change_password,
    end_other_sessions,
    end_session,
    invitation_by_token,
    second_step,
)
from duli.platform.accounts.services.people import open_session
from duli.platform.accounts.services.sessions import sessions_of
from duli.web.backoffice.access import actor_of, screen, spoken
from duli.web.backoffice.kit.dialogs import Dialog, Done, answered, go_to, run_verb
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.shell import render


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@screen(methods=("GET", "HEAD"), before_second_step=True)
def security(request: HttpRequest) -> HttpResponse:
    me = _me(request)
    context = {
        "here": "account",
        "step": second_step.second_step_of(me),
        "required": role_of(me).requires_mfa,
        "must_set_up": role_of(me).requires_mfa and not me.has_second_step,
        "sessions": sessions_of(me.pk, this=request.session.session_key or ""),
    }
    return render(request, "backoffice/account/security.html", context)


def _confirmed(request: HttpRequest) -> bool:
    """Whether the second step was passed in this session, where there is one: nobody else may change it."""
    return not _me(request).has_second_step or second_step.passed(request)


class AppForm(forms.Form):
    code = Line(
        label=_("Code that the app shows now"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


@sensitive_post_parameters("code")
@screen(before_second_step=True)
def security_app(request: HttpRequest) -> HttpResponse:
    """Set up a code app: scan, then prove it with a code."""
    if not _confirmed(request) or second_step.second_step_of(_me(request)).has_app:
        return HttpResponseRedirect(reverse("backoffice:security"))
    form = AppForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            first = not _me(request).has_second_step
            try:
                second_step.add_app(request, user=_me(request), code=form.cleaned_data["code"])
            except DuliError as error:
                form.add_error("code", sentence(error))
                status = error.status
            else:
                toast(request, gettext("The app is set up"))
                return go_to(request, reverse("backoffice:security_codes" if first else "backoffice:security"))
    secret, picture = second_step.app_secret(_me(request))
    context = {
        "here": "account",
        "form": form,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": mark_safe(picture[picture.index("<svg") :]),  # noqa: S308 - drawn by ourselves from a code
    }
    return render(request, "backoffice/account/app.html", context, status=status)


class PasskeyForm(forms.Form):
    name = Line(label=_("Name of this passkey"), max_length=60, required=False)
    passkey = forms.CharField(max_length=second_step.LARGEST, widget=forms.HiddenInput())


@screen(before_second_step=True)
def security_passkey(request: HttpRequest) -> HttpResponse:
    """Make a passkey: the browser asks the device."""
    if not _confirmed(request):
        return HttpResponseRedirect(reverse("backoffice:security"))
    me = _me(request)
    form = PasskeyForm(request.POST if request.method == "POST" else None)

    def act() -> HttpResponse:
        first = not me.has_second_step
        second_step.add_passkey(request, user=me, name=form.cleaned_data["name"], answer=form.cleaned_data["passkey"])
        toast(request, gettext("The passkey is set up"))
        return go_to(request, reverse("backoffice:security_codes" if first else "backoffice:security"))

    done, status = answered(request, form, act)
    if done is not None:
        return done
    context = {"here": "account", "form": form, "offer": json.dumps(second_step.passkey_offer(me))}
    return render(request, "backoffice/account/passkey.html", context, status=status)


@screen(before_second_step=True)
def security_codes(request: HttpRequest) -> HttpResponse:
    """The recovery codes; a POST replaces them."""
    me = _me(request)
    if not me.has_second_step or not _confirmed(request):
        return HttpResponseRedirect(reverse("backoffice:security"))
    if request.method == "POST":
        second_step.new_recovery_codes(user=me)
        toast(request, gettext("New codes; the old ones no longer work"))
        return go_to(request, request.path)
    context = {"here": "account", "codes": second_step.recovery_codes(me)}
    return render(request, "backoffice/account/codes.html", context)


@screen()
def security_remove(request: HttpRequest, authenticator_id: int = 0) -> HttpResponse:
    """Take away the app, or one passkey."""
    dialog = Dialog(
        title=_("Remove this second step?"),
        consequence=_("It no longer opens your account. If it is the last one, your password alone does."),
        submit=_("Remove"),
        back=reverse("backoffice:security"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        second_step.remove_second_step(user=_me(request), authenticator_id=authenticator_id)
        return Done(gettext("Removed"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "account"})


class PasswordForm(forms.Form):
    current = forms.CharField(
        label=_("Current password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, and none that everybody uses."),
    )


@sensitive_post_parameters("current", "new")
@screen()
def security_password(request: HttpRequest) -> HttpResponse:
    dialog = Dialog(
        title=_("Change your password"),
        consequence=_("You stay signed in here; every other device is signed out."),
        submit=_("Change the password"),
        back=reverse("backoffice:security"),
    )

    def act(values: dict[str, Any]) -> Done:
        me = change_password(
            user_id=_me(request).pk,
            current=values["current"],
            new=values["new"],
            keep_session=request.session.session_key or "",
            request=request,
        )
        update_session_auth_hash(request, me)
        return Done(gettext("Your password was changed"))

    form = PasswordForm(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "account"})


@screen()
def security_session_end(request: HttpRequest, session_id: int = 0) -> HttpResponse:
    """Sign out one other device, or (without a key) all of them."""
    dialog = Dialog(
        title=_("Sign this device out?") if session_id else _("Sign all other devices out?"),
        consequence=_("Whoever sits there has to sign in again."),
        submit=_("Sign out"),
        back=reverse("backoffice:security"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        me = _me(request).pk
        if session_id:
            end_session(user_id=me, session_id=session_id, actor=actor_of(request))
            return Done(gettext("Signed out"))
        count = end_other_sessions(user_id=me, keep=request.session.session_key or "", actor=actor_of(request))
        words = ngettext("%(count)s device signed out", "%(count)s devices signed out", count)
        return Done(words % {"count": count})

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "account"})


class BeginForm(forms.Form):
    name = Line(label=_("Your name"), max_length=120)
    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters, and none that everybody uses."),
    )


@sensitive_post_parameters("password")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link of an invitation leads: name, password, and in."""
    with spoken(request):
        form = BeginForm(request.POST if request.method == "POST" else None)
        status = 200
        context: dict[str, Any] = {"form": form}
        try:
            context["invited"] = row = invitation_by_token(token)
            if request.method != "POST":
                form = context["form"] = BeginForm(initial={"name": row.name})
            elif not form.is_valid():
                status = 422
            else:
                user = accept_invitation(token=token, **form.cleaned_data)
                open_session(request, user)
                return HttpResponseRedirect(reverse("backoffice:home"))
        except DuliError as error:
            status = error.status
            if "invited" in context and status == 422:
                field = "password" if error.code == "weak_password" else None
                form.add_error(field, sentence(error))
            else:
                context["problem"] = sentence(error)
        response = render(request, "backoffice/invitation.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    # Other sites never learn the link; with "no-referrer" a browser would not say either that the form is ours.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
