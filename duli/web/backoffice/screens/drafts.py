"""Draft orders: what staff put together for somebody, with a link to pay it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, sentence
from duli.commerce.checkout import selectors as reads
from duli.commerce.checkout.services import (
    create_draft,
    duplicate_order,
    place_draft,
    save_draft,
    send_draft,
    set_draft_line,
    withdraw_draft,
)
from duli.commerce.checkout.types import Details, DraftRow, DraftView
from duli.commerce.customers.types import Address
from duli.commerce.payments.selectors import methods_for
from duli.platform.accounts.permissions import allowed, require
from duli.platform.store.selectors import market_by_code, markets
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.cells import Amount, Link, Number, Pills, Text, When
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Amount as AmountField
from duli.web.backoffice.kit.forms import Id, Line, Prose, amount_text
from duli.web.backoffice.kit.listing import Column, Empty, ListState, ResourceList, View, list_response
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.kit.toasts import toast
from duli.web.backoffice.selectors.drafts import variants_matching
from duli.web.backoffice.shell import render

VIEWS = (View("open", _("Waiting")), View("closed", _("Closed")))
STATES = {
    "open": Pill(_("Being prepared")),
    "sent": Pill(_("Link sent"), "info", "half"),
    "ordered": Pill(_("Ordered"), "ok", "full"),
    "closed": Pill(_("Closed"), "", "full"),
}


def _columns() -> list[Column[DraftRow]]:
    return [
        Column(_("Draft"), lambda row: Link(f"E{row.id}", reverse("backoffice:draft", args=[row.id]))),
        Column(_("Customer"), lambda row: Text(row.customer_name or row.contact or "—", row.contact)),
        Column(_("State"), lambda row: Pills([STATES[row.state]])),
        Column(_("Items"), lambda row: Number(row.units), align="end", phone="hidden"),
        Column(_("Goods"), lambda row: Amount(row.total), align="end", phone="end"),
        Column(_("Good until"), lambda row: When(row.expires_at), phone="end"),
    ]


@screen("orders.view", methods=("GET", "HEAD"))
def draft_list(request: HttpRequest) -> HttpResponse:
    state = ListState(request, views=VIEWS)
    rows, after = reads.draft_list(closed=state.view == "closed", after=state.after)
    may = allowed(request.user, "orders.manage")
    listing = ResourceList(
        state,
        rows=rows,
        columns=_columns(),
        key=lambda row: row.id,
        label=lambda row: f"E{row.id}",
        after=after,
        views=VIEWS,
        caption=_("Drafts"),
        empty=Empty(
            _("No draft waits"),
            _("Put an order together for somebody who rang or wrote, and send them the link to pay."),
            "receipt-text",
            _("New draft") if may else "",
            reverse("backoffice:draft_new") if may else "",
        ),
    )
    return list_response(
        request, "backoffice/orders/drafts.html", {"here": "orders.drafts", "list": listing, "may": may}
    )


class NewForm(forms.Form):
    market = forms.ChoiceField(label=_("Market"), help_text=_("It decides currency, language and taxes."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["market"].choices = [  # type: ignore[attr-defined]
            (market.code, f"{market.name} · {market.currency}") for market in markets()
        ]


@screen("orders.view", write="orders.manage")
def draft_new(request: HttpRequest) -> HttpResponse:
    """Begin a draft."""
    require(request.user, "orders.manage")
    dialog = Dialog(title=_("New draft"), submit=_("Begin"), back=reverse("backoffice:drafts"))
    form = NewForm(request.POST if request.method == "POST" else None)

    def act(values: dict[str, Any]) -> Done:
        market = market_by_code(values["market"])
        assert market is not None  # one of the choices
        draft = create_draft(market=market, language=market.language, actor=actor_of(request))
        return Done(gettext("Draft begun"), reverse("backoffice:draft", args=[draft.pk]))

    return run_verb(request, dialog, form, act, {"here": "orders.drafts"})


@screen("orders.view", write="orders.manage")
def order_duplicate(request: HttpRequest, order_id: int) -> HttpResponse:
    """Begin a draft with what an order holds."""
    require(request.user, "orders.manage")
    dialog = Dialog(
        title=_("Duplicate as a draft"),
        consequence=_("A draft with the same goods, address and contact, at today's prices. The order stays as it is."),
        submit=_("Duplicate"),
        back=reverse("backoffice:order", args=[order_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        draft = duplicate_order(order_id=order_id, actor=actor_of(request))
        return Done(gettext("Draft begun"), reverse("backoffice:draft", args=[draft.pk]))

    form = forms.Form(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "orders.all"})


class WhoForm(forms.Form):
    customer_name = Line(label=_("Name"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    phone = Line(label=_("Phone"), max_length=32, required=False)
    country = Line(label=_("Country"), max_length=2, required=False, help_text=_("Two letters, such as CN."))
    region = Line(label=_("Region"), max_length=80, required=False)
    city = Line(label=_("City"), max_length=80, required=False)
    district = Line(label=_("District"), max_length=80, required=False)
    line1 = Line(label=_("Address"), max_length=200, required=False)
    postal_code = Line(label=_("Postcode"), max_length=20, required=False)
    note = Prose(label=_("Note on the order"), max_length=1000, rows=2, required=False)
    staff_note = Prose(label=_("Note for staff"), max_length=2000, rows=2, required=False)
    days = forms.IntegerField(label=_("Good for how many days"), min_value=1, max_value=90, initial=7)

    def details(self) -> Details:
        values = self.cleaned_data
        parts = {name: values[name] for name in ("region", "city", "district", "line1", "postal_code")}
        address = None
        if values["country"]:
            address = Address(
                country=values["country"].upper(), name=values["customer_name"], phone=values["phone"], **parts
            )
        return Details(email=values["email"], phone=values["phone"], shipping_address=address, note=values["note"])


def _initial(view: DraftView) -> dict[str, Any]:
    address = view.details.shipping_address
    parts = address.to_json() if address else {}
    return {
        **{name: parts.get(name, "") for name in ("country", "region", "city", "district", "line1", "postal_code")},
        "customer_name": view.customer_name or parts.get("name", ""),
        "email": view.details.email,
        "phone": view.details.phone or parts.get("phone", ""),
        "note": view.details.note,
        "staff_note": view.staff_note,
        "days": 7,
    }


@screen("orders.view", write="orders.manage")
def draft_page(request: HttpRequest, draft_id: int) -> HttpResponse:
    """A draft: its goods, whom it is for, and what can be done with it. A POST saves whom it is for."""
    view = reads.draft_view(draft_id)
    here = reverse("backoffice:draft", args=[draft_id])
    form = WhoForm(request.POST if request.method == "POST" else None, initial=_initial(view))
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                save_draft(
                    draft_id=draft_id,
                    details=form.details(),
                    customer_name=form.cleaned_data["customer_name"],
                    staff_note=form.cleaned_data["staff_note"],
                    days=form.cleaned_data["days"],
                )
            except DuliError as error:
                form.add_error(None, sentence(error))
                status = error.status
            else:
                toast(request, gettext("Draft saved"))
                return HttpResponseRedirect(here)
        else:
            status = 422
    find = request.GET.get("find", "").strip()[:100]
    currency = view.cart.currency
    context = {
        "here": "orders.drafts",
        "draft": view,
        "pill": STATES[view.state],
        "form": form,
        "may_edit": allowed(request.user, "orders.manage") and view.state in {"open", "sent"},
        "rows": [(line, amount_text(view.prices.get(line.id), currency)) for line in view.cart.lines],
        "find": find,
        "found": variants_matching(find) if find else [],
    }
    return render(request, "backoffice/orders/draft.html", context, status=status)


class LineForm(forms.Form):
    variant = Id()
    quantity = forms.IntegerField(min_value=0, max_value=999)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = AmountField(currency=currency, required=False)


@screen("orders.view", write="orders.manage", methods=("POST",))
def draft_line(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Add a thing to the draft, change its quantity or agreed price, or take it out (quantity 0)."""
    require(request.user, "orders.manage")
    view = reads.draft_view(draft_id)
    form = LineForm(request.POST, currency=view.cart.currency)
    if not form.is_valid():
        words = "; ".join(str(error) for errors in form.errors.values() for error in errors)
        toast(request, words)
    else:
        values = form.cleaned_data
        set_draft_line(
            draft_id=draft_id,
            variant_id=values["variant"],
            quantity=values["quantity"],
            price_minor=values["price"],
        )
    return HttpResponseRedirect(reverse("backoffice:draft", args=[draft_id]))


def _verb(request: HttpRequest, draft_id: int, dialog: Dialog, form: forms.Form, act: Any) -> HttpResponse:
    require(request.user, "orders.manage")
    return run_verb(request, dialog, form, act, {"here": "orders.drafts"})


@screen("orders.view", write="orders.manage")
def draft_send(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Send the link to pay."""
    view = reads.draft_view(draft_id)
    dialog = Dialog(
        title=_("Send the link to pay"),
        consequence=gettext("A mail goes to %(email)s. Whoever opens the link sees the goods and pays in the checkout.")
        % {"email": view.details.email or "—"},
        submit=_("Send"),
        back=reverse("backoffice:draft", args=[draft_id]),
    )

    def act(values: dict[str, Any]) -> Done:
        send_draft(draft_id=draft_id, actor=actor_of(request))
        return Done(gettext("The link is on its way"))

    return _verb(request, draft_id, dialog, forms.Form(request.POST if request.method == "POST" else None), act)


class PlaceForm(forms.Form):
    method = forms.ChoiceField(label=_("Payment method"))

    def __init__(self, *args: Any, methods: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = methods  # type: ignore[attr-defined]


@screen("orders.view", write="orders.manage")
def draft_place(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Make the order now, to be paid as it was agreed."""
    view = reads.draft_view(draft_id)
    country = view.details.shipping_address.country if view.details.shipping_address else ""
    offered = methods_for(
        currency=view.cart.currency, country=country, amount=view.cart.quote.total, language=view.cart.language
    )
    dialog = Dialog(
        title=_("Make it an order"),
        consequence=_(
            "The goods are held, the buyer gets the confirmation with the way to pay, and the draft is closed."
        ),
        submit=_("Make the order"),
        back=reverse("backoffice:draft", args=[draft_id]),
    )
    form = PlaceForm(
        request.POST if request.method == "POST" else None, methods=[(entry.code, entry.name) for entry in offered]
    )

    def act(values: dict[str, Any]) -> Done:
        order = place_draft(draft_id=draft_id, method_code=values["method"], actor=actor_of(request))
        words = gettext("Order #%(number)s is made") % {"number": order.number}
        return Done(words, reverse("backoffice:order", args=[order.pk]))

    return _verb(request, draft_id, dialog, form, act)


@screen("orders.view", write="orders.manage")
def draft_withdraw(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Close the draft: its link opens nothing any more."""
    reads.draft_view(draft_id)
    dialog = Dialog(
        title=_("Withdraw the draft?"),
        consequence=_("Its link opens nothing any more. Nothing was held for it."),
        submit=_("Withdraw"),
        back=reverse("backoffice:drafts"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        withdraw_draft(draft_id=draft_id)
        return Done(gettext("Draft withdrawn"))

    return _verb(request, draft_id, dialog, forms.Form(request.POST if request.method == "POST" else None), act)
