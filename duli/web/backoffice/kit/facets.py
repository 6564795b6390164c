"""Picking goods by what they are: products, collections, categories, brands and tags in one box."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.commerce.catalogue.models import Brand, Category, Collection, Product, Tag, Variant

KINDS: Final[dict[str, tuple[type[Model], str, Promise]]] = {
    "collection": (Collection, "title", _("Collection")),
    "category": (Category, "name", _("Category")),
    "brand": (Brand, "name", _("Brand")),
    "tag": (Tag, "name", _("Tag")),
    "product": (Product, "title", _("Product")),
}
MOST: Final = 500
FOUND: Final = 5
_TYPED = "?"


def facet_names(facets: Iterable[str]) -> dict[str, str]:
    """Return what goods are called that facets mean; those that are gone are absent (a query a kind)."""
    by_kind: dict[str, list[int]] = {}
    for facet in facets:
        kind, _colon, pk = facet.partition(":")
        if kind in KINDS or kind == "variant":
            by_kind.setdefault(kind, []).append(int(pk))
    found: dict[str, str] = {}
    for kind, ids in by_kind.items():
        if kind == "variant":
            variants = Variant.objects.filter(pk__in=ids).values_list("pk", "product__title", "title")
            found |= {f"variant:{pk}": f"{product} {title}".strip() for pk, product, title in variants}
            continue
        model, name, _label = KINDS[kind]
        rows = model._default_manager.filter(pk__in=ids).values_list("pk", name)
        found |= {f"{kind}:{pk}": title for pk, title in rows}
    return found


def find_facets(query: str) -> list[tuple[str, str, str]]:
    """Return facet, kind and title of what the words may mean, some of each kind."""
    found = []
    for kind, (model, name, label) in KINDS.items():
        wanted = Q(**{f"{name}__icontains": query})
        if kind == "product":
            wanted |= Q(variants__sku__istartswith=query)
        rows = model._default_manager.filter(wanted).order_by(name, "pk").distinct().values_list("pk", name)[:FOUND]
        found += [(f"{kind}:{pk}", str(label), title) for pk, title in rows]
    return found


def _exactly(word: str) -> str:
    """Return the facet of what has exactly this title, address or SKU; without JavaScript it is typed."""
    for kind, (model, name, _label) in KINDS.items():
        wanted = Q(**{f"{name}__iexact": word}) | Q(handle__iexact=word)
        if kind == "product":
            wanted |= Q(variants__sku__iexact=word)
        ids = list(model._default_manager.filter(wanted).distinct().values_list("pk", flat=True)[:2])
        if len(ids) == 1:
            return f"{kind}:{ids[0]}"
    return ""


class FacetPicker(forms.Widget):
    """Chosen goods as ticked boxes and a box to find more; what is typed there is taken as it is without JavaScript."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        read = getattr(data, "getlist", lambda key: data.get(key) or [])
        typed = str(data.get(f"{name}_find") or "")[:2000].replace("，", ",").replace("\n", ",").split(",")
        chosen = read(name)
        chosen = [chosen] if isinstance(chosen, str) else list(chosen)
        return [*chosen, *(f"{_TYPED}{word.strip()}" for word in typed if word.strip())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def render(self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: Any = None) -> SafeString:
        facets = [str(facet) for facet in value or () if not str(facet).startswith(_TYPED)]
        names = facet_names(facet for facet in facets if _known(facet))
        typed = [str(word)[1:] for word in value or () if str(word).startswith(_TYPED)]
        context = {
            "name": name,
            "id": (attrs or {}).get("id", f"id_{name}"),
            "described": (attrs or {}).get("aria-describedby", ""),
            "invalid": (attrs or {}).get("aria-invalid", ""),
            "chosen": [(facet, _kind(facet), names[facet]) for facet in facets if facet in names],
            "typed": ", ".join(typed),
        }
        return render_to_string("backoffice/kit/facet_picker.html", context)


def _kind(facet: str) -> str:
    kind = facet.partition(":")[0]
    return str(KINDS[kind][2]) if kind in KINDS else gettext("Variant")


def _known(facet: str) -> bool:
    kind, _colon, pk = facet.partition(":")
    return (kind in KINDS or kind == "variant") and pk.isascii() and pk.isdigit() and 0 < len(pk) < 19


class Facets(forms.Field):
    """Goods by what they are; cleans to facets ("collection:3") of what is there."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(widget=FacetPicker(), **kwargs)

    def clean(self, value: Any) -> list[str]:
        given = list(dict.fromkeys(str(entry) for entry in value or ()))
        if len(given) > MOST:
            raise ValidationError(_("Choose at most %(limit)s rows."), params={"limit": MOST})
        found: list[str] = []
        unknown: list[str] = []
        for entry in given:
            facet = _exactly(entry[1:]) if entry.startswith(_TYPED) else entry if _known(entry) else ""
            (found if facet else unknown).append(facet or entry.lstrip(_TYPED))
        if unknown:
            words = unknown[0][:80]
            raise ValidationError(_("Nothing, or more than one thing, is called “%(words)s”."), params={"words": words})
        there = facet_names(found)
        if any(facet not in there for facet in found):
            raise ValidationError(_("Choose the rows again."))
        if self.required and not found:
            raise ValidationError(_("Choose what it is on."))
        return list(dict.fromkeys(found))
