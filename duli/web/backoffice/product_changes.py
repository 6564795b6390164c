"""Differences between two states of a product in words that staff know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.money import Money
from duli.base.text import one_line, plain_text
from duli.commerce.catalogue.models import Bundle
from duli.commerce.catalogue.states import ProductStatus
from duli.commerce.revisions.types import Difference, Merged, Path
from duli.web.backoffice.kit.when import exact_words
from duli.web.backoffice.kit.words import listed
from duli.web.backoffice.selectors.product_changes import Names, names_for

KEEP = "keep:"
LONGEST = 400
LABELS: Mapping[str, Any] = {
    "title": _("Title"),
    "handle": _("Address"),
    "description_html": _("Description"),
    "status": _("Status"),
    "published_at": _("Visible from"),
    "unpublished_at": _("Hidden from"),
    "tax_class": _("Tax class"),
    "hs_code": _("HS code"),
    "origin_country": _("Country of origin"),
    "seo_title": _("Title for search engines"),
    "seo_description": _("Description for search engines"),
    "maker_id": _("Maker"),
    "responsible_person_id": _("Responsible person in the EU"),
    "safety_text": _("Warnings and safety information"),
    "brand": _("Brand"),
    "product_type": _("Product type"),
    "tags": _("Tags"),
    "categories": _("Categories"),
    "collections": _("Collections"),
    "media": _("Pictures"),
    "related": _("Related products"),
    "attributes": _("Attributes"),
    "options": _("Options"),
    "variants": _("Variants"),
    "sku": _("SKU"),
    "barcode": _("Barcode"),
    "weight_grams": _("Weight, g"),
    "content": _("Content"),
    "is_gift_card": _("This is a gift card"),
    "requires_shipping": _("This is sent in a parcel"),
    "tracks_stock": _("Count the stock"),
    "image_id": _("Picture"),
    "cost": gettext_lazy("Cost"),
    "bundle": _("Bundle"),
    "files": _("Files"),
    "price": gettext_lazy("Price"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field: what it is called, what it was and is; `token` names it in a form, `conflict` asks for a choice."""

    label: str
    before: str
    after: str
    token: str = ""
    conflict: bool = False


def label_of(path: Path, names: Names) -> str:
    """Return what a field is called on the pages."""
    head, *rest = path
    if head == "texts":
        language = dict(settings.LANGUAGES).get(rest[0], rest[0])
        return f"{LABELS.get(rest[1], rest[1])} · {language}"
    if head == "variant":
        what = str(LABELS.get(rest[1], rest[1]))
        if rest[1] == "price":
            what = f"{what}, {rest[2]}"
        variant = names.variants.get(rest[0], "")
        return f"{what} · {variant}" if variant else what
    return str(LABELS.get(rest[0] if head == "product" else head, head))


def value_of(path: Path, value: Any, names: Names) -> str:
    """Return a field's value in one line, "" for none."""
    field = path[-1] if path[0] != "variant" else path[2]
    if value is None or value == "" or value == []:
        return ""
    if field == "price":
        minor, former = value
        money = Money(minor, path[3])
        text = f"{money.amount} {path[3]}"
        return gettext("%(price)s instead of %(former)s") % {
            "price": text, "former": str(Money(former, path[3]).amount)
        } if former is not None else text  # fmt: skip
    if field == "cost":
        return f"{Money(*value).amount} {value[1]}"
    if field == "bundle":
        return _bundle(value, names)
    if field == "files":
        return one_line(listed(str(entry[1]) for entry in value), LONGEST)
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if field == "status":
        return str(ProductStatus(value).label)
    if field in {"published_at", "unpublished_at"}:
        moment = parse_datetime(value)
        return exact_words(moment) if moment else ""
    if field in {"maker_id", "responsible_person_id"}:
        return names.contacts.get(value, f"#{value}")
    if field == "image_id":
        return names.media.get(value, f"#{value}")
    if field == "description_html":
        return plain_text(str(value), LONGEST)
    if isinstance(value, list):
        return one_line(_listed(field, value, names), LONGEST)
    return one_line(str(value), LONGEST)


def _bundle(value: Sequence[Any], names: Names) -> str:
    """Return "2 × Cup, 1 × Tray; the sum of its parts minus 10 %"."""
    mode, percent, parts = value
    text = listed(f"{units} × {names.parts.get(pk, f'#{pk}')}" for pk, units in parts)
    price = str(Bundle.PriceMode(mode).label) + (f" ({percent} %)" if percent != "0" else "")
    return one_line(f"{text}; {price}", LONGEST)


def _listed(field: str, value: Sequence[Any], names: Names) -> str:
    if field == "options":
        return "; ".join(f"{name}: {', '.join(row[1] for row in values)}" for _pk, name, _texts, values in value)
    if field == "variants":
        return listed(names.variants.get(pk) or gettext("Only variant") for pk, _values in value)
    if field == "attributes":
        return ", ".join(f"{code}: {text or number or boolean}" for code, text, number, boolean in value)
    known = {"categories": names.categories, "collections": names.collections, "media": names.media}
    called = {**known, "related": names.products}.get(field, {})
    return listed(called.get(entry, f"#{entry}" if isinstance(entry, int) else entry) for entry in value)


def changes_of(differences: Sequence[Difference], *, sees_cost: bool, names: Names | None = None) -> list[Change]:
    """Return the differences in words; without `sees_cost` what goods cost is left out.

    `names` are those of the ids in them, if somebody looked them up already.
    """
    shown = [entry for entry in differences if sees_cost or not _is_cost(entry.path)]
    names = names or names_for(shown)
    return [_change(entry, names) for entry in shown]


def _is_cost(path: Path) -> bool:
    return path[0] == "variant" and path[2] == "cost"


def _change(entry: Difference, names: Names, *, conflict: bool = False) -> Change:
    label, before, after = (
        label_of(entry.path, names),
        *(value_of(entry.path, v, names) for v in (entry.before, entry.after)),
    )
    details = {"options", "variants", "product", "texts"}
    if before == after and (entry.path[0] in details or entry.path[-1] == "files"):
        before, after = before, gettext("changed in its details")
    return Change(label, before, after, KEEP + "|".join(entry.path), conflict)


def describe(merged: Merged, *, sees_cost: bool) -> list[Change]:
    """Return what somebody else changed, and what both changed: `before` is theirs, `after` is mine.

    Without `sees_cost` what goods cost is left out: whoever does not see it cannot have changed it.
    """
    names = names_for([*merged.taken, *merged.conflicts])
    return [
        *(_change(entry, names, conflict=True) for entry in merged.conflicts if sees_cost or not _is_cost(entry.path)),
        *(_change(entry, names) for entry in merged.taken if sees_cost or not _is_cost(entry.path)),
    ]


def choices_of(data: QueryDict) -> frozenset[Path]:
    """Return the fields for which the form chose "mine"."""
    return frozenset(_path(name) for name in data if name.startswith(KEEP) and data[name] == "mine")


def _path(name: str) -> Path:
    return tuple(name.removeprefix(KEEP)[:200].split("|"))


def words_for(paths: Iterable[Path]) -> list[str]:
    """Return the names of fields, for reports."""
    names = names_for([Difference(path, None, None) for path in paths])
    return [label_of(path, names) for path in paths]
