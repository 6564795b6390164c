"""The verbs of an order that move money: refund, give back a difference, try again; and its address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from duli.base.errors import DuliError, NotFound, sentence
from duli.base.ids import new_token
from duli.base.money import Money
from duli.commerce.customers.addresses import form_for
from duli.commerce.customers.types import Address, InvalidAddress
from duli.commerce.inventory.selectors import locations
from duli.commerce.orders.parts import counted_lines
from duli.commerce.orders.refunding import OrderStanding, RefundPreview, RefundWish, everything, preview
from duli.commerce.orders.selectors import order_detail
from duli.commerce.orders.services import (
    change_address,
    retry_refund,
    staff_refund,
    staff_refund_difference,
)
from duli.commerce.orders.standing import standing_of
from duli.commerce.orders.types import RefundLine
from duli.platform.accounts.permissions import require
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb, show_dialog
from duli.web.backoffice.kit.forms import Amount, Line, amount_text
from duli.web.backoffice.kit.seen import Guard
from duli.web.backoffice.screens.order import Nothing, back_to
from duli.web.backoffice.selectors.orders import picture_of

WAITS = _("A second person has to agree: this is above your limit")
REFUND_REASONS = {
    "": _("No reason given"),
    "not_available": _("Something is not available"),
    "damaged": _("Damaged or faulty"),
    "late": _("Came too late"),
    "goodwill": _("Goodwill"),
    "other": _("Another reason"),
}


class RefundForm(forms.Form):
    def __init__(self, *args: Any, order: Any, standing: OrderStanding, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        self.standing = standing
        self.counted = counted_lines(order.lines.all())
        self.left = {line.line_id: line.left for line in standing.lines}
        for line in order.lines.all():
            left = self.left[line.pk]
            if not left:
                continue
            self.fields[f"line-{line.pk}"] = forms.IntegerField(
                label=line.title,
                min_value=0,
                max_value=left,
                initial=0,
                required=False,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
            if line.pk in self.counted:
                self.fields[f"restock-{line.pk}"] = forms.BooleanField(
                    label=_("Put back on sale"), required=False, initial=line.fulfilled_quantity == 0
                )
        currency = order.currency
        if standing.shipping_left:
            self.fields["shipping"] = Amount(
                label=gettext("Shipping (at most %(amount)s)")
                % {"amount": Money(standing.shipping_left, currency).format(get_language() or "en")},
                currency=currency,
                required=False,
            )
        self.fields["extra"] = Amount(label=_("Goodwill on top"), currency=currency, required=False)
        self.fields["fee"] = Amount(label=_("Fee that is kept"), currency=currency, required=False)
        if order.customer_id:
            self.fields["credit"] = Amount(
                label=_("Of this as store credit"),
                currency=currency,
                required=False,
                help_text=_("The rest goes back the way it was paid."),
            )
        places = [(place.pk, place.name) for place in locations()]
        if len(places) > 1 and any(name.startswith("restock-") for name in self.fields):
            self.fields["location"] = forms.TypedChoiceField(label=_("Back at"), coerce=int, choices=places)
        self.fields["reason"] = forms.ChoiceField(label=_("Why"), required=False, choices=list(REFUND_REASONS.items()))
        self.fields["note"] = Line(label=_("Note"), required=False, max_length=300, help_text=_("Only staff see it."))
        self.fields["shown"] = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput())
        self.fields["idempotency_key"] = Line(max_length=60, widget=forms.HiddenInput())

    def rows(self) -> list[tuple[Any, str, int, forms.BoundField, forms.BoundField | None]]:
        return [
            (
                line,
                picture_of(line.image),
                self.left[line.pk],
                self[f"line-{line.pk}"],
                self[f"restock-{line.pk}"] if line.pk in self.counted else None,
            )
            for line in self.order.lines.all()
            if self.left[line.pk]
        ]

    def lines(self) -> list[RefundLine]:
        values = self.cleaned_data
        return [
            RefundLine(line.pk, units, bool(values.get(f"restock-{line.pk}")))
            for line in self.order.lines.all()
            if (units := values.get(f"line-{line.pk}") or 0)
        ]

    def amounts(self) -> tuple[int, int]:
        """Return (shipping, adjustment) in minor units."""
        values = self.cleaned_data
        return values.get("shipping") or 0, (values.get("extra") or 0) - (values.get("fee") or 0)

    def wish(self) -> RefundWish:
        shipping, adjustment = self.amounts()
        return RefundWish({line.order_line_id: line.quantity for line in self.lines()}, shipping, adjustment)


def _seen(form: RefundForm) -> tuple[RefundPreview | None, str]:
    """Return what the form's refund would be, or the sentence that says why it cannot be."""
    if not form.is_bound or not form.is_valid():
        return None, ""
    try:
        return preview(form.standing, form.wish()), ""
    except DuliError as error:
        return None, sentence(error)


@screen("orders.view", write="orders.payments")
def order_refund(request: HttpRequest, order_id: int) -> HttpResponse:
    """First the sums are computed and shown, then the button with the amount on it refunds exactly that."""
    require(request.user, "orders.payments")
    order = order_detail(order_id)
    standing = standing_of(order)
    language = get_language() or "en"
    initial: dict[str, Any] = {"idempotency_key": new_token()}
    if request.GET.get("all"):
        whole = everything(standing)
        initial.update({f"line-{line_id}": units for line_id, units in whole.units.items()})
        initial["shipping"] = amount_text(whole.shipping, order.currency)
        initial["fee"] = amount_text(max(0, -whole.adjustment) or None, order.currency)
        initial["extra"] = amount_text(max(0, whole.adjustment) or None, order.currency)
    bound = request.method == "POST"
    data = request.POST.copy() if bound else None
    form = RefundForm(data, initial=initial, order=order, standing=standing)
    found, problem = _seen(form)
    sure = bool(found) and bound and request.POST.get("shown") == str(found.amount if found else "")
    dialog = Dialog(
        title=gettext("Refund order #%(number)s") % {"number": order.number},
        consequence=_("Units that have not left are taken out of the order. The shopper gets a mail.")
        if any(line.requires_shipping and line.to_ship for line in order.lines.all())
        else _("The money goes back; the goods stay where they are. The shopper gets a mail."),
        submit=gettext("Refund %(amount)s") % {"amount": Money(found.amount, order.currency).format(language)}
        if found
        else _("Compute the refund"),
        back=back_to(order_id),
        wide=True,
        template="backoffice/orders/refund.html",
    )
    context = {"here": "orders.all", "order": order, "found": found, "problem": problem, "standing": standing}
    credit = (found and form.cleaned_data.get("credit")) or 0
    if found and credit <= found.amount:
        context |= {"credit": credit, "original": found.amount - credit}

    def act(values: dict[str, Any]) -> Done:
        shipping, adjustment = form.amounts()
        row = staff_refund(
            order_id=order_id,
            lines=form.lines(),
            shipping_minor=shipping,
            adjustment_minor=adjustment,
            credit_minor=values.get("credit") or 0,
            location_id=values.get("location"),
            reason=values["reason"],
            note=values["note"],
            shown_minor=values["shown"],
            idempotency_key=values["idempotency_key"],
            actor=actor_of(request),
        )
        if row is None:
            return Done(str(WAITS))
        amount = Money(row.amount_minor, order.currency).format(language)
        # The provider is asked after this; until it has answered nothing has gone back.
        words = gettext("%(amount)s is on its way back") if row.original_minor else gettext("%(amount)s is refunded")
        return Done(words % {"amount": amount})

    if data is not None and not sure:
        if found is not None:
            data["shown"] = str(found.amount)
        return show_dialog(request, dialog, form, context, status=200 if found else 422)
    return run_verb(request, dialog, form, act, context)


class KeyForm(forms.Form):
    idempotency_key = Line(max_length=60, widget=forms.HiddenInput())


@screen("orders.view", write="orders.payments")
def order_refund_difference(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.payments")
    order = order_detail(order_id)
    standing = standing_of(order)
    too_much = Money(max(0, standing.cash - standing.value_left), order.currency).format(get_language() or "en")
    dialog = Dialog(
        title=gettext("Give back %(amount)s") % {"amount": too_much},
        consequence=_("The order costs less than what was paid. The difference goes back the way it came."),
        submit=gettext("Refund %(amount)s") % {"amount": too_much},
        back=back_to(order_id),
    )
    form = KeyForm(request.POST if request.method == "POST" else None, initial={"idempotency_key": new_token()})

    def act(values: dict[str, Any]) -> Done:
        done = staff_refund_difference(
            order_id=order_id, idempotency_key=values["idempotency_key"], actor=actor_of(request)
        )
        return Done(gettext("%(amount)s is on its way back") % {"amount": too_much} if done else str(WAITS))

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


@screen("orders.view", write="orders.payments")
def order_refund_retry(request: HttpRequest, order_id: int, refund_id: int) -> HttpResponse:
    require(request.user, "orders.payments")
    if not order_detail(order_id).refunds.filter(pk=refund_id).exists():
        raise NotFound()
    dialog = Dialog(
        title=_("Try the refund again"),
        consequence=_("The provider is asked once more for the part that failed; nothing goes back twice."),
        submit=_("Try again"),
        back=back_to(order_id),
    )

    def act(values: dict[str, Any]) -> Done:
        retry_refund(refund_id=refund_id, actor=actor_of(request))
        return Done(gettext("The refund is tried again"))

    form = Nothing(request.POST if request.method == "POST" else None)
    return run_verb(request, dialog, form, act, {"here": "orders.all"})


ADDRESS_LABELS = {
    "name": pgettext_lazy("person", "Name"),
    "phone": _("Phone"),
    "company": _("Company"),
    "line1": _("Street and number"),
    "line2": _("More of the address"),
    "district": _("District"),
    "city": _("City"),
    "region": _("Province or state"),
    "postal_code": _("Postcode"),
}


class AddressForm(forms.Form):
    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shape = form_for(country)
        for name in (*shape.fields, "phone"):
            self.fields[name] = Line(label=ADDRESS_LABELS[name], required=name in shape.required, max_length=200)


@screen("orders.view", write="orders.edit", personal=True)
def order_address(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.edit")
    order = order_detail(order_id)

    def stored() -> dict[str, Any]:
        return Address.from_json(order_detail(order_id).shipping_address or {"country": "CN"}).to_json()

    before = Address.from_json(order.shipping_address or {"country": "CN"})
    dialog = Dialog(
        title=_("Change the delivery address"),
        consequence=_("Possible until something has left, and only where shipping and tax stay the same."),
        submit=_("Save address"),
        back=back_to(order_id),
    )
    form = AddressForm(
        request.POST if request.method == "POST" else None,
        initial=before.to_json(),
        country=before.country or "CN",
    )
    guard = Guard(request, form, stored)

    def act(values: dict[str, Any]) -> Done:
        try:
            change_address(
                order_id=order_id,
                address=Address.from_json({**values, "country": before.country}),
                actor=actor_of(request),
                seen=guard.check,
            )
        except InvalidAddress as error:
            for name in error.fields:
                if name in form.fields:
                    form.add_error(name, gettext("Please check this."))
            raise
        return Done(gettext("The order goes to the new address"))

    return run_verb(request, dialog, form, act, {"here": "orders.all"}, guard=guard)
