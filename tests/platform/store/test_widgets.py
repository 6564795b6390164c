"""Fields are written as Django's templates write them, to the letter."""

from __future__ import annotations

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from duli.platform.store.widgets import Renderer

WORDS = [None, "", "plain", "<b>&\"quoted'", "第一行\n第二行", SafeString("<i>&amp;</i>"), 0, 12]
CHOICES = [("", "–"), ("plain", "One"), (12, gettext_lazy("To ship")), ("<", [("a", "<b>"), ("b", 1234567)])]
ATTRIBUTES = [
    {},
    {"class": "input", "required": True, "disabled": False, "max": 5, "title": "<&>"},
    {"placeholder": gettext_lazy("To ship"), "data-x": ""},
]


@pytest.mark.parametrize(
    "widget",
    [
        *(forms.TextInput(), forms.NumberInput(), forms.EmailInput(), forms.URLInput(), forms.HiddenInput()),
        *(forms.PasswordInput(render_value=True), forms.Textarea(), forms.CheckboxInput()),
        *(forms.TextInput({"type": "tel"}), forms.DateInput(), forms.Select(choices=CHOICES)),
        forms.RadioSelect(choices=[("1", "One")]),
    ],
    ids=lambda widget: type(widget).__name__,
)
def test_a_field_is_what_djangos_templates_make_of_it(widget: forms.Widget) -> None:
    ours, theirs = Renderer(), DjangoTemplates()
    for value in WORDS:
        for attributes in ATTRIBUTES:
            given = widget.render("a<b", value, attributes, renderer=ours)
            assert given == widget.render("a<b", value, attributes, renderer=theirs)
            assert isinstance(given, SafeString)
