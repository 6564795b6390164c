"""What facets are called in a language. Options and their values are rows of each product: examples speak for all."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override

from duli.commerce.assortment.index import Snapshot
from duli.commerce.assortment.texts import translated
from duli.commerce.catalogue.models import Attribute, AttributeValue, Brand
from duli.commerce.catalogue.states import LISTED, AttributeKind
from duli.platform.store.changes import ChangeCache

_labels: ChangeCache[Labels] = ChangeCache(16)


class Labels:
    def __init__(self, state: Snapshot, language: str) -> None:
        self._state = state
        self._language = language
        attributes = list(Attribute.objects.filter(is_filterable=True).order_by("position", "pk"))
        option_ids = [pk for ids in state.option_ids.values() for pk in ids]
        value_ids = [pk for ids in state.representatives.values() for pk in ids]
        brands = list(Brand.objects.values_list("pk", "handle", "name"))
        listed = list(
            AttributeValue.objects.filter(attribute__is_filterable=True).values_list(
                "pk", "attribute__code", "text", "position", "swatch"
            )
        )
        named = [row[:3] for row in listed]
        texts = translated(
            {
                "attribute": [row.pk for row in attributes],
                "attribute_value": [pk for pk, _code, _text in named],
                "brand": [pk for pk, _handle, _name in brands],
                "option": option_ids,
                "option_value": value_ids,
            },
            language,
        )
        self._attributes = {
            row.code: (
                texts.get(("attribute", row.pk), {}).get("name", row.name),
                texts.get(("attribute", row.pk), {}).get("unit", row.unit),
                row.kind,
                place,
            )
            for place, row in enumerate(attributes)
        }
        self._attribute_values = {
            (code, text): texts["attribute_value", pk]["name"]
            for pk, code, text in named
            if ("attribute_value", pk) in texts
        }
        self._options = {name: _first(texts, "option", ids) or name for name, ids in state.option_ids.items()}
        self._values = {key: _first(texts, "option_value", ids) or key[1] for key, ids in state.representatives.items()}
        self._swatches = state.swatches
        self._listed = {(code, text): (position, swatch) for _pk, code, text, position, swatch in listed}
        self._option_positions = state.option_positions
        self._value_positions = state.value_positions
        self._brands = {handle: texts.get(("brand", pk), {}).get("name", name) for pk, handle, name in brands}
        with override(language):
            self._yes, self._no = _("Yes"), _("No")

    def facet(self, kind: str, name: str) -> str:
        """Return the facet's name; empty for brand and category, which the face names itself."""
        if kind == "attribute":
            return self._attributes[name][0] if name in self._attributes else name
        return self._options.get(name, name) if kind == "option" else ""

    def facet_order(self, facet: tuple[str, str]) -> tuple[int, float, str]:
        """Options first (colour before size, as products have them), then brand, then attributes as arranged."""
        kind, name = facet
        if kind == "option":
            return (0, self._option_positions.get(name, 0), name)
        if kind == "brand":
            return (1, 0, "")
        return (2, self._attributes[name][3] if name in self._attributes else 99, name)

    def value(self, kind: str, name: str, value: str) -> str:
        if kind == "brand":
            return self._brands.get(value, value)
        if kind == "option":
            return self._values.get((name, value), value)
        _label, unit, attribute_kind, _place = self._attributes.get(name, ("", "", AttributeKind.TEXT, 0))
        if attribute_kind == AttributeKind.BOOLEAN:
            return self._yes if value == "yes" else self._no
        if attribute_kind == AttributeKind.NUMBER:
            return f"{value} {unit}".strip()
        return self._attribute_values.get((name, value), value)

    def value_order(self, kind: str, name: str, value: str, label: str) -> tuple[float, str]:
        if kind == "option":
            return (self._value_positions.get((name, value), 0), label)
        if kind == "attribute" and self._attributes.get(name, ("", "", ""))[2] == AttributeKind.NUMBER:
            return (float(value), label)
        if kind == "attribute" and self._attributes.get(name, ("", "", ""))[2] in LISTED:
            return (self._listed.get((name, value), (0, ""))[0], label)
        return (0, label)

    def swatch(self, kind: str, name: str, value: str) -> str:
        if kind == "attribute" and self._attributes.get(name, ("", "", ""))[2] == AttributeKind.COLOUR:
            return self._listed.get((name, value), (0, ""))[1]
        return self._swatches.get((name, value), "") if kind == "option" else ""


def _first(texts: dict[tuple[str, int], dict[str, str]], kind: str, ids: list[int]) -> str:
    return next((texts[kind, pk]["name"] for pk in ids if "name" in texts.get((kind, pk), {})), "")


def labels(state: Snapshot, language: str) -> Labels:
    """Return the names of all facets in `language`, read again only when there are new ones."""
    key = (language, state.labels_version)
    return _labels.get_or_make(key, lambda: Labels(state, language), ["structure", "store"])
