"""What is done with a draft: dialogs for its parts, and the ways it leaves the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound
from duli.commerce.checkout import selectors as reads
from duli.commerce.checkout.services import (
    discount_draft,
    save_custom_line,
    ship_draft,
    staff_place_draft,
    staff_send_draft,
    withdraw_draft,
)
from duli.commerce.checkout.types import InvalidDetails
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb
from duli.web.backoffice.kit.forms import Amount, Line, amount_text
from duli.web.backoffice.screens.draft import WhoForm
from duli.web.backoffice.screens.order_money import WAITS


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
        done = staff_send_draft(draft_id=draft_id, actor=actor_of(request))
        return Done(gettext("The link is on its way") if done else str(WAITS))

    return _verb(request, draft_id, dialog, forms.Form(request.POST if request.method == "POST" else None), act)


class PlaceForm(forms.Form):
    method = forms.ChoiceField(label=_("Payment method"))

    def __init__(self, *args: Any, methods: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = methods  # type: ignore[attr-defined]


class DraftLacks(DuliError):
    """What a draft may do without, and an order may not."""

    code = "draft_lacks"
    message = gettext_noop("An order needs more than the draft says. Fill in or correct there: %(parts)s.")
    status = 422


def _labels(error: InvalidDetails) -> list[str]:
    """Return what the draft's page calls the fields that are wrong."""
    own = {
        "contact": _("E-mail or phone"),
        "name": WhoForm.base_fields["customer_name"].label,
        "pickup_place": _("Shipping method"),
    }
    found = [name.removeprefix("billing_") for name in error.fields]
    labels = [
        own[name] if name in own else WhoForm.base_fields[name].label
        for name in found
        if name in own or name in WhoForm.base_fields
    ]
    return list(dict.fromkeys(str(label) for label in labels))


@screen("orders.view", write="orders.manage")
def draft_place(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Make the order now, to be paid as it was agreed."""
    offered = reads.draft_methods(draft_id)
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
        try:
            order = staff_place_draft(draft_id=draft_id, method_code=values["method"], actor=actor_of(request))
        except InvalidDetails as error:
            raise DraftLacks(parts=" · ".join(_labels(error))) from error
        if order is None:
            return Done(str(WAITS))
        words = gettext("Order #%(number)s is made") % {"number": order.number}
        return Done(words, reverse("backoffice:order", args=[order.pk]))

    return _verb(request, draft_id, dialog, form, act)


@screen("orders.view", write="orders.manage")
def draft_withdraw(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Close the draft: its link opens nothing any more."""
    reads.draft_view(draft_id)
    dialog = Dialog(
        title=_("Withdraw the draft?"),
        consequence=_("Its link opens nothing any more, and what was held for it is on sale again."),
        submit=_("Withdraw"),
        back=reverse("backoffice:drafts"),
        danger=True,
    )

    def act(values: dict[str, Any]) -> Done:
        withdraw_draft(draft_id=draft_id)
        return Done(gettext("Draft withdrawn"))

    return _verb(request, draft_id, dialog, forms.Form(request.POST if request.method == "POST" else None), act)


class CustomForm(forms.Form):
    title = Line(label=_("Name"), max_length=255, help_text=_("As it stands on the order and the invoice."))
    quantity = forms.IntegerField(label=_("Quantity"), min_value=0, max_value=999, initial=1)
    is_taxed = forms.BooleanField(label=_("Taxed at the standard rate"), required=False, initial=True)
    requires_shipping = forms.BooleanField(label=_("Has to be sent"), required=False)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = Amount(label=_("Unit price"), currency=currency)
        self.fields["discount"] = Amount(label=_("Discount on the line"), currency=currency, required=False)
        self.order_fields(["title", "price", "quantity", "discount", "is_taxed", "requires_shipping"])


@screen("orders.view", write="orders.manage")
def draft_custom(request: HttpRequest, draft_id: int, line_id: int | None = None) -> HttpResponse:
    """Put in something that is not in the catalogue, or change it."""
    view = reads.draft_view(draft_id)
    currency = view.cart.currency
    known = next((line for line in view.cart.lines if line.custom_id == line_id), None) if line_id else None
    if line_id and known is None:
        raise NotFound()
    initial: dict[str, Any] = {"quantity": 1, "is_taxed": True}
    if known is not None:
        initial = {
            "title": known.title,
            "quantity": known.quantity,
            "is_taxed": known.is_taxed,
            "requires_shipping": known.requires_shipping,
            "price": amount_text(known.unit_price.minor if known.unit_price else None, currency),
            "discount": amount_text(known.discount.minor if known.discount else None, currency),
        }
    dialog = Dialog(
        title=_("Change the line") if known else _("Add a line of your own"),
        consequence=_("Something that is not in the catalogue: an engraving, a deposit, work by the hour.")
        if known is None
        else _("With a quantity of 0 it is taken out."),
        submit=_("Save"),
        back=reverse("backoffice:draft", args=[draft_id]),
    )
    form = CustomForm(request.POST if request.method == "POST" else None, initial=initial, currency=currency)

    def act(values: dict[str, Any]) -> Done:
        save_custom_line(
            draft_id=draft_id,
            line_id=line_id,
            title=values["title"],
            quantity=values["quantity"],
            price_minor=values["price"] or 0,
            discount_minor=values["discount"] or 0,
            is_taxed=values["is_taxed"],
            requires_shipping=values["requires_shipping"],
        )
        return Done(gettext("Draft saved"))

    return _verb(request, draft_id, dialog, form, act)


class DiscountForm(forms.Form):
    percent = forms.DecimalField(
        label=_("Percent"), required=False, min_value=0, max_value=100, decimal_places=2, max_digits=5
    )
    reason = Line(
        label=_("Reason"), required=False, max_length=120, help_text=_("Needed with a discount; the buyer reads it.")
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = Amount(label=_("Or a sum"), currency=currency, required=False)
        self.order_fields(["percent", "amount", "reason"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("percent") and values.get("amount"):
            self.add_error("amount", gettext("Either a percentage or a sum, not both."))
        if (values.get("percent") or values.get("amount")) and not values.get("reason"):
            self.add_error("reason", gettext("Say what the discount is for; the buyer reads it."))
        return values


@screen("orders.view", write="orders.manage")
def draft_discount(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Take something off the whole draft, or take that back."""
    view = reads.draft_view(draft_id)
    dialog = Dialog(
        title=_("Discount on everything"),
        consequence=_(
            "It is spread over the lines, so that tax and refunds stay right. Leave both empty to take it back."
        ),
        submit=_("Save"),
        back=reverse("backoffice:draft", args=[draft_id]),
    )
    initial = {
        "percent": view.discount_percent.normalize() if view.discount_percent else None,
        "amount": amount_text(view.discount_minor or None, view.cart.currency),
        "reason": view.discount_reason,
    }
    form = DiscountForm(
        request.POST if request.method == "POST" else None, initial=initial, currency=view.cart.currency
    )

    def act(values: dict[str, Any]) -> Done:
        discount_draft(
            draft_id=draft_id,
            amount_minor=values["amount"] or 0,
            percent=values["percent"] or Decimal(0),
            reason=values["reason"],
        )
        return Done(gettext("Draft saved"))

    return _verb(request, draft_id, dialog, form, act)


OWN = "own"


class ShippingForm(forms.Form):
    method = forms.ChoiceField(label=_("How it is sent"))
    name = Line(
        label=_("Name of the shipping"), required=False, max_length=120, help_text=_("For a price of your own.")
    )

    def __init__(self, *args: Any, methods: list[tuple[str, str]], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = [  # type: ignore[attr-defined]
            ("", _("The buyer chooses")),
            *methods,
            (OWN, _("A price of your own")),
        ]
        self.fields["method"].required = False
        self.fields["price"] = Amount(label=_("Price of the shipping"), currency=currency, required=False)
        self.order_fields(["method", "price", "name"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("method") == OWN and values.get("price") is None and "price" not in self.errors:
            self.add_error("price", gettext("Enter a price; 0 is free shipping."))
        return values


@screen("orders.view", write="orders.manage")
def draft_shipping(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Choose how it is sent and at what price."""
    view = reads.draft_view(draft_id)
    language = get_language() or "en"
    has_own = view.shipping_minor is not None
    methods = [
        (str(rate.method_id), f"{rate.name} · {rate.price.format(language)}") for rate in reads.draft_rates(draft_id)
    ]
    dialog = Dialog(
        title=_("Shipping"),
        consequence=_("The shop's own methods appear once the address and something to send are known."),
        submit=_("Save"),
        back=reverse("backoffice:draft", args=[draft_id]),
    )
    initial = {
        "method": OWN if has_own else str(view.details.shipping_method_id or ""),
        "price": amount_text(view.shipping_minor, view.cart.currency),
        "name": view.shipping_name,
    }
    form = ShippingForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        methods=methods,
        currency=view.cart.currency,
    )

    def act(values: dict[str, Any]) -> Done:
        own = values["method"] == OWN
        ship_draft(
            draft_id=draft_id,
            method_id=int(values["method"]) if values["method"] and not own else None,
            price_minor=values["price"] if own else None,
            name=values["name"],
        )
        return Done(gettext("Draft saved"))

    return _verb(request, draft_id, dialog, form, act)
