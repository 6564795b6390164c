"""Verbs with a form: a dialog over the page with JavaScript, a page of their own without, the same view for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext

from duli.base.errors import DuliError, InvalidInput, sentence
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import Undo, toast

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Dialog:
    """What a verb asks before it acts. `consequence` says what will happen, in one sentence.

    Without `submit` there is nothing to press: the sentence says why the verb is not possible.
    `template` draws what stands above the form's fields, if anything; `back` is where the person came from.
    """

    title: Words
    submit: Words
    back: str
    consequence: Words = ""
    danger: bool = False
    wide: bool = False
    template: str = ""
    upload: bool = False
    """Whether the form carries files."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in one sentence, and where to go now (empty: back)."""

    words: str
    url: str = ""
    undo: Undo | None = None
    copy: str = ""
    """What the person takes along by hand, such as a link."""


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the person to `url`, whether the request came from the page or from a dialog on it."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def is_partial(request: HttpRequest) -> bool:
    """Whether the answer is swapped into a page that is already there."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def show_dialog(
    request: HttpRequest,
    dialog: Dialog,
    form: forms.Form,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    from duli.web.backoffice.shell import render

    values = {"dialog": dialog, "form": form, **(context or {})}
    template = "backoffice/kit/dialog.html" if is_partial(request) else "backoffice/kit/dialog_page.html"
    return render(request, template, values, status=status)


def run_verb(
    request: HttpRequest,
    dialog: Dialog,
    form: forms.Form,
    act: Callable[[dict[str, Any]], Done],
    context: Mapping[str, Any] | None = None,
    *,
    guard: Guard | None = None,
) -> HttpResponse:
    """Show the dialog, or do what it is for: `act` makes the one service call.

    Fields that are wrong come back with 422, an error of the service with its own status; both keep the input.
    Where the form changes what is stored, `act` gives the check of `guard` to its verb: what somebody else saved since
    the dialog was opened is shown before anything is written over it (`kit/seen.py`).
    """

    def show(status: int) -> HttpResponse:
        seen = {"seen": guard.mark} if guard else {}
        return show_dialog(request, dialog, form, {**(context or {}), **seen}, status=status)

    if request.method != "POST":
        return show(200)
    if not form.is_valid():
        return show(422)
    try:
        done = act(form.cleaned_data)
    except DuliError as error:
        note_error(form, error)
        return show(error.status)
    toast(request, done.words, undo=done.undo, copy=done.copy)
    return go_to(request, done.url or dialog.back)


def answered(
    request: HttpRequest, form: forms.Form, act: Callable[[], HttpResponse]
) -> tuple[HttpResponse | None, int]:
    """Let a form that was sent do what it is for; return the answer, or None and the status to show it again with."""
    if request.method != "POST":
        return None, 200
    if not form.is_valid():
        return None, 422
    try:
        return act(), 200
    except DuliError as error:
        note_error(form, error)
        return None, error.status


def note_error(form: forms.Form, error: DuliError) -> None:
    """Put a service's error beside the field it names, or above the form."""
    name = str(error.params.get("field", "")) if error.params else ""
    if name not in form.fields:
        form.add_error(None, sentence(error))
    elif type(error) is InvalidInput:
        # Its own sentence names the field as the service calls it; here the field itself is marked.
        form.add_error(name, gettext("This value is not possible here."))
    else:
        form.add_error(name, sentence(error))
