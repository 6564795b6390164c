"""Goods that cannot be sent everywhere, or not by every method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.base.text import one_line
from duli.commerce.catalogue.models import Category, Product, Tag
from duli.commerce.shipping.models import Method, Restriction
from duli.commerce.shipping.services import delete_restriction, save_restriction
from duli.platform.accounts.permissions import allowed, require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.countries import Countries
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Line, Prose
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.places import country_choices, country_name
from duli.web.backoffice.selectors.product_page import product_choices
from duli.web.backoffice.shell import render

EVERYWHERE, THESE, ELSEWHERE = "everywhere", "these", "elsewhere"
MOST_KNOWN = 500
WHERE = {
    EVERYWHERE: _("Anywhere"),
    THESE: _("To these countries"),
    ELSEWHERE: _("To all countries but these"),
}


def _method_choices() -> list[tuple[str, str]]:
    found: dict[str, list[str]] = {}
    for code, name in Method.objects.filter(is_pickup=False).order_by("position").values_list("code", "name"):
        if name not in found.setdefault(code, []):
            found[code].append(name)
    return [(code, " / ".join(names)) for code, names in found.items()]


class Goods(Prose):
    """Things named one a line; cleans to their keys. `look` finds one by what was written."""

    def __init__(self, look: Any, **kwargs: Any) -> None:
        super().__init__(max_length=20_000, required=False, rows=2, **kwargs)
        self.look = look

    def clean(self, value: Any) -> list[int]:  # type: ignore[override]
        text = super().clean(value).replace("，", "\n").replace(",", "\n")
        found = []
        for line in dict.fromkeys(filter(None, (line.strip() for line in text.splitlines()))):
            key = self.look(line[:200])
            if key is None:
                raise ValidationError(_("There is no “%(name)s”."), params={"name": line[:40]})
            found.append(key)
        return found


def _by_name(model: type[Model]) -> Any:
    def look(text: str) -> int | None:
        rows = model._default_manager.filter(Q(name__iexact=text) | Q(handle=text))
        return rows.values_list("pk", flat=True).first()

    return look


def _product(text: str) -> int | None:
    rows = Product.objects.filter(Q(handle=text) | Q(title=text) | Q(variants__sku=text, variants__is_active=True))
    return rows.values_list("pk", flat=True).first()


class RestrictionForm(forms.Form):
    name = Line(label=_("Name"), max_length=120, help_text=_("For you; shoppers do not see it."))
    reason = Line(
        label=_("Reason"), max_length=255, required=False, help_text=_("Shoppers read it behind the name of the goods.")
    )
    tags = Goods(_by_name(Tag), label=_("Goods with these tags"))
    categories = Goods(_by_name(Category), label=_("Goods of these categories, and those below"))
    products = Goods(_product, label=_("These products"), help_text=_("A SKU, a title or an address each, one a line."))
    where = forms.ChoiceField(label=_("Cannot be sent"), choices=list(WHERE.items()), initial=THESE)
    countries = Countries(
        label=_("Countries"), required=False, help_text=_("Names or two letters, with commas: Germany, HK.")
    )
    methods = forms.MultipleChoiceField(
        label=_("By these methods"),
        choices=_method_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: by no method at all."),
    )
    is_active = forms.BooleanField(label=_("In force"), required=False, initial=True)

    def known_tags(self) -> list[tuple[str, str]]:
        return [(name, "") for name in Tag.objects.order_by("name").values_list("name", flat=True)[:MOST_KNOWN]]

    def known_categories(self) -> list[tuple[str, str]]:
        return [(name, "") for name in Category.objects.order_by("name").values_list("name", flat=True)[:MOST_KNOWN]]

    def known_countries(self) -> list[tuple[str, str]]:
        return country_choices()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("where") != EVERYWHERE and not values.get("countries") and "countries" not in self.errors:
            self.add_error("countries", _("Name at least one country."))
        goods = ("tags", "categories", "products")
        if not any(values.get(name) for name in goods) and not any(name in self.errors for name in goods):
            self.add_error("tags", _("Say which goods: by tag, by category or one by one."))
        return values

    def facts(self) -> dict[str, Any]:
        """Return what the verb takes."""
        values = self.cleaned_data
        return {
            "name": values["name"],
            "reason": values["reason"],
            "tag_ids": values["tags"],
            "category_ids": values["categories"],
            "product_ids": values["products"],
            "countries": [] if values["where"] == EVERYWHERE else values["countries"],
            "is_elsewhere": values["where"] == ELSEWHERE,
            "method_codes": values["methods"],
            "is_active": values["is_active"],
        }


def _names(model: type[Model], ids: Sequence[int], field: str = "name") -> list[str]:
    return [str(name) for name in model._default_manager.filter(pk__in=ids).values_list(field, flat=True)]


def _found(restriction_id: int) -> Restriction:
    row = Restriction.objects.filter(pk=restriction_id).first()
    if row is None:
        raise NotFound()
    return row


def _stored(restriction_id: int) -> dict[str, Any]:
    row = _found(restriction_id)
    return {
        "name": row.name,
        "reason": row.reason,
        "tags": "\n".join(_names(Tag, row.tag_ids)),
        "categories": "\n".join(_names(Category, row.category_ids)),
        "products": "\n".join(_names(Product, row.product_ids, "handle")),
        "where": EVERYWHERE if not row.countries else ELSEWHERE if row.is_elsewhere else THESE,
        "countries": ", ".join(row.countries),
        "methods": row.method_codes,
        "is_active": row.is_active,
    }


@screen("settings.view", methods=("GET", "HEAD"))
def settings_restrictions(request: HttpRequest) -> HttpResponse:
    rows = list(Restriction.objects.all())
    tags = dict(Tag.objects.filter(pk__in={pk for row in rows for pk in row.tag_ids}).values_list("pk", "name"))
    categories = dict(
        Category.objects.filter(pk__in={pk for row in rows for pk in row.category_ids}).values_list("pk", "name")
    )
    products = dict(
        Product.objects.filter(pk__in={pk for row in rows for pk in row.product_ids}).values_list("pk", "title")
    )
    methods = dict(_method_choices())
    context = {
        "here": "settings",
        "may_edit": allowed(request.user, "settings.edit"),
        "restrictions": [
            {
                "row": row,
                "goods": [
                    known[pk]
                    for known, ids in ((tags, row.tag_ids), (categories, row.category_ids), (products, row.product_ids))
                    for pk in ids
                    if pk in known
                ],
                "countries": [country_name(code) for code in row.countries],
                "methods": [methods.get(code, code) for code in row.method_codes],
            }
            for row in rows
        ],
    }
    return render(request, "backoffice/settings/restrictions.html", context)


@screen("settings.view", write="settings.edit")
def settings_restriction(request: HttpRequest, restriction_id: int | None = None) -> HttpResponse:
    require(request.user, "settings.edit")
    dialog = Dialog(
        title=gettext("Restriction “%(name)s”") % {"name": _found(restriction_id).name}
        if restriction_id
        else gettext("New restriction"),
        consequence="" if restriction_id else _("Goods that cannot be sent to some countries, or not by some methods."),
        submit=_("Save") if restriction_id else _("Add restriction"),
        back=reverse("backoffice:settings_restrictions"),
        wide=True,
        template="backoffice/settings/restriction.html",
    )
    initial = _stored(restriction_id) if restriction_id else {"where": THESE, "is_active": True}
    form = RestrictionForm(request.POST if request.method == "POST" else None, initial=initial)
    guard = Guard(request, form, lambda: _stored(restriction_id)) if restriction_id else None

    def act(values: dict[str, Any]) -> Done:
        save_restriction(
            restriction_id=restriction_id,
            actor=actor_of(request),
            seen=guard.check if guard else None,
            **form.facts(),
        )
        return Done(gettext("Saved"))

    return run_verb(request, dialog, form, act, {"here": "settings"}, guard=guard)


@screen("settings.edit", methods=("GET", "HEAD"))
def restriction_goods(request: HttpRequest) -> HttpResponse:
    """The products that are called as somebody types, as what a search offers."""
    query = one_line(request.GET.get("q", ""), 100)
    keys = [pk for pk, _title in product_choices(query)] if query else []
    found = Product.objects.filter(pk__in=keys).order_by("title", "pk")
    return render(request, "backoffice/settings/restriction_goods.html", {"found": found})


@screen("settings.view", write="settings.edit")
def settings_restriction_delete(request: HttpRequest, restriction_id: int) -> HttpResponse:
    require(request.user, "settings.edit")
    dialog = Dialog(
        title=gettext("Remove the restriction “%(name)s”?") % {"name": _found(restriction_id).name},
        consequence=_("Its goods can be sent everywhere again, by every method."),
        submit=_("Remove"),
        back=reverse("backoffice:settings_restrictions"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        delete_restriction(restriction_id=restriction_id, actor=actor_of(request))
        return Done(gettext("The restriction is gone"))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "settings"})
