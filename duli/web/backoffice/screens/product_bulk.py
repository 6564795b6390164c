"""Several products at once: the sheet over their fields, and verbs with a form. Each is taken back as one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import sentence
from duli.commerce.assortment.price_rules import PriceRule, Rounding
from duli.commerce.assortment.services import (
    change_prices,
    delete_products,
    edit_cells,
    organise_products,
    preview_prices,
    schedule_products,
)
from duli.commerce.assortment.types import BulkReport
from duli.commerce.revisions import snapshots
from duli.platform.accounts.limits import sees
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.bulk_sheet import chosen_fields, columns, fields_for, left_over, read_edits, rows_of
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, run_verb, show_dialog
from duli.web.backoffice.kit.forms import IdList, parse_amount
from duli.web.backoffice.kit.sheet import Sheet, read_cells
from duli.web.backoffice.kit.toasts import Undo, toast
from duli.web.backoffice.product_form import moment
from duli.web.backoffice.product_options import split_values
from duli.web.backoffice.selectors import products as reads
from duli.web.backoffice.selectors.product_page import currencies
from duli.web.backoffice.shell import render

MOST = 500
MOST_IN_SHEET = 300


def said(report: BulkReport) -> str:
    """Return what a bulk edit did, in one sentence."""
    words = ngettext("%(count)s product changed", "%(count)s products changed", report.changed)
    words %= {"count": report.changed}
    if report.refused:
        first = report.refused[0]
        more = ngettext("%(count)s was left as it is", "%(count)s were left as they are", len(report.refused))
        words += f" · {more % {'count': len(report.refused)}}: “{first.title}” – {sentence(first.error)}"
    return words


def undo_of(report: BulkReport) -> Undo | None:
    return Undo(reverse("backoffice:change_undo", args=[report.change_set_id])) if report.change_set_id else None


def ids_of(request: HttpRequest, most: int = MOST) -> list[int]:
    given = (request.POST if request.method == "POST" else request.GET).getlist("id")
    return [int(text) for text in dict.fromkeys(given) if text.isascii() and text.isdigit() and len(text) < 19][:most]


@screen("catalogue.edit", write="catalogue.edit")
def products_sheet(request: HttpRequest) -> HttpResponse:
    """Chosen fields of the chosen products' variants, as a sheet."""
    ids = ids_of(request, MOST_IN_SHEET)
    fields = fields_for(currencies(), sees_cost=sees(request.user, "cost"))
    given = request.POST if request.method == "POST" else request.GET
    chosen = chosen_fields(fields, given.getlist("field"))
    found = snapshots.read(ids)
    products = {pk: found[pk] for pk in ids if pk in found}
    cells = None
    errors: dict[str, dict[str, str]] = {}
    failure, status = "", 200
    if request.method == "POST":
        known = {field.key for field in chosen}
        cells = read_cells(request.POST.get("sheet", ""), columns=known.__contains__)
        if cells is None:
            failure, status = gettext("The sheet could not be read. Load the page again."), 422
        else:
            edits, errors = read_edits(cells, products, chosen)
            if errors:
                failure, status = gettext("Some cells need another look; they are marked. Nothing is saved yet."), 422
            elif edits:
                report = edit_cells(edits=edits, actor=actor_of(request), note=gettext_noop("Sheet"))
                if not report.refused:
                    toast(request, said(report), undo=undo_of(report))
                    return go_to(request, f"{request.path}?{_query(ids, request.POST.getlist('field'))}")
                # What was refused stays in its cells, over what the others wrote, and can be saved once more.
                now = snapshots.read(ids)
                products = {pk: now[pk] for pk in ids if pk in now}
                why = {refusal.product_id: str(sentence(refusal.error)) for refusal in report.refused}
                cells, errors = left_over(cells, products, chosen, why)
                failure, status = said(report), 409
    sheet = Sheet(
        name="sheet",
        label=gettext("Products"),
        first=gettext("Product"),
        columns=columns(chosen),
        rows=rows_of(products, chosen, typed=cells, errors=errors),
    )
    context = {
        "here": "products.all",
        "sheet": sheet,
        "ids": list(products),
        "fields": [(field.key, field.label, field in chosen) for field in fields],
        "chosen": [field.key for field in chosen],
        "failure": failure,
        "dirty": status != 200,
        "count": len(products),
    }
    return render(request, "backoffice/products/sheet.html", context, status=status)


def _query(ids: list[int], fields: list[str]) -> str:
    return urlencode([*(("id", pk) for pk in ids), *(("field", key) for key in fields)])


class OrganiseForm(forms.Form):
    id = IdList(widget=forms.MultipleHiddenInput())
    add_tags = forms.CharField(
        label=_("Add tags"), required=False, max_length=1000, help_text=_("Separate with commas")
    )
    remove_tags = forms.CharField(label=_("Take tags away"), required=False, max_length=1000)
    category = forms.TypedChoiceField(label=_("Category"), coerce=int, empty_value=None, required=False)
    replaces = forms.BooleanField(label=_("Instead of the categories they have"), required=False)
    collection = forms.TypedChoiceField(label=_("Collection"), coerce=int, empty_value=None, required=False)
    brand = forms.ChoiceField(label=_("Brand"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        blank = [("", _("No change"))]
        categories = [(str(row.id), "　" * row.depth + row.name) for row in reads.category_choices()]
        collections = [(str(pk), name) for pk, name in reads.collection_choices(manual_only=True)]
        self.fields["category"].choices = [*blank, *categories]  # type: ignore[attr-defined]
        self.fields["collection"].choices = [*blank, *collections]  # type: ignore[attr-defined]
        self.fields["brand"].choices = [*blank, *((name, name) for _pk, name in reads.brand_choices())]  # type: ignore[attr-defined]


@screen("catalogue.edit", write="catalogue.edit")
def products_organise(request: HttpRequest) -> HttpResponse:
    """Tags, category, collection and brand of several products."""
    ids = ids_of(request)
    dialog = _dialog(_("Organise products"), _("Save"), ids, _("What you leave empty stays as it is."))
    form = OrganiseForm(request.POST) if request.method == "POST" else OrganiseForm(initial={"id": ids})

    def act(values: dict[str, Any]) -> Done:
        report = organise_products(
            product_ids=values["id"],
            add_tags=split_values(values["add_tags"]),
            remove_tags=split_values(values["remove_tags"]),
            add_category_id=values["category"],
            replaces_categories=values["replaces"],
            add_collection_id=values["collection"],
            brand=values["brand"],
            actor=actor_of(request),
            note=gettext_noop("Organise"),
        )
        return Done(said(report), undo=undo_of(report))

    return run_verb(request, dialog, form, act)


class ScheduleForm(forms.Form):
    id = IdList(widget=forms.MultipleHiddenInput())
    visible_from = moment(_("Visible from"), _("Empty means from now on, or as it is."))
    hidden_from = moment(_("Hidden from"), _("Empty means never."))


@screen("catalogue.edit", write="catalogue.edit")
def products_schedule(request: HttpRequest) -> HttpResponse:
    """When several products appear and disappear."""
    ids = ids_of(request)
    dialog = _dialog(_("Schedule products"), _("Schedule"), ids, _("They go on sale and are seen in this time."))
    form = ScheduleForm(request.POST) if request.method == "POST" else ScheduleForm(initial={"id": ids})

    def act(values: dict[str, Any]) -> Done:
        report = schedule_products(
            product_ids=values["id"],
            visible_from=values["visible_from"],
            hidden_from=values["hidden_from"],
            actor=actor_of(request),
            note=gettext_noop("Schedule"),
        )
        return Done(said(report), undo=undo_of(report))

    return run_verb(request, dialog, form, act)


class PriceForm(forms.Form):
    id = IdList(widget=forms.MultipleHiddenInput())
    currency = forms.ChoiceField(label=_("Currency"))
    percent = forms.DecimalField(
        label=_("Percent"), required=False, min_value=-100, max_value=1000, decimal_places=2,
        help_text=_("-10 makes it cheaper by a tenth."),
    )  # fmt: skip
    amount = forms.CharField(
        label=_("Amount"), required=False, max_length=24, help_text=_("Added to each price; -5 takes 5 off.")
    )
    rounding = forms.ChoiceField(
        label=_("Rounding"),
        choices=[
            (Rounding.NONE, _("Exact")),
            (Rounding.WHOLE, _("To whole units")),
            (Rounding.NINES, _("To a price ending in 9: 189, 11.99")),
            (Rounding.FIVES, _("To half units: 0.50")),
        ],
    )
    keeps_former = forms.BooleanField(
        label=_("Show the present price as the former one where it falls"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = [(code, code) for code in currencies()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        text = str(values.get("amount") or "").strip()
        sign = -1 if text.startswith("-") else 1
        try:
            values["amount"] = sign * (parse_amount(text.lstrip("+-"), values.get("currency", "")) or 0) if text else 0
        except (ValidationError, ValueError) as error:
            self.add_error("amount", getattr(error, "messages", [gettext("Enter an amount such as 128.00.")])[0])
        if not self.errors and not values.get("percent") and not values["amount"]:
            self.add_error("percent", gettext("Enter a percent or an amount."))
        return values

    def rule(self) -> PriceRule:
        values = self.cleaned_data
        return PriceRule(
            values["currency"],
            values["percent"] or Decimal(0),
            values["amount"],
            Rounding(values["rounding"]),
            values["keeps_former"],
        )


@screen("catalogue.edit", write="catalogue.edit")
def products_prices(request: HttpRequest) -> HttpResponse:
    """Change the prices of several products; shows what would happen before it does."""
    ids = ids_of(request)
    dialog = _dialog(_("Change prices"), _("Change prices"), ids, "", template="backoffice/products/prices.html")
    form = PriceForm(request.POST) if request.method == "POST" else PriceForm(initial={"id": ids})
    context: dict[str, Any] = {}
    if request.method == "POST" and "confirmed" not in request.POST and form.is_valid():
        steps, count = preview_prices(product_ids=form.cleaned_data["id"], rule=form.rule())
        context = {"steps": steps, "count": count, "currency": form.cleaned_data["currency"], "previewed": True}
        return show_dialog(request, dialog, form, context)

    def act(values: dict[str, Any]) -> Done:
        report = change_prices(
            product_ids=values["id"], rule=form.rule(), actor=actor_of(request), note=gettext_noop("Change prices")
        )
        return Done(said(report), undo=undo_of(report))

    return run_verb(request, dialog, form, act, context)


class IdsForm(forms.Form):
    id = IdList(widget=forms.MultipleHiddenInput())


@screen("catalogue.edit", write="catalogue.edit")
def products_delete(request: HttpRequest) -> HttpResponse:
    """Remove several products for good."""
    ids = ids_of(request)
    title = ngettext("Delete %(count)s product?", "Delete %(count)s products?", len(ids)) % {"count": len(ids)}
    dialog = _dialog(
        title,
        _("Delete for good"),
        ids,
        _(
            "The products, their variants and their stock are removed for good, and this cannot be taken back. "
            "Past orders keep what was bought. To only hide them, archive them instead."
        ),
        danger=True,
    )
    form = IdsForm(request.POST) if request.method == "POST" else IdsForm(initial={"id": ids})

    def act(values: dict[str, Any]) -> Done:
        count = delete_products(product_ids=values["id"], actor=actor_of(request))
        return Done(
            ngettext("%(count)s product was deleted", "%(count)s products were deleted", count) % {"count": count}
        )

    return run_verb(request, dialog, form, act)


def _dialog(title: Any, submit: Any, ids: list[int], consequence: Any, **values: Any) -> Dialog:
    chosen = ngettext("%(count)s product chosen.", "%(count)s products chosen.", len(ids)) % {"count": len(ids)}
    words = f"{chosen} {consequence}" if consequence else chosen
    return Dialog(title=title, submit=submit, back=reverse("backoffice:products"), consequence=words, **values)
