"""Fields of forms, written here where Django's own widgets take two or three templates for each.

A page with twenty fields spent a sixth of its time on them. The text is what Django's templates give, to the letter;
whatever is no plain field is still left to them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

Widget = Mapping[str, Any]


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {conditional_escape(name)}" if value is True else f' {conditional_escape(name)}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _text(value: Any) -> str:
    # What is HTML already is text all the same inside an attribute, as `stringformat` has it.
    return conditional_escape(value if isinstance(value, SafeString) else str(value))


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    name = conditional_escape(widget["name"])
    return f'<input type="{conditional_escape(widget["type"])}" name="{name}"{value}{_attributes(widget)}>'


def _textarea(widget: Widget) -> str:
    value = "" if not widget["value"] else _text(widget["value"])
    return f'<textarea name="{conditional_escape(widget["name"])}"{_attributes(widget)}>\n{value}</textarea>'


def _select(widget: Widget) -> str:
    parts = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget)}>']
    for group, options, _place in widget["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{conditional_escape(group)}">')
        parts += [
            f'\n  <option value="{_text(option["value"])}"{_attributes(option)}>'
            f"{conditional_escape(localize(option['label']))}</option>\n"
            for option in options
        ]
        if group:
            parts.append("\n  </optgroup>")
    return "".join([*parts, "\n</select>"])


_INPUTS = ("input", "text", "number", "email", "url", "password", "hidden", "checkbox", "date", "datetime", "time")
_WRITERS: Mapping[str, Callable[[Widget], str]] = {
    f"django/forms/widgets/{name}.html": write
    for name, write in (
        *((name, _input) for name in _INPUTS),
        ("textarea", _textarea),
        ("select", _select),
    )
}


class Renderer(DjangoTemplates):
    """Django's renderer, but for the fields that most forms consist of."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        write = _WRITERS.get(template_name)
        if write is None:
            return super().render(template_name, context, request=request)
        return SafeString(write(context["widget"]))
