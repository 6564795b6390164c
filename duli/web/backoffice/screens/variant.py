"""One variant: what it consists of, if it is a bundle, and everything it ever cost."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, InvalidInput, sentence
from duli.base.text import one_line
from duli.commerce.assortment.services import dissolve_bundle, save_bundle
from duli.commerce.catalogue.models import Bundle, Variant
from duli.commerce.catalogue.services.bundles import MAXIMUM_COMPONENTS
from duli.commerce.catalogue.types import Component
from duli.commerce.downloads.selectors import files_of, rules
from duli.commerce.pricing.selectors import lowest_price_30_days
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import current_store
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, go_to, run_verb
from duli.web.backoffice.kit.seen import Guard, Overtaken
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.selectors import variant as reads
from duli.web.backoffice.selectors.people import actor_names
from duli.web.backoffice.selectors.product_page import titles
from duli.web.backoffice.shell import render


@dataclass(slots=True)
class BundleForm:
    """What was typed of a bundle: units per component as text, in their order."""

    units: dict[int, str] = field(default_factory=dict)
    price_mode: str = Bundle.PriceMode.OWN
    percent_off: str = ""
    query: str = ""
    problems: list[str] = field(default_factory=list)
    seen: str = ""
    wrong: set[int] = field(default_factory=set)

    def components(self) -> list[Component]:
        found = []
        for pk, text in self.units.items():
            if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 1000):
                self.wrong.add(pk)
                continue
            found.append(Component(pk, int(text)))
        if self.wrong:
            self.problems.append(gettext("Enter a number of units between 1 and 1000."))
        return found

    def percent(self) -> Decimal:
        if self.price_mode != Bundle.PriceMode.SUM or not self.percent_off:
            return Decimal(0)
        try:
            value = Decimal(self.percent_off[:12])
        except InvalidOperation:
            value = Decimal(-1)
        if not value.is_finite() or not 0 <= value < 100 or value != round(value, 2):
            self.problems.append(gettext("Enter a percentage from 0 to 99.99."))
            return Decimal(0)
        return value


def _stored(variant_id: int) -> BundleForm:
    state = reads.bundle_of(variant_id)
    if state is None:
        return BundleForm()
    percent = format(state.percent_off.normalize(), "f") if state.percent_off else ""
    return BundleForm({pk: str(units) for pk, units in state.units.items()}, state.price_mode, percent)


def _in_words(variant_id: int) -> str:
    """Return what is in the bundle, as somebody reads it who put in other things meanwhile."""
    form = _stored(variant_id)
    parts = [f"{form.units[row.id]} × {row.title}" for row in reads.part_rows(form.units)]
    return " + ".join(parts) + (f" − {form.percent_off} %" if form.percent_off else "")


def _typed(data: QueryDict) -> BundleForm:
    ids = [int(text) for text in data.getlist("component") if text.isascii() and text.isdigit() and len(text) < 19]
    dropped = data.get("drop", "")
    units = {pk: one_line(data.get(f"units-{pk}", "1"), 6) for pk in ids if str(pk) != dropped}
    added = data.get("add", "")
    if added.isascii() and added.isdigit() and len(added) < 19:
        units.setdefault(int(added), "1")
    return BundleForm(
        dict(list(units.items())[:MAXIMUM_COMPONENTS]),
        data.get("price_mode", "")[:4],
        one_line(data.get("percent_off", ""), 12),
        one_line(data.get("find", ""), 100),
    )


@screen("catalogue.view", methods=("GET", "HEAD"))
def variant_list(request: HttpRequest, product_id: int) -> HttpResponse:
    """The variants of a product; where there is one only, its page."""
    rows = reads.variant_rows(product_id)
    if len(rows) == 1:
        return HttpResponseRedirect(reverse("backoffice:variant", args=[product_id, rows[0].id]))
    context = {"here": "products.all", "product_id": product_id, "title": titles([product_id]).get(product_id, "")}
    return render(request, "backoffice/products/variants.html", context | {"rows": rows})


@screen("catalogue.view", write="catalogue.edit")
def variant_page(request: HttpRequest, product_id: int, variant_id: int) -> HttpResponse:
    """A variant's bundle and history of prices; POST changes what is in the bundle."""
    variant = reads.variant_of(product_id, variant_id)
    marks = forms.Form(request.POST)
    guard = Guard(request, marks, lambda: {"bundle": _in_words(variant.pk)})
    if request.method != "POST":
        return _show(request, variant, replace(_stored(variant.pk), seen=guard.mark))
    form = replace(_typed(request.POST), seen=guard.mark)
    if "save" not in request.POST:
        return _show(request, variant, form)
    components, percent = form.components(), form.percent()
    if not components and not form.problems:
        form.problems.append(gettext("Add at least one component."))
    if form.problems:
        return _show(request, variant, form, status=422)
    try:
        save_bundle(
            variant_id=variant.pk,
            components=components,
            price_mode=form.price_mode,
            percent_off=percent,
            actor=actor_of(request),
            seen=guard.check,
        )
    except Overtaken as error:
        form.problems += [sentence(error), *marks.non_field_errors()]
        return _show(request, variant, replace(form, seen=guard.mark), status=error.status)
    except DuliError as error:
        form.problems.append(sentence(error) if type(error) is not InvalidInput else gettext("Please look again."))
        return _show(request, variant, form, status=error.status)
    toast(request, gettext("Saved"))
    return go_to(request, request.path)


def _show(request: HttpRequest, variant: Variant, form: BundleForm, *, status: int = 200) -> HttpResponse:
    parts = [(row, form.units[row.id], row.id in form.wrong) for row in reads.part_rows(form.units)]
    units = {pk: int(text) for pk, text in form.units.items() if text.isascii() and text.isdigit()}
    known = all(row.price for row, _units, _wrong in parts)
    currency = current_store().default_currency
    worth = sum(row.price.minor * units.get(row.id, 0) for row, _units, _wrong in parts if row.price)
    limits = [
        row.available // units[row.id]
        for row, _units, _wrong in parts
        if row.available is not None and units.get(row.id)
    ]
    history = reads.price_rows(variant.pk)
    names = actor_names({entry.row.actor for entry in history})
    currencies = list(dict.fromkeys(entry.row.price_list.currency for entry in history))
    from duli.base.clock import now

    context = {
        "here": "products.all",
        "variant": variant,
        "product": variant.product,
        "form": form,
        "parts": parts,
        "is_bundle": reads.bundle_of(variant.pk) is not None,
        "found": reads.part_choices(form.query, without=[variant.pk, *form.units]) if form.query else [],
        "worth": worth if parts and known else None,
        "currency": currency,
        "available": min(limits) if limits else None,
        "modes": [(value, label, value == form.price_mode) for value, label in Bundle.PriceMode.choices],
        "may_edit": allowed(request.user, "catalogue.edit"),
        "files": files_of(variant.pk),
        "rules": rules(),
        "only_files": not variant.requires_shipping,
        "history": [(entry, names.get(entry.row.actor, "")) for entry in history],
        "lowest": [
            lowest for code in currencies if (lowest := lowest_price_30_days(variant.pk, code, now())) is not None
        ],
    }
    return render(request, "backoffice/products/variant.html", context, status=status)


@screen("catalogue.view", write="catalogue.edit")
def bundle_dissolve(request: HttpRequest, product_id: int, variant_id: int) -> HttpResponse:
    """Let a bundle be goods with stock of its own again."""
    require(request.user, "catalogue.edit")
    variant = reads.variant_of(product_id, variant_id)
    back = reverse("backoffice:variant", args=[product_id, variant_id])
    dialog = Dialog(
        title=_("Sell it as one piece again?"),
        consequence=_("Its own stock counts then, and its price stays as it is now. Placed orders keep their parts."),
        submit=_("Dissolve the bundle"),
        back=back,
        danger=True,
    )

    def act(values: dict[str, object]) -> Done:
        dissolve_bundle(variant_id=variant.pk, actor=actor_of(request))
        return Done(gettext("The bundle is dissolved"))

    return run_verb(request, dialog, forms.Form(request.POST if request.method == "POST" else None), act)
