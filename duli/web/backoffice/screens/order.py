"""One order: what was bought, what happened, and every verb that makes sense now."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duli.base.errors import NotFound
from duli.base.ids import new_token
from duli.commerce.downloads.selectors import grants_of
from duli.commerce.fapiao.selectors import may_ask
from duli.commerce.inventory.selectors import locations
from duli.commerce.orders.services import cancel, change_tracking, confirm, fulfil, mark_delivered, mark_paid
from duli.commerce.orders.services.tracking import reference_of
from duli.commerce.orders.types import FulfilLine
from duli.commerce.payments.gift_cards import BoughtCard, bought_cards, paid_by_cards
from duli.commerce.payments.store_credit import STORE_CREDIT, paid_by_credit
from duli.commerce.reconciliation.selectors import proofs_of
from duli.commerce.shipping.labels import can_buy_labels, labels_of
from duli.platform.accounts.permissions import allowed, require
from duli.platform.accounts.selectors import approvals_about, staff_who_may
from duli.web.backoffice.access import actor_of, screen
from duli.web.backoffice.fapiao_words import card
from duli.web.backoffice.kit.dialogs import Dialog, Done, run_verb, show_dialog
from duli.web.backoffice.kit.forms import Line
from duli.web.backoffice.kit.pills import Pill
from duli.web.backoffice.order_tax import tax_facts
from duli.web.backoffice.order_words import (
    CANCEL_REASONS,
    attempt_pill,
    carrier_name,
    dispute_pill,
    fulfilment_pill,
    gift_card_pill,
    given_back_pill,
    own_money_words,
    payment_pill,
    practice_pills,
    refund_pill,
    return_state_pill,
    shipment_pill,
    test_pills,
)
from duli.web.backoffice.screens.approvals import value_words
from duli.web.backoffice.screens.carrier_fields import ParcelForm
from duli.web.backoffice.selectors.orders import OrderOnPage, order_on_page
from duli.web.backoffice.selectors.shipments import shown_state
from duli.web.backoffice.shell import render

KEY_HELP = {"autocomplete": "off"}


def _page(order_id: int) -> OrderOnPage:
    return order_on_page(order_id, get_language() or "en")


def back_to(order_id: int) -> str:
    return reverse("backoffice:order", args=[order_id])


def _form(
    request: HttpRequest, form: type[forms.Form], initial: dict[str, Any] | None = None, **extra: Any
) -> forms.Form:
    return form(request.POST, **extra) if request.method == "POST" else form(initial=initial or {}, **extra)


@screen("orders.view", methods=("GET", "HEAD"))
def order_page(request: HttpRequest, order_id: int) -> HttpResponse:
    page = _page(order_id)
    may_fulfil = allowed(request.user, "orders.fulfil")
    may_manage = allowed(request.user, "orders.manage")
    collection = page.payments
    labels = labels_of([page.order.reference])
    context = {
        "here": "orders.all",
        "page": page,
        "order": page.order,
        "pills": [
            payment_pill(page.order.payment_state),
            fulfilment_pill(
                page.order.fulfilment_state,
                page.order.status,
                "" if page.order.confirmed_at else page.order.payment_state,
            ),
            *test_pills(page.order.source),
            *practice_pills(collection.attempts if collection else ()),
        ],
        "parcels": [
            (
                entry,
                shipment_pill(shown_state(entry.parcel)),
                carrier_name(entry.parcel.carrier),
                next((label for label in reversed(labels) if label.parcel == reference_of(entry.parcel.pk)), None),
            )
            for entry in page.parcels
        ],
        "loose_labels": [label for label in labels if not label.is_stuck and label.state != "failed"],
        "attempts": [
            (attempt, own_money_words(attempt.gateway), attempt_pill(attempt.state)) for attempt in collection.attempts
        ]
        if collection
        else [],
        "refunds": [(refund, refund_pill(refund.state)) for refund in collection.refunds] if collection else [],
        "disputes": [(entry, dispute_pill(entry.state)) for entry in collection.disputes] if collection else [],
        "return_pill": return_state_pill(page.order.return_state),
        "order_refunds": [(row, given_back_pill(row)) for row in page.refunds],
        "approvals": [(row, value_words(row.value)) for row in approvals_about(page.order.reference)],
        "may_edit": allowed(request.user, "orders.edit"),
        "may_return": allowed(request.user, "orders.returns"),
        "waiting_units": sum(row.quantity for row in page.waiting),
        "may_fulfil": may_fulfil,
        "may_manage": may_manage,
        "may_pay": allowed(request.user, "orders.payments"),
        "may_cancel": allowed(request.user, "orders.cancel"),
        "may_comment": allowed(request.user, "orders.comment"),
        "may_mail": allowed(request.user, "mail.send"),
        "likeliest": page.likeliest,
        "downloads": grants_of([page.order.pk]),
        "bought_cards": _bought_cards(page),
        "paid_by_credit": paid_by_credit(page.order.payment_collection_id, page.order.currency)
        if collection and any(attempt.gateway == STORE_CREDIT for attempt in collection.attempts)
        else None,
        "paid_by_cards": paid_by_cards(page.order.reference) if collection and collection.attempts else [],
        "proofs": proofs_of([page.order.pk]).get(page.order.pk, ()),
        "fapiao": card(order_id),
        "may_ask_fapiao": may_manage and may_ask(page.order),
        "tax": tax_facts(page.order),
        "colleagues": [name for _key, name in staff_who_may("orders.view")],
    }
    return render(request, "backoffice/orders/detail.html", context)


def _bought_cards(page: OrderOnPage) -> list[tuple[BoughtCard, Pill]]:
    """Return the gift cards the order bought, without their codes."""
    units = {line.pk: line.quantity for line in page.order.lines.all() if line.is_gift_card}
    return [(card, gift_card_pill(card.state)) for card in bought_cards(units, buyer_email=page.order.email)]


class Nothing(forms.Form):
    """A verb that asks nothing but whether it is meant."""


@screen("orders.view", write="orders.manage")
def order_confirm(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.manage")
    page = _page(order_id)
    dialog = Dialog(
        title=gettext("Confirm order #%(number)s") % {"number": page.order.number},
        consequence=_(
            "The order no longer expires, its stock stays held, and it may be shipped before it is paid. "
            "Meant for payment on delivery."
        ),
        submit=_("Confirm order"),
        back=back_to(order_id),
    )

    def act(values: dict[str, Any]) -> Done:
        confirm(order_id=order_id, actor=actor_of(request))
        return Done(gettext("Order #%(number)s is confirmed") % {"number": page.order.number})

    return run_verb(request, dialog, _form(request, Nothing), act, {"here": "orders.all"})


class PaidForm(forms.Form):
    note = Line(
        label=_("Note"), required=False, max_length=200, help_text=_("For example the reference on the bank statement.")
    )
    idempotency_key = Line(max_length=60, widget=forms.HiddenInput())


@screen("orders.view", write="orders.payments")
def order_mark_paid(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.payments")
    page = _page(order_id)
    due = page.collection.due if page.collection else None
    amount = due.format(get_language() or "en") if due else ""
    dialog = Dialog(
        title=gettext("Mark %(amount)s as received") % {"amount": amount},
        consequence=gettext(
            "Order #%(number)s counts as paid in full and can be shipped; the shopper gets a mail. "
            "Only do this when the money is really there: it cannot be taken back."
        )
        % {"number": page.order.number},
        submit=_("Mark as paid"),
        back=back_to(order_id),
    )
    form = _form(request, PaidForm, {"idempotency_key": new_token()})

    def act(values: dict[str, Any]) -> Done:
        mark_paid(
            order_id=order_id,
            actor=actor_of(request),
            idempotency_key=values["idempotency_key"],
            note=values["note"],
        )
        return Done(gettext("Order #%(number)s is paid") % {"number": page.order.number})

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


class FulfilForm(ParcelForm):
    location = forms.TypedChoiceField(label=_("Ships from"), coerce=int)
    allow_unpaid = forms.BooleanField(
        label=_("Ship although it is not paid"), required=False, help_text=_("You may not get your money.")
    )
    idempotency_key = Line(max_length=60, widget=forms.HiddenInput())

    def __init__(self, *args: Any, page: OrderOnPage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page = page
        self.fields["location"].choices = [(place.pk, place.name) for place in locations()]  # type: ignore[attr-defined]
        self.fields["tracking_number"].widget.attrs["autofocus"] = True
        if page.may_ship_now:
            del self.fields["allow_unpaid"]
        for row in page.waiting:
            self.fields[f"line-{row.line.pk}"] = forms.IntegerField(
                label=row.line.title,
                min_value=0,
                max_value=1_000_000,
                initial=row.quantity,
                required=False,
                widget=forms.NumberInput(attrs={"max": row.quantity, "inputmode": "numeric"}),
            )

    def rows(self) -> list[tuple[Any, forms.BoundField]]:
        return [(row, self[f"line-{row.line.pk}"]) for row in self.page.waiting]


@screen("orders.view", write="orders.fulfil")
def order_fulfil(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.fulfil")
    page = _page(order_id)
    dialog = Dialog(
        title=gettext("Send a parcel of #%(number)s") % {"number": page.order.number},
        submit=_("Fulfil"),
        back=back_to(order_id),
        wide=True,
        template="backoffice/orders/fulfil.html",
    )
    if page.order.held_at and request.method != "POST":
        held = gettext("It is on hold: %(reason)s. Release it first.") % {"reason": page.order.hold_reason}
        dialog = Dialog(title=dialog.title, consequence=held, submit="", back=dialog.back)
        return show_dialog(request, dialog, forms.Form(), {"here": "orders.all"})
    form = _form(request, FulfilForm, {"idempotency_key": new_token()}, page=page)

    def act(values: dict[str, Any]) -> Done:
        lines = [FulfilLine(row.line.pk, values.get(f"line-{row.line.pk}") or 0) for row in page.waiting]
        parcel = fulfil(
            order_id=order_id,
            lines=lines,
            location_id=values["location"],
            carrier=values["carrier"],
            tracking_number=values["tracking_number"],
            idempotency_key=values["idempotency_key"],
            actor=actor_of(request),
            allow_unpaid=bool(values.get("allow_unpaid")),
        )
        units = sum(line.quantity for line in lines)
        words = ngettext("%(count)s item is on its way", "%(count)s items are on their way", units)
        return Done(words % {"count": units} if parcel else "")

    context = {"page": page, "order": page.order, "here": "orders.all", "can_buy_labels": can_buy_labels()}
    return run_verb(request, dialog, form, act, context)


def _parcel(page: OrderOnPage, parcel_id: int) -> Any:
    """Return the parcel if it belongs to this order: nobody reaches another order's parcel through it."""
    for entry in page.parcels:
        if entry.parcel.pk == parcel_id:
            return entry.parcel
    raise NotFound()


@screen("orders.view", write="orders.fulfil")
def order_tracking(request: HttpRequest, order_id: int, parcel_id: int) -> HttpResponse:
    require(request.user, "orders.fulfil")
    parcel = _parcel(_page(order_id), parcel_id)
    dialog = Dialog(
        title=_("Change tracking"),
        consequence=_("The shopper sees the new number on the order's page."),
        submit=_("Save"),
        back=back_to(order_id),
        template="backoffice/orders/parcel_fields.html",
    )
    form = _form(request, ParcelForm, {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number})

    def act(values: dict[str, Any]) -> Done:
        change_tracking(
            fulfilment_id=parcel_id,
            carrier=values["carrier"],
            tracking_number=values["tracking_number"],
            actor=actor_of(request),
        )
        return Done(gettext("Tracking changed"))

    return run_verb(request, dialog, form, act, {"here": "orders.all"})


@screen("orders.view", write="orders.fulfil")
def order_delivered(request: HttpRequest, order_id: int, parcel_id: int) -> HttpResponse:
    require(request.user, "orders.fulfil")
    parcel = _parcel(_page(order_id), parcel_id)
    dialog = Dialog(
        title=_("Mark the parcel as delivered"),
        consequence=_("The shopper sees that it has arrived. This cannot be taken back."),
        submit=_("Mark as delivered"),
        back=back_to(order_id),
    )

    def act(values: dict[str, Any]) -> Done:
        mark_delivered(fulfilment_id=parcel.pk, actor=actor_of(request))
        return Done(gettext("The parcel is delivered"))

    return run_verb(request, dialog, _form(request, Nothing), act, {"here": "orders.all"})


class CancelForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=list(CANCEL_REASONS.items()))
    restock = forms.BooleanField(
        label=_("Put the items back on sale"), required=False, help_text=_("Otherwise they are written off as damaged.")
    )


@screen("orders.view", write="orders.cancel")
def order_cancel(request: HttpRequest, order_id: int) -> HttpResponse:
    require(request.user, "orders.cancel")
    page = _page(order_id)
    language = get_language() or "en"
    held = page.collection.captured - page.collection.refunded if page.collection else None
    money = (
        gettext("%(amount)s goes back to where it came from.") % {"amount": held.format(language)}
        if held
        else gettext("Nothing was paid, so nothing is refunded.")
    )
    dialog = Dialog(
        title=gettext("Cancel order #%(number)s?") % {"number": page.order.number},
        consequence=gettext("The order is closed for good and the shopper gets a mail. %(money)s") % {"money": money},
        submit=_("Cancel the order"),
        back=back_to(order_id),
        danger=True,
    )
    form = _form(request, CancelForm, {"restock": True, "reason": "customer"})

    def act(values: dict[str, Any]) -> Done:
        cancel(order_id=order_id, reason=values["reason"], restock=bool(values["restock"]), actor=actor_of(request))
        return Done(gettext("Order #%(number)s is cancelled") % {"number": page.order.number})

    return run_verb(request, dialog, form, act, {"here": "orders.all"})
