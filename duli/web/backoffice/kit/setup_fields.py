"""Form fields for what a plugin wants to be set up: each service names its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from duli.base.errors import DuliError, sentence
from duli.web.backoffice.kit.dialogs import go_to
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.toasts import toast

MAXIMUM_TEXT = 1000


class Described(Protocol):
    """One thing to be set up, as protocols of plugins describe it."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> Any: ...

    @property
    def help(self) -> Any: ...

    @property
    def kind(self) -> str: ...

    @property
    def required(self) -> bool: ...

    @property
    def choices(self) -> Any: ...


def setup_field(entry: Described, *, is_set: bool) -> forms.Field:
    """Return the field; `is_set`: a secret is stored, so that an empty one keeps it."""
    common: dict[str, Any] = {"label": entry.label, "help_text": entry.help, "required": entry.required and not is_set}
    if entry.kind == "choice":
        return forms.ChoiceField(choices=list(entry.choices), **common)
    if entry.kind == "secret":
        hint = gettext("Stored. Leave empty to keep it.") if is_set else ""
        widget = forms.PasswordInput(attrs={"autocomplete": "new-password", "placeholder": hint})
        return forms.CharField(max_length=MAXIMUM_TEXT, widget=widget, **common)
    return Line(max_length=MAXIMUM_TEXT, **common)


class Account(Protocol):
    """What a merchant sets up for a service, secrets only by the names of those that are stored."""

    @property
    def fields(self) -> Sequence[Described]: ...

    @property
    def secrets_set(self) -> Collection[str]: ...


class SetupForm(forms.Form):
    """What a form declares (its switches), then one field for each thing that the service wants to know."""

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = [entry.name for entry in account.fields]
        for entry in account.fields:
            self.fields[entry.name] = setup_field(entry, is_set=entry.name in account.secrets_set)

    def setup_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.names]

    def setup_values(self) -> dict[str, Any]:
        """Return what was entered for the service."""
        return {name: self.cleaned_data[name] for name in self.names}


def tell_check(request: HttpRequest, check: Callable[[], str], *, back: str) -> HttpResponse:
    """Ask a service whether the stored keys are right, and say what it answers: in its place, or on the page."""
    from duli.web.backoffice.shell import render

    context: dict[str, Any] = {}
    try:
        context["told"] = check()
    except DuliError as error:
        context["problem"] = sentence(error)
    if request.headers.get("HX-Request"):
        return render(request, "backoffice/settings/tracking_check.html", context)
    toast(request, context.get("problem") or gettext("The connection works."))
    return go_to(request, back)
