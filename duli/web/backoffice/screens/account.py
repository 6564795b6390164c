"""The door, the person, and how the back office looks to them."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib.auth import logout as end_session
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from duli.base.errors import DuliError, sentence
from duli.base.text import one_line
from duli.platform.accounts.permissions import allowed
from duli.platform.accounts.services import is_ownerless, login_staff, save_language, second_step
from duli.web.backoffice.access import LANGUAGE_COOKIE, is_staff, screen, spoken
from duli.web.backoffice.bell import forget
from duli.web.backoffice.kit.dialogs import is_partial
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.personal import searchable
from duli.web.backoffice.navigation import FOOT, PLACES
from duli.web.backoffice.screens.settings import AREAS
from duli.web.backoffice.selectors import palette as reads
from duli.web.backoffice.selectors.palette import Page
from duli.web.backoffice.shell import THEME_COOKIE, THEMES, render

YEAR = 365 * 24 * 3600


def _safe_next(request: HttpRequest) -> str:
    """Return where the person wanted to go, if that is inside the back office of this very shop."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    home = reverse("backoffice:home")
    inside = wanted.startswith(home) and url_has_allowed_host_and_scheme(wanted, {request.get_host()})
    return wanted if inside else home


def _after_password(request: HttpRequest) -> str:
    if is_staff(request.user):
        return _safe_next(request)
    return f"{reverse('backoffice:login_step')}?{urlencode({'next': _safe_next(request)})}"


class LoginForm(forms.Form):
    identifier = Line(
        label=_("E-mail or phone"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@sensitive_post_parameters("password")
def login(request: HttpRequest) -> HttpResponse:
    if is_staff(request.user):
        return HttpResponseRedirect(_safe_next(request))
    with spoken(request):
        form = LoginForm(request.POST if request.method == "POST" else None)
        status = 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    login_staff(request, form.cleaned_data["identifier"], form.cleaned_data["password"])
                except DuliError as error:
                    form.add_error(None, sentence(error))
                    status = error.status
                else:
                    return HttpResponseRedirect(_after_password(request))
        context = {"form": form, "next": _safe_next(request), "is_ownerless": is_ownerless()}
        response = render(request, "backoffice/login.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


class StepForm(forms.Form):
    code = Line(
        label=_("Code"),
        max_length=32,
        required=False,
        help_text=_("The six digits of your app, or one of your recovery codes."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "spellcheck": "false"}
        ),
    )
    passkey = forms.CharField(max_length=second_step.LARGEST, required=False, widget=forms.HiddenInput())


@sensitive_post_parameters("code", "passkey")
def login_step(request: HttpRequest) -> HttpResponse:
    """The second step at the door: a code, or a passkey."""
    user = second_step.waiting_user(request)
    if is_staff(request.user) or user is None:
        return HttpResponseRedirect(_safe_next(request))
    with spoken(request):
        form = StepForm(request.POST if request.method == "POST" else None)
        status = 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    second_step.finish_login(request, **form.cleaned_data)
                except DuliError as error:
                    form.add_error(None if form.cleaned_data["passkey"] else "code", sentence(error))
                    status = error.status
                else:
                    return HttpResponseRedirect(_safe_next(request))
        form.data = {}  # A code is typed anew.
        question = second_step.passkey_question(request, user)
        context = {"form": form, "next": _safe_next(request), "question": json.dumps(question) if question else ""}
        response = render(request, "backoffice/login_step.html", context, status=status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    forget(request)
    end_session(request)
    return HttpResponseRedirect(reverse("backoffice:login"))


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on: kept with the account, and on this device for the door."""
    wanted = request.POST.get("language", "")
    response = HttpResponseRedirect(_safe_next(request))
    if wanted in dict(settings.LANGUAGES):
        if is_staff(request.user):
            save_language(user_id=int(str(request.user.pk)), language=wanted)
        response.set_cookie(
            LANGUAGE_COOKIE, wanted, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    return response


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device has it; kept on this device."""
    wanted = request.POST.get("theme", "")
    response = HttpResponseRedirect(_safe_next(request))
    if wanted in THEMES:
        response.set_cookie(
            THEME_COOKIE, wanted, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    return response


@screen(methods=("GET", "HEAD"))
def more(request: HttpRequest) -> HttpResponse:
    """Everything the phone's bottom bar has no room for."""
    places = [place for place in (*PLACES[3:], FOOT) if not place.permission or allowed(request.user, place.permission)]
    children = [
        child
        for place in PLACES
        for child in place.children[1:]
        if not child.permission or allowed(request.user, child.permission)
    ]
    return render(request, "backoffice/more.html", {"here": "more", "places": places, "children": children})


def _pages(request: HttpRequest) -> list[Page]:
    found: list[Page] = []
    for place in (*PLACES, FOOT):
        found.append(Page(lambda place=place: str(place.label), place.url, place.icon, place.permission))  # type: ignore[misc]
        for child in place.children[1:]:
            found.append(Page(lambda child=child: str(child.label), child.url, place.icon, child.permission))  # type: ignore[misc]
    extra = (
        (_("Add product"), "product_new", "plus", "catalogue.edit"),
        (_("Approvals"), "approvals", "circle-check", ""),
        (_("Notifications"), "bell", "bell", ""),
        (_("Password, second step, devices"), "security", "shield", ""),
    )
    for area in AREAS:
        words, purpose = area.words, area.help
        found.append(
            Page(
                lambda words=words: str(words),  # type: ignore[misc]
                area.url,
                area.icon,
                area.permission,
                lambda purpose=purpose: str(purpose),  # type: ignore[misc]
            )
        )
    for words, name, icon, permission in extra:
        found.append(Page(lambda words=words: str(words), reverse(f"backoffice:{name}"), icon, permission))  # type: ignore[misc]
    return [page for page in found if not page.permission or allowed(request.user, page.permission)]


@screen(methods=("GET", "HEAD"))
def palette(request: HttpRequest) -> HttpResponse:
    query = searchable(one_line(request.GET.get("q", ""), 100))
    groups = reads.find(
        query,
        pages=_pages(request),
        orders=allowed(request.user, "orders.view"),
        products=allowed(request.user, "catalogue.view"),
        customers=allowed(request.user, "customers.view"),
    )
    context = {"here": "search", "groups": groups, "query": query}
    template = "backoffice/kit/palette_results.html" if is_partial(request) else "backoffice/palette.html"
    return render(request, template, context)
