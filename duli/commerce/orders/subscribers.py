from __future__ import annotations

from contextlib import suppress
from typing import Any

from duli.base.errors import NotFound
from duli.commerce.customers.services import claim_for_guest
from duli.commerce.orders.events import (
    FulfilmentShipped,
    OrderCancelled,
    OrderEdited,
    OrderMerged,
    OrderPaid,
    OrderPaymentStateChanged,
    OrderPlaced,
    OrderRefunded,
    TrackingChanged,
)
from duli.commerce.orders.models import Order
from duli.commerce.orders.services import issue_bought_cards, issue_credit_note, issue_difference, settle
from duli.commerce.orders.services.labels import take_number_off
from duli.commerce.orders.services.refund import restate_refunds_of
from duli.commerce.orders.services.tax_news import note_vat_answer
from duli.commerce.orders.services.tracking import (
    correct_carrier,
    follow_parcel,
    fulfilment_of,
    note_progress,
    tell_payers,
)
from duli.commerce.orders.services.value import recount_buyer
from duli.commerce.orders.types import InvoiceFirst, NothingToInvoice
from duli.commerce.payments.events import (
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDisputed,
    PaymentNeedsReview,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRestated,
)
from duli.commerce.shipping.events import CarrierCorrected, LabelVoided, ParcelMoved
from duli.commerce.taxes.events import VatIdAnswered
from duli.platform.events.registry import EventContext, subscribes


@subscribes(
    PaymentCaptured,
    PaymentAuthorised,
    PaymentRefunded,
    PaymentRefundFailed,
    PaymentRestated,
    PaymentNeedsReview,
    PaymentDisputed,
    name="orders.settle",
)
def settle_order(event: Any, context: EventContext) -> None:
    order_id = Order.objects.filter(payment_collection_id=event.collection_id).values_list("pk", flat=True).first()
    if order_id is not None:
        settle(order_id=order_id, actor=context.actor or "system")
        if isinstance(event, PaymentRefunded | PaymentRefundFailed | PaymentRestated):
            restate_refunds_of(order_id=order_id)


@subscribes(OrderPlaced, OrderPaid, OrderPaymentStateChanged, OrderCancelled, name="orders.customer_value")
def keep_customer_value(event: Any, context: EventContext) -> None:
    """What the customer has bought so far is kept beside the name; an account that proved the address takes over."""
    customer = recount_buyer(order_id=event.order_id)
    if customer is not None and isinstance(event, OrderPlaced):
        claim_for_guest(customer=customer)


@subscribes(OrderPaid, OrderPaymentStateChanged, OrderEdited, OrderMerged, name="orders.gift_cards")
def issue_gift_cards(event: Any, context: EventContext) -> None:
    """Gift cards that a paid order bought are made, each once."""
    issue_bought_cards(order_id=event.order_id, actor=context.actor or "system")


@subscribes(OrderRefunded, name="orders.credit_note")
def credit_note(event: OrderRefunded, context: EventContext) -> None:
    """What was invoiced and goes back gets its credit note; without an invoice there is nothing to put right."""
    with suppress(InvoiceFirst, NothingToInvoice):
        issue_credit_note(refund_id=event.refund_id, actor=context.actor or "system")


@subscribes(OrderEdited, name="orders.papers_of_edits")
def papers_of_edit(event: OrderEdited, context: EventContext) -> None:
    """What was invoiced and changed gets a paper of the difference; without an invoice there is none."""
    with suppress(InvoiceFirst):
        issue_difference(order_id=event.order_id, actor=context.actor or "system")


@subscribes(FulfilmentShipped, TrackingChanged, name="orders.follow_parcel")
def follow(event: Any, context: EventContext) -> None:
    """A parcel with a number is followed from now on."""
    follow_parcel(fulfilment_id=event.fulfilment_id)


@subscribes(FulfilmentShipped, TrackingChanged, name="orders.tell_payers")
def tell_providers(event: Any, context: EventContext) -> None:
    """Providers that protect the seller by it hear the number of the parcel."""
    tell_payers(fulfilment_id=event.fulfilment_id)


@subscribes(ParcelMoved, name="orders.parcel_moved")
def parcel_moved(event: ParcelMoved, context: EventContext) -> None:
    """What a carrier says becomes the parcel's state and a line of the order's history."""
    fulfilment_id = fulfilment_of(event.reference)
    if fulfilment_id is not None:
        with suppress(NotFound):
            note_progress(
                fulfilment_id=fulfilment_id, state=event.state, before=event.before, actor=context.actor or "system"
            )


@subscribes(CarrierCorrected, name="orders.carrier_corrected")
def carrier_corrected(event: CarrierCorrected, context: EventContext) -> None:
    fulfilment_id = fulfilment_of(event.reference)
    if fulfilment_id is not None:
        with suppress(NotFound):
            correct_carrier(fulfilment_id=fulfilment_id, carrier=event.carrier)


@subscribes(VatIdAnswered, name="orders.vat_answer")
def vat_answer(event: VatIdAnswered, context: EventContext) -> None:
    """An order that was taxed because a register did not answer learns what it says now; nobody is charged again."""
    note_vat_answer(check_id=event.check_id, actor=context.actor or "system")


@subscribes(LabelVoided, name="orders.label_voided")
def label_voided(event: LabelVoided, context: EventContext) -> None:
    """A label that was given back takes its number off the parcel."""
    take_number_off(label_id=event.label_id, actor=context.actor or "system")
