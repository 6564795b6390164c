"""Attributes in the product editor: fields named ``attribute-<code>``, several values of a text as chips."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.http import QueryDict
from django.utils.translation import gettext

from duli.base.text import one_line
from duli.commerce.catalogue.states import LISTED, AttributeKind
from duli.commerce.catalogue.types import AttributeDraft
from duli.web.backoffice.product_options import split_values
from duli.web.backoffice.selectors.product_page import AttributeField

PREFIX = "attribute-"
MOST_CHOSEN = 100


@dataclass(slots=True)
class AttributeInput:
    """An attribute as the page shows it, with what was typed."""

    field: AttributeField
    value: str = ""
    error: str = ""
    picked: tuple[str, ...] = ()
    """Of a list of values, those the product has."""

    @property
    def chosen(self) -> list[tuple[str, str, bool]]:
        """Of a list of values: each with its colour, and whether the product has it; one that left the list stays."""
        known = [text for text, _swatch in self.field.listed]
        gone = [(text, "") for text in self.picked if text not in known]
        return [(text, swatch, text in self.picked) for text, swatch in [*self.field.listed, *gone]]


def inputs_of(fields: Iterable[AttributeField], stored: Iterable[tuple[str, str]]) -> list[AttributeInput]:
    """Return the inputs of a stored product."""
    values: dict[str, list[str]] = {}
    for code, text in stored:
        values.setdefault(code, []).append(text)
    return [
        AttributeInput(field, ", ".join(values.get(field.code, ())), picked=tuple(values.get(field.code, ())))
        for field in fields
    ]


def read_inputs(data: QueryDict, fields: Iterable[AttributeField]) -> list[AttributeInput]:
    found = []
    for field in fields:
        given = [one_line(text[:4000]) for text in data.getlist(PREFIX + field.code)[:MOST_CHOSEN]]
        picked = tuple(dict.fromkeys(text for text in given if text))
        value = ", ".join(picked) if field.kind in LISTED else given[-1] if given else ""
        found.append(AttributeInput(field, value, picked=picked))
    return found


def codes_sent(data: QueryDict) -> list[str]:
    return [name.removeprefix(PREFIX)[:80] for name in data if name.startswith(PREFIX)][:200]


def attribute_drafts(inputs: Sequence[AttributeInput]) -> list[AttributeDraft]:
    """Return what the catalogue takes; wrong inputs are marked."""
    drafts: list[AttributeDraft] = []
    for entry in inputs:
        code, text = entry.field.code, entry.value
        if not text:
            continue
        if entry.field.kind == AttributeKind.NUMBER:
            try:
                number = Decimal(text.replace(",", ""))
            except InvalidOperation:
                number = Decimal("NaN")
            if not number.is_finite() or abs(number) >= Decimal(10) ** 14 or number != round(number, 4):
                entry.error = gettext("Enter a number.")
                continue
            drafts.append(AttributeDraft(code, number=number))
        elif entry.field.kind == AttributeKind.BOOLEAN:
            drafts.append(AttributeDraft(code, boolean=text == "yes"))
        elif entry.field.kind in LISTED:
            drafts += [AttributeDraft(code, text=value[:255]) for value in entry.picked]
        else:
            drafts += [AttributeDraft(code, text=value[:255]) for value in split_values(text)]
    return drafts
