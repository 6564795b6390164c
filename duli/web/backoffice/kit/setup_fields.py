"""Form fields for what a plugin wants to be set up: each service names its own."""

from __future__ import annotations

from typing import Any, Protocol

from django import forms
from django.utils.translation import gettext

from duli.web.backoffice.kit.forms import Line

MAXIMUM_TEXT = 1000


class Described(Protocol):
    """One thing to be set up, as protocols of plugins describe it."""

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
