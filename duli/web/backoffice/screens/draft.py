"""One draft: what is in it, whom it is for, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.clock import now
from duli.base.errors import DuliError, NotFound, sentence
from duli.commerce.checkout import selectors as reads
from duli.commerce.checkout.offers import shopper_of_draft
from duli.commerce.checkout.services import ask_register, choose_customer, save_draft, set_draft_line
from duli.commerce.checkout.types import CartLineView, Details, DraftView
from duli.commerce.customers.types import Address
from duli.commerce.orders.goods import Goods, find_goods, goods
from duli.commerce.taxes.selectors import profile
from duli.commerce.taxes.types import InvalidVatId
from duli.commerce.taxes.vat_ids import normal
from duli.platform.accounts.approvals import needs_approval
from duli.platform.accounts.permissions import allowed, require
from duli.platform.mail.compose import page_url
from duli.platform.media.types import source
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.forms import Amount as AmountField
from duli.web.backoffice.kit.forms import Id, Line, Prose, amount_text
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.places import country_choices
from duli.web.backoffice.product_options import split_values
from duli.web.backoffice.screens.drafts import STATES
from duli.web.backoffice.selectors.drafts import people_matching
from duli.web.backoffice.shell import render


class WhoForm(forms.Form):
    customer_name = Line(label=pgettext_lazy("person", "Name"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    phone = Line(label=_("Phone"), max_length=32, required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    region = Line(label=_("Region"), max_length=80, required=False)
    city = Line(label=_("City"), max_length=80, required=False)
    district = Line(label=_("District"), max_length=80, required=False)
    line1 = Line(label=_("Address"), max_length=200, required=False)
    postal_code = Line(label=_("Postcode"), max_length=20, required=False)
    vat_id = Line(label=_("VAT ID"), max_length=40, required=False, help_text=_("Of a company, such as DE123456789."))
    note = Prose(label=_("Note on the order"), max_length=1000, rows=2, required=False)
    staff_note = Prose(label=_("Note for staff"), max_length=2000, rows=2, required=False)
    tags = Line(
        label=_("Tags"), max_length=400, required=False, help_text=_("Separated by commas; they are put on the order.")
    )
    language = forms.ChoiceField(label=_("Language of the buyer"), choices=settings.LANGUAGES)
    days = forms.IntegerField(label=_("Good for how many days"), min_value=1, max_value=90, initial=7)
    reserves_stock = forms.BooleanField(
        label=_("Hold the stock until then"), required=False, help_text=_("Nobody else can buy these units meanwhile.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", "—"), *country_choices()]  # type: ignore[attr-defined]
        if not profile().country:
            del self.fields["vat_id"]

    def clean(self) -> dict[str, Any]:
        """An id that is none is said at once: nothing would ask for it again."""
        values: dict[str, Any] = super().clean() or {}
        if values.get("vat_id"):
            try:
                values["vat_id"] = normal(values["vat_id"], values.get("country", ""))
            except InvalidVatId as error:
                self.add_error("vat_id", sentence(error))
        return values

    def words(self) -> list[str]:
        return split_values(self.cleaned_data["tags"])

    def details(self, view: DraftView) -> Details:
        values = self.cleaned_data
        parts = {name: values[name] for name in ("region", "city", "district", "line1", "postal_code")}
        address = None
        if values["country"]:
            # What this form does not ask for stays: a company, the floor.
            old = view.details.shipping_address
            parts |= {"company": old.company, "line2": old.line2} if old else {}
            address = Address(country=values["country"], name=values["customer_name"], phone=values["phone"], **parts)
        return Details(
            email=values["email"],
            phone=values["phone"],
            shipping_address=address,
            shipping_method_id=view.details.shipping_method_id,
            note=values["note"],
            vat_id=values.get("vat_id", ""),
        )


def _initial(view: DraftView) -> dict[str, Any]:
    address = view.details.shipping_address
    parts = address.to_json() if address else {}
    return {
        **{name: parts.get(name, "") for name in ("country", "region", "city", "district", "line1", "postal_code")},
        "customer_name": view.customer_name or parts.get("name", ""),
        "email": view.details.email,
        "phone": view.details.phone or parts.get("phone", ""),
        "note": view.details.note,
        "vat_id": view.details.vat_id,
        "staff_note": view.staff_note,
        "tags": ", ".join(view.tags),
        "language": view.cart.language,
        "days": max(1, ceil((view.expires_at - now()) / timedelta(days=1))),
        "reserves_stock": view.reserves_stock,
    }


@screen("orders.view", write="orders.manage")
def draft_page(request: HttpRequest, draft_id: int) -> HttpResponse:
    """A draft: its goods, whom it is for, and what can be done with it. A POST saves whom it is for."""
    view = reads.draft_view(draft_id)
    here = reverse("backoffice:draft", args=[draft_id])
    form = WhoForm(request.POST if request.method == "POST" else None, initial=_initial(view))
    guard = Guard(request, form, lambda: _initial(reads.draft_view(draft_id)))
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                details = form.details(view)
                ask_register(details=details)
                save_draft(
                    draft_id=draft_id,
                    details=details,
                    customer_name=form.cleaned_data["customer_name"],
                    staff_note=form.cleaned_data["staff_note"],
                    # Who leaves the days alone moves no date.
                    days=form.cleaned_data["days"] if "days" in form.changed_data else None,
                    tags=form.words(),
                    language=form.cleaned_data["language"],
                    reserves_stock=form.cleaned_data["reserves_stock"],
                    actor=actor_of(request),
                    seen=guard.check,
                )
            except DuliError as error:
                form.add_error(None, sentence(error))
                status = error.status
            else:
                toast(request, gettext("Draft saved"))
                return HttpResponseRedirect(here)
        else:
            status = 422
    find, who = (request.GET.get(name, "").strip()[:100] for name in ("find", "who"))
    currency = view.cart.currency
    quote = view.cart.quote
    context = {
        "here": "orders.drafts",
        "draft": view,
        "pill": STATES[view.state],
        "form": form,
        "seen": guard.mark,
        "may_edit": allowed(request.user, "orders.manage") and view.state in {"open", "sent"},
        "may_manage": allowed(request.user, "orders.manage"),
        "rows": [
            DraftLine(
                line,
                amount_text(view.prices.get(line.id), currency),
                amount_text(line.discount.minor if line.discount else None, currency),
                source(line.image, 160) if line.image else "",
            )
            for line in view.cart.lines
        ],
        "discounts": [entry for entry in quote.adjustments if entry.code == "draft"],
        "pay_url": page_url(f"/drafts/{view.token}", view.cart.language),
        "find": find,
        "found": _found(view, find),
        "who": who,
        "people": people_matching(who) if who else [],
        "needs_person": needs_approval(actor=actor_of(request), limit="discount", value=view.reduction),
    }
    return render(request, "backoffice/orders/draft.html", context, status=status)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line with what its fields show: the agreed price and the discount as they are typed."""

    line: CartLineView
    price: str
    discount: str
    image: str


def _found(view: DraftView, text: str) -> list[tuple[Goods, str]]:
    """Return what can be put in, with its picture, price and stock."""
    ids = find_goods(text)
    shopper = shopper_of_draft(view.id) if ids else None
    offered = goods(ids, currency=view.cart.currency, language=get_language() or "en", at=now(), shopper=shopper)
    return [(offered[pk], source(image, 160) if (image := offered[pk].image) else "") for pk in ids if pk in offered]


@screen("orders.view", methods=("GET", "HEAD"))
def draft_find(request: HttpRequest, draft_id: int) -> HttpResponse:
    """What fits the words that are typed into the picker of goods."""
    view = reads.draft_view(draft_id)
    find = request.GET.get("find", "").strip()[:100]
    return render(
        request, "backoffice/orders/draft_found.html", {"draft": view, "find": find, "found": _found(view, find)}
    )


@screen("orders.view", methods=("GET", "HEAD"))
def draft_people(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Customers that fit the words that are typed into the picker of customers."""
    view = reads.draft_view(draft_id)
    who = request.GET.get("who", "").strip()[:100]
    people = people_matching(who) if who else []
    return render(request, "backoffice/orders/draft_people.html", {"draft": view, "who": who, "people": people})


@screen("orders.view", write="orders.manage", methods=("POST",))
def draft_customer(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Make the draft for a customer that is known, or for nobody known."""
    require(request.user, "orders.manage")
    given = request.POST.get("customer", "")
    if given and not (given.isascii() and given.isdigit() and len(given) < 19):
        raise NotFound()
    choose_customer(draft_id=draft_id, customer_id=int(given) if given else None)
    return HttpResponseRedirect(reverse("backoffice:draft", args=[draft_id]))


class LineForm(forms.Form):
    variant = Id()
    quantity = forms.IntegerField(min_value=0, max_value=999)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = AmountField(currency=currency, required=False)
        self.fields["discount"] = AmountField(currency=currency, required=False)


@screen("orders.view", write="orders.manage", methods=("POST",))
def draft_line(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Add a thing to the draft, change its quantity, agreed price or discount, or take it out (quantity 0)."""
    require(request.user, "orders.manage")
    view = reads.draft_view(draft_id)
    form = LineForm(request.POST, currency=view.cart.currency)
    if not form.is_valid():
        words = "; ".join(str(error) for errors in form.errors.values() for error in errors)
        toast(request, words)
    else:
        values = form.cleaned_data
        known = next((line for line in view.cart.lines if line.variant_id == values["variant"]), None)
        added = request.POST.get("add") and known is not None
        set_draft_line(
            draft_id=draft_id,
            variant_id=values["variant"],
            quantity=values["quantity"] + (known.quantity if added and known else 0),
            price_minor=view.prices.get(known.id) if added and known else values["price"],
            discount_minor=values["discount"] or 0,
            actor=actor_of(request),
        )
    return HttpResponseRedirect(reverse("backoffice:draft", args=[draft_id]))
