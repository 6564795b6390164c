"""A cart to try discounts on: these goods, at that time, as that customer, and what each discount says to it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import DuliError, NotFound
from duli.base.money import Money
from duli.commerce.catalogue.models import Variant
from duli.commerce.checkout.trial import Trial, try_cart
from duli.commerce.customers.models import Customer
from duli.commerce.payments.selectors import methods_switched_on
from duli.commerce.pricing.promotion_types import Outcome, PointsTimes
from duli.commerce.pricing.promotion_words import near_miss, points_text, reason_text
from duli.commerce.promotions.codes import normalised
from duli.commerce.promotions.models import Promotion
from duli.commerce.promotions.selectors import promotion_by_id
from duli.platform.store.selectors import market_by_code, markets
from duli.web.backoffice.access import screen
from duli.web.backoffice.discount_form import DiscountForm
from duli.web.backoffice.kit.dialogs import note_error
from duli.web.backoffice.kit.forms import Amount, Line
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.product_form import moment
from duli.web.backoffice.screens.discounts import drafted_by, posted_form
from duli.web.backoffice.shell import render

ROWS = 5
CARRIED = "try"
"""Before the names of this form's fields where an editor's form travels along."""
HERE = {"here": "marketing.discounts"}


class TrialForm(forms.Form):
    """Goods are named by SKU or title."""

    market = forms.ChoiceField(label=_("Market"))
    at = moment(_("At what time"), _("Empty: now. In the time zone of the shop."))
    customer = Line(
        label=_("As which customer"),
        required=False,
        max_length=254,
        help_text=_("E-mail or phone. Empty: nobody known."),
    )
    codes = Line(label=_("Codes entered"), required=False, max_length=250, help_text=_("Separate with commas."))
    payment = forms.ChoiceField(label=_("Paid by"), required=False)
    source = forms.ChoiceField(
        label=_("By which channel"),
        choices=[("storefront", _("Web shop")), ("api", _("Apps and programs (API)"))],
        required=False,
    )

    def __init__(self, data: Any, *, currency: str, prefix: str | None = None) -> None:
        super().__init__(data, prefix=prefix)
        self.fields["shipping"] = Amount(label=_("Shipping costs"), currency=currency, required=False)
        for number in range(1, ROWS + 1):
            self.fields[f"goods_{number}"] = Line(label=_("SKU or title"), required=number == 1, max_length=255)
            self.fields[f"quantity_{number}"] = forms.IntegerField(
                label=_("Quantity"), required=False, min_value=1, max_value=10_000
            )
        for name, choices in (
            ("market", [(market.code, market.name) for market in markets()]),
            (
                "payment",
                [("", _("Not chosen yet")), *((w.code, w.name) for w in methods_switched_on(get_language() or "en"))],
            ),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    @property
    def rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"goods_{number}"], self[f"quantity_{number}"]) for number in range(1, ROWS + 1)]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        units: dict[int, int] = {}
        for number in range(1, ROWS + 1):
            words = values.get(f"goods_{number}")
            if not words:
                continue
            pk = _variant(words)
            if pk is None:
                self.add_error(f"goods_{number}", _("Nothing is sold under this SKU or title."))
                continue
            units[pk] = units.get(pk, 0) + (values.get(f"quantity_{number}") or 1)
        values["units"] = units
        return values

    def clean_customer(self) -> Customer | None:
        words = self.cleaned_data["customer"].strip()
        if not words:
            return None
        found = Customer.objects.filter(
            Q(email__iexact=words) | Q(phone=words), merged_into=None, erased_at=None
        ).order_by("pk")
        row = found.first()
        if row is None:
            raise ValidationError(_("No customer has this e-mail or phone."))
        return row


def _variant(words: str) -> int | None:
    rows = Variant.objects.filter(is_active=True).order_by("position", "pk").values_list("pk", flat=True)
    return rows.filter(sku__iexact=words).first() or rows.filter(product__title__iexact=words).first()


@screen("promotions.edit", methods=("POST",))
def discount_draft_trial(request: HttpRequest, goal: str) -> HttpResponse:
    """Try a cart with a discount as its editor's form stands; the form travels along, and nothing is saved."""
    editor = posted_form(request, goal)
    row = drafted_by(editor)
    market = market_by_code(request.POST.get(f"{CARRIED}-market", "")[:40]) or markets()[0]
    asked = f"{CARRIED}-market" in request.POST
    form = TrialForm(request.POST if asked else None, currency=market.currency, prefix=CARRIED)
    context: dict[str, Any] = {
        **HERE,
        "form": form,
        "draft": row,
        "problems": [] if row is not None else _wrong(editor),
        "carried": [
            (name, value) for name, values in request.POST.lists() if name in editor.fields for value in values
        ],
    }
    if row is not None and form.is_bound and form.is_valid():
        try:
            context |= _tried(form, None, row)
        except DuliError as error:
            note_error(form, error)
    status = 422 if row is None or (form.is_bound and form.errors) else 200
    return render(request, "backoffice/discounts/trial.html", context, status=status)


def _wrong(editor: DiscountForm) -> list[tuple[Any, list[str]]]:
    """Return what is wrong with an editor's form, by what its fields are called."""
    found: list[tuple[Any, list[str]]] = [
        (editor[name].label, [str(problem) for problem in problems])
        for name, problems in editor.errors.items()
        if name in editor.fields
    ]
    rest = [str(problem) for problem in editor.non_field_errors()]
    return [*found, ("", rest)] if rest else found


@screen("promotions.view", methods=("GET", "HEAD"))
def discount_trial(request: HttpRequest) -> HttpResponse:
    """Try a cart; nothing is written, and nobody buys."""
    also = request.GET.get("discount", "")
    row = None
    if also.isascii() and also.isdigit() and len(also) < 19:
        try:
            row = promotion_by_id(int(also))
        except NotFound:
            row = None
    market = market_by_code(request.GET.get("market", "")[:40]) or markets()[0]
    form = TrialForm(request.GET if "market" in request.GET else None, currency=market.currency)
    context: dict[str, Any] = {**HERE, "form": form, "row": row}
    if form.is_bound and form.is_valid():
        try:
            context |= _tried(form, row.pk if row else None)
        except DuliError as error:
            note_error(form, error)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "backoffice/discounts/trial.html", context, status=status)


def _tried(form: TrialForm, also: int | None, draft: Promotion | None = None) -> dict[str, Any]:
    values = form.cleaned_data
    language = get_language() or "en"
    market = market_by_code(values["market"]) or markets()[0]
    trial = Trial(
        units=values["units"],
        market=market,
        language=language,
        at=values["at"] or now(),
        codes=[normalised(word) for word in values["codes"].replace("，", ",").split(",")],
        customer=values["customer"],
        source=values["source"] or "storefront",
        payment=values["payment"],
        shipping_minor=values["shipping"] or 0,
        also=also,
        draft=draft,
    )
    lines, quote = try_cart(trial)
    told = [(entry, *_told(entry, language)) for entry in quote.outcomes]
    # Those that count first, then those that are near.
    told.sort(key=lambda row: (bool(row[0].reason), row[0].reason != "missing", row[0].promotion.priority))
    return {"lines": lines, "quote": quote, "told": told, "also": also}


def _told(entry: Outcome, language: str) -> tuple[Pill, str, Money | None]:
    """Return whether it counts, why not or what a little more would bring, and how much it gives."""
    if entry.applied:
        benefit = entry.promotion.benefit
        if isinstance(benefit, PointsTimes):
            why = points_text(benefit)
        else:
            why = gettext("In the prices") if entry.promotion.on_shelf else near_miss(entry, language)
        return Pill(gettext("It counts"), "ok", "full"), why, entry.total
    return Pill(gettext("Does not count")), reason_text(entry, language), None
