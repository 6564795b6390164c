"""Options of the product editor as typed: by the chips, which know the ids of values, or as plain lists."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from math import prod
from typing import Any

from django.http import QueryDict
from django.utils.html import json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from duli.base.text import one_line
from duli.commerce.catalogue.types import MAXIMUM_OPTIONS, MAXIMUM_VARIANTS, OptionDraft, OptionValueDraft
from duli.web.backoffice.selectors.product_page import OptionOfProduct, ProductOnPage

SEPARATORS = str.maketrans({"，": ",", "、": ",", "\n": ","})
MAXIMUM_TEXT = 300_000
LONGEST_NAME = 80
LONGEST_VALUE = 120
FIELD = "options"
_SWATCH = re.compile(r"#[0-9a-f]{6}")


def split_values(text: str) -> list[str]:
    """Return the values of a list written with commas, Chinese ones too, each once."""
    parts = [one_line(part) for part in text.translate(SEPARATORS).split(",")]
    return list(dict.fromkeys(part for part in parts if part))


@dataclass(slots=True)
class ValueRow:
    """A value as typed; `id` and `stored_name` of the one it was."""

    name: str
    id: int | None = None
    stored_name: str = ""
    swatch: str = ""
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.id is None


@dataclass(slots=True)
class OptionRow:
    """A dimension of choice as typed."""

    name: str = ""
    values: list[ValueRow] = field(default_factory=list)
    id: int | None = None
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, option: OptionOfProduct) -> OptionRow:
        values = [ValueRow(row.name, row.id, row.name, row.swatch, dict(row.texts)) for row in option.values]
        return cls(option.name, values, option.id, dict(option.texts))

    @property
    def names(self) -> list[str]:
        return [value.name for value in self.values]

    @property
    def is_new(self) -> bool:
        return self.id is None

    @property
    def typed(self) -> str:
        """The values as the plain field shows them."""
        return ", ".join(self.names)

    def draft(self) -> OptionDraft:
        values = [OptionValueDraft(row.name, row.swatch, row.texts, row.id) for row in self.values]
        return OptionDraft(self.name, values, self.texts, self.id)


def options_json(options: list[OptionRow], languages: list[tuple[str, str]]) -> SafeString:
    """Return the options for the chips, as a block of JSON to stand in a page."""
    rows = [
        {
            "id": option.id,
            "name": option.name,
            "texts": option.texts,
            "values": [
                {"id": value.id, "name": value.name, "swatch": value.swatch, "texts": value.texts}
                for value in option.values
            ],
        }
        for option in options
    ]
    return json_script({"options": rows, "languages": languages, "words": _words()})


def _words() -> dict[str, str]:
    return {
        "option": gettext("Option"),
        "values": gettext("Values"),
        "add": gettext("Add an option such as colour or size"),
        "another": gettext("Add another option"),
        "name": gettext("Colour"),
        "value": gettext("Add a value, then Enter"),
        "remove": gettext("Remove"),
        "earlier": gettext("Move earlier"),
        "later": gettext("Move later"),
        "swatch": gettext("Colour swatch"),
        "details": gettext("Swatch, order and names in other languages"),
        "removeOption": gettext("Remove this option"),
        "noSwatch": gettext("No swatch"),
    }


def read_options(data: QueryDict, page: ProductOnPage | None) -> tuple[list[OptionRow], list[str]]:
    """Return the options that were sent, and sentences about what is wrong with them."""
    stored = list(page.options) if page else []
    errors: list[str] = []
    if data.get(FIELD):
        options = _from_json(data.get(FIELD, ""), stored)
        if options is None:
            return [], [gettext("The options could not be read. Load the page again.")]
    else:
        names = data.getlist("option_name")[: MAXIMUM_OPTIONS + 1]
        values = data.getlist("option_values")[: MAXIMUM_OPTIONS + 1]
        options = [
            _named(one_line(name), split_values(text[:MAXIMUM_TEXT]), stored)
            for name, text in zip(names, [*values, *[""] * len(names)], strict=False)
        ]
    options = [option for option in options if option.name or option.values]
    _check(options, errors)
    return options, errors


def _named(name: str, values: list[str], stored: list[OptionOfProduct]) -> OptionRow:
    """Recognise an option and its values by their names."""
    old = next((option for option in stored if option.name == name), None)
    by_name = {value.name: value for value in old.values} if old else {}
    rows = []
    for text in values:
        known = by_name.get(text)
        rows.append(ValueRow(text, known.id, text, known.swatch, dict(known.texts)) if known else ValueRow(text))
    return OptionRow(name, rows, old.id if old else None, dict(old.texts) if old else {})


def _from_json(text: str, stored: list[OptionOfProduct]) -> list[OptionRow] | None:
    options = {option.id: option for option in stored}
    try:
        given = json.loads(text[:MAXIMUM_TEXT])
        return [_option(row, options) for row in list(given)[: MAXIMUM_OPTIONS + 1]]
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
        return None


def _option(row: dict[str, Any], stored: dict[int, OptionOfProduct]) -> OptionRow:
    old = stored.get(row["id"]) if isinstance(row["id"], int) else None
    values = {value.id: value for value in old.values} if old else {}
    found: list[ValueRow] = []
    for entry in list(row["values"])[: MAXIMUM_VARIANTS + 1]:
        known = values.get(entry["id"]) if isinstance(entry["id"], int) else None
        name = one_line(str(entry["name"]))
        swatch = str(entry.get("swatch") or "").lower()
        if not name or name in {value.name for value in found}:
            continue
        found.append(
            ValueRow(
                name,
                known.id if known else None,
                known.name if known else "",
                swatch if _SWATCH.fullmatch(swatch) else "",
                _texts(entry.get("texts")),
            )
        )
    return OptionRow(one_line(str(row["name"])), found, old.id if old else None, _texts(row.get("texts")))


def _texts(given: Any) -> dict[str, str]:
    if not isinstance(given, dict):
        return {}
    return {str(code)[:12]: one_line(str(text), 120) for code, text in list(given.items())[:30]}


def _check(options: list[OptionRow], errors: list[str]) -> None:
    if len(options) > MAXIMUM_OPTIONS:
        errors.append(gettext("A product can have up to %(most)s options.") % {"most": MAXIMUM_OPTIONS})
    names = [option.name for option in options]
    if any(not name for name in names):
        errors.append(gettext("Give every option a name, such as Colour."))
    elif len(set(names)) != len(names):
        errors.append(gettext("Two options have the same name."))
    if any(len(name) > LONGEST_NAME for name in names):
        errors.append(gettext("The name of an option can have up to %(most)s characters.") % {"most": LONGEST_NAME})
    if any(len(value) > LONGEST_VALUE for option in options for value in option.names):
        errors.append(gettext("A value can have up to %(most)s characters.") % {"most": LONGEST_VALUE})
    if any(not option.values for option in options):
        errors.append(gettext("Give every option at least one value."))
    if prod(max(len(option.values), 1) for option in options) > MAXIMUM_VARIANTS:
        errors.append(gettext("A product can have up to %(most)s variants.") % {"most": MAXIMUM_VARIANTS})
