"""One verb for each thing people are told. All are safe to call again: a message's key is made from the event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.utils.translation import override

from duli.base.money import format_money
from duli.commerce.fapiao.selectors import request_of
from duli.commerce.inventory.selectors import pickup_place
from duli.commerce.orders.events import OrderEdited, OrderMerged, OrderRefunded, ReturnMoved
from duli.commerce.orders.models import Order
from duli.commerce.orders.states import FulfilmentState, OrderStatus, PaymentState, ReturnKind, ReturnProgress
from duli.commerce.payments import gift_cards
from duli.commerce.payments import services as payments
from duli.commerce.payments.gateway import Instructions
from duli.commerce.payments.models import GiftCard
from duli.commerce.payments.selectors import method
from duli.growth.notifications import selectors
from duli.growth.notifications.selectors import Recipient
from duli.platform.mail import services as mail

_SHIPPED = {FulfilmentState.FULFILLED, FulfilmentState.DELIVERED}
EXPIRED = "expired"


def tell_order_received(*, order_id: int, event_id: int) -> None:
    """Thank the shopper and say how to pay, unless the order was cancelled meanwhile."""
    order = selectors.order_with_lines(order_id)
    if order is None or order.status == OrderStatus.CANCELLED:
        return
    instructions = _instructions(order)
    open_online = order.status == OrderStatus.OPEN and order.payment_state == PaymentState.UNPAID
    context = {"payment": instructions, "to_pay_online": open_online and instructions is None and order.total_minor > 0}
    _tell_shopper(order, "order_received", event_id, context)


def _instructions(order: Order) -> dict[str, Any] | None:
    """Return what a shopper has to do whose method has no page: bank details, cash for the courier."""
    paying = method(code=order.payment_method_code, language=order.language)
    if paying is None or paying.kind not in {"offline", "on_delivery"} or not order.payment_collection_id:
        return None
    if order.status != OrderStatus.OPEN or order.payment_state != PaymentState.UNPAID:
        return None
    # While an attempt is open its step comes back, whatever the key: this opens no second one.
    step = payments.start_by_hand(collection_id=order.payment_collection_id, idempotency_key="order_received")
    if not isinstance(step, Instructions):
        return None
    return {
        "lines": [{"label": label, "value": value} for label, value in step.lines],
        "note": step.note,
        "before_shipping": not paying.settles_on_delivery,
    }


def tell_staff_new_order(*, order_id: int, event_id: int) -> None:
    """Tell the staff that something was bought."""
    recipients = selectors.staff()
    order = selectors.order_with_lines(order_id) if recipients else None
    if order is None:
        return
    for recipient in recipients:
        context = {
            "order": selectors.order_facts(order, recipient.language),
            "desk_url": selectors.desk_url(f"orders/{order.pk}/"),
        }
        _send("new_order", recipient, context, order.reference, event_id)


def tell_order_paid(*, order_id: int, event_id: int) -> None:
    """Confirm the payment to the shopper."""
    order = selectors.order_with_lines(order_id)
    if order is not None:
        _tell_shopper(order, "order_paid", event_id, {"is_shipped": order.fulfilment_state in _SHIPPED})


def tell_gift_card(*, card_id: int, again: bool, event_id: int) -> None:
    """Send a gift card's code to its recipient, unless the card is blocked or empty meanwhile.

    Only `again` sends one that was handed over already: its code would be another one.
    """
    card = gift_cards.card_by_id(card_id)
    if not card.recipient_email or gift_cards.state_of(card) != "active":
        return
    if card.delivered_at is None or again:
        _send_gift_card(card, payments.hand_over(card_id=card_id, actor="system"), event_id)


@transaction.atomic
def send_due_gift_card(*, card_id: int) -> None:
    """Send a card whose day has come, once: that it is handed over and the mail with its code are written together."""
    if code := payments.hand_over_due(card_id=card_id):
        _send_gift_card(gift_cards.card_by_id(card_id), code, f"due-{card_id}")


def _send_gift_card(card: GiftCard, code: str, cause: int | str) -> None:
    context = {
        "code": code,
        "amount": format_money(card.balance_minor, card.currency, card.language),
        "recipient": card.recipient_name,
        "sender": card.sender_name,
        "message": card.message,
        "expires_on": card.expires_on.isoformat() if card.expires_on else "",
        "balance_url": selectors.gift_card_url(card.language),
    }
    _send("gift_card", Recipient(card.recipient_email, card.language), context, card.own_reference, cause)


def tell_friend_rewarded(*, referral_id: int, event_id: int) -> None:
    """Thank whoever invited a friend, and say what was given; nobody without an address."""
    facts = selectors.reward_facts(referral_id)
    if facts is not None:
        recipient, context = facts
        _send("friend_rewarded", recipient, context, f"referral:{referral_id}", event_id)


def tell_downloads(*, order_id: int, renewed: bool, event_id: int) -> None:
    """Tell the shopper which files may be downloaded, and where; none that ended meanwhile."""
    order = selectors.order_with_lines(order_id)
    files = selectors.download_facts(order_id, order.language) if order else []
    if order is not None and files:
        url = selectors.order_facts(order, order.language)["url"] + "#downloads"
        _tell_shopper(order, "downloads_ready", event_id, {"files": files, "renewed": renewed, "downloads_url": url})


def tell_order_shipped(*, order_id: int, fulfilment_id: int, event_id: int) -> None:
    """Tell the shopper what is in the parcel and how to follow it."""
    order = selectors.order_with_lines(order_id)
    # Who fetched it knows.
    if order is None or order.pickup_location_id is not None:
        return
    parcel = selectors.parcel_facts(fulfilment_id, order.language)
    if parcel is not None:
        _tell_of_parcel(order, "order_shipped", event_id, parcel)


_NEWS = {
    "out_for_delivery": "parcel_out_for_delivery",
    "ready_for_pickup": "parcel_ready",
    "delivery_failed": "parcel_problem",
    "exception": "parcel_problem",
    "returning": "parcel_problem",
}


def tell_parcel_moved(*, order_id: int, fulfilment_id: int, state: str, event_id: int) -> None:
    """Tell the shopper what the carrier says, if it matters to somebody who waits, and is still so."""
    template = _NEWS.get(state)
    order = selectors.order_with_lines(order_id) if template else None
    parcel = selectors.parcel_facts(fulfilment_id, order.language) if order else None
    if template and order is not None and parcel is not None and parcel["state"] == state:
        _tell_of_parcel(order, template, event_id, parcel)


def tell_parcel_delivered(*, order_id: int, fulfilment_id: int, event_id: int) -> None:
    """Tell the shopper that a parcel has arrived."""
    order = selectors.order_with_lines(order_id)
    parcel = selectors.parcel_facts(fulfilment_id, order.language) if order else None
    if order is not None and parcel is not None and order.pickup_location_id is None:
        _tell_of_parcel(order, "parcel_delivered", event_id, parcel)


def tell_pickup_ready(*, order_id: int, event_id: int) -> None:
    """Tell the shopper where and when it can be fetched, unless it was fetched or cancelled meanwhile."""
    order = selectors.order_with_lines(order_id)
    if (
        order is None
        or order.status != OrderStatus.OPEN
        or order.pickup_location_id is None
        or not order.pickup_ready_at
    ):
        return
    if order.fulfilment_state not in _SHIPPED and (place := pickup_place(order.pickup_location_id)):
        facts = {"name": place.name, "address": list(place.address), "hours": list(place.hours)}
        facts["instructions"] = place.instructions.splitlines()
        _tell_shopper(order, "pickup_ready", event_id, {"place": facts})


def tell_order_unpaid(*, order_id: int, event_id: int) -> None:
    """Remind the shopper to pay, unless the money has come or the order is gone meanwhile."""
    order = selectors.order_with_lines(order_id)
    if order is None or order.status != OrderStatus.OPEN or order.expires_at is None:
        return
    if order.payment_state not in {PaymentState.UNPAID, PaymentState.PARTIALLY_PAID}:
        return
    _tell_shopper(order, "order_unpaid", event_id, {"expires_on": selectors.moment(order.expires_at, order.language)})


def tell_draft(*, draft_id: int, event_id: int) -> None:
    """Send the link to pay an order that staff put together, unless it is closed meanwhile."""
    facts = selectors.draft_facts(draft_id)
    if facts is not None:
        recipient, draft = facts
        _send("draft_offer", recipient, {"draft": draft}, f"draft:{draft_id}", event_id)


def tell_order_cancelled(*, order_id: int, reason: str, refund_due_minor: int, event_id: int) -> None:
    """Tell the shopper that nothing will come, and what goes back (minor units of the order's currency)."""
    order = selectors.order_with_lines(order_id)
    if order is None:
        return
    refund = format_money(refund_due_minor, order.currency, order.language) if refund_due_minor > 0 else ""
    _tell_shopper(order, "order_cancelled", event_id, {"refund": refund, "unpaid_in_time": reason == EXPIRED})


def item_title(variant_id: int) -> str:
    """Return what a variant is called, with its options; "" if it is not there any more."""
    item = selectors.item_facts(variant_id, 0)
    return " · ".join(filter(None, [item["title"], item["variant"]])) if item else ""


def tell_low_stock(*, variant_id: int, location_id: int, available: int, threshold: int, event_id: int) -> None:
    """Tell the staff what runs out."""
    item = selectors.item_facts(variant_id, location_id)
    if item is None:
        return
    query = urlencode({"q": item["sku"] or item["title"]})
    context = {
        "item": item,
        "available": available,
        "threshold": threshold,
        "desk_url": selectors.desk_url(f"stock/?{query}"),
    }
    for recipient in selectors.staff():
        _send("low_stock", recipient, context, f"variant:{variant_id}", event_id)


def _tell_shopper(order: Order, template: str, event_id: int, context: Mapping[str, Any]) -> None:
    recipient = selectors.shopper(order)
    if recipient is not None:
        facts = {"order": selectors.order_facts(order, recipient.language), **context}
        _send(template, recipient, facts, order.reference, event_id)


def _tell_of_parcel(order: Order, template: str, event_id: int, parcel: Mapping[str, Any]) -> None:
    """Tell the shopper as always, and by text message too if that was asked for when ordering."""
    _tell_shopper(order, template, event_id, {"parcel": parcel})
    recipient = selectors.texted(order)
    if recipient is not None:
        facts = {"order": selectors.order_facts(order, recipient.language), "parcel": parcel}
        _send(template, recipient, facts, order.reference, event_id)


def _send(template: str, recipient: Recipient, context: Mapping[str, Any], reference: str, cause: int | str) -> None:
    """Write a mail; `cause` is the event it tells of, or what else makes it the only one."""
    mail.send(
        template=template,
        to=recipient.address,
        language=recipient.language,
        context=context,
        reference=reference,
        key=f"{template}:{cause}:{recipient.address}"[:120],
    )


def tell_order_message(*, order_id: int, message_id: int, event_id: int) -> None:
    """Send the shopper what staff wrote about the order."""
    order = selectors.order_with_lines(order_id)
    text = selectors.message_text(message_id)
    if order is not None and text:
        _tell_shopper(order, "order_message", event_id, {"paragraphs": text.splitlines()})


def tell_fapiao_issued(*, order_id: int, fapiao_id: int, event_id: int) -> None:
    """Send the shopper the number of a fapiao, blue or red, and where its file is."""
    order = selectors.order_with_lines(order_id)
    facts = selectors.fapiao_facts(order, fapiao_id) if order else None
    if order is not None and facts is not None:
        recipient, context = facts
        context = {"order": selectors.order_facts(order, recipient.language), **context}
        _send("fapiao_issued", recipient, context, order.reference, event_id)


def tell_fapiao_declined(*, order_id: int, event_id: int) -> None:
    """Tell the shopper why no fapiao is issued, unless they asked anew meanwhile."""
    order = selectors.order_with_lines(order_id)
    request = request_of(order_id) if order else None
    if order is None or request is None or not request.reason or not (request.email or order.email):
        return
    recipient = Recipient(request.email or order.email, order.language)
    context = {"order": selectors.order_facts(order, recipient.language), "reason": request.reason}
    _send("fapiao_declined", recipient, context, order.reference, event_id)


def tell_order_edited(*, event: OrderEdited, event_id: int) -> None:
    """Tell the shopper what the order is now, and how to pay if it became dearer."""
    order = selectors.order_with_lines(event.order_id)
    if order is None or order.status == OrderStatus.CANCELLED:
        return

    def money(minor: int) -> str:
        return format_money(minor, event.currency, order.language)

    context = {
        "before": money(event.before_minor),
        "after": money(event.after_minor),
        "due": money(event.due_minor) if event.due_minor > 0 else "",
        "note": event.note,
    }
    _tell_shopper(order, "order_edited", event_id, context)


def tell_order_merged(*, event: OrderMerged, event_id: int) -> None:
    """Tell the shopper that an order goes on in another one, and what that one is now."""
    order = selectors.order_with_lines(event.order_id)
    if order is not None and order.status != OrderStatus.CANCELLED:
        _tell_shopper(order, "order_merged", event_id, {"merged": event.other_number})


def tell_order_refunded(*, event: OrderRefunded, event_id: int) -> None:
    """Tell the shopper what goes back and how; a cancelled order's mail has said so already."""
    order = selectors.order_with_lines(event.order_id)
    back = event.original_minor + event.credit_minor
    if order is None or event.reason == "order_cancelled" or not back:
        return

    def money(minor: int) -> str:
        return format_money(minor, event.currency, order.language) if minor else ""

    context = {
        "amount": money(back),
        "original": money(event.original_minor),
        "credit": money(event.credit_minor),
        "tax": money(event.tax_minor),
        "lines": [
            {"title": line["title"], "quantity": line["quantity"], "total": money(line["total_minor"])}
            for line in event.lines
        ],
    }
    _tell_shopper(order, "order_refunded", event_id, context)


def tell_return_moved(*, event: ReturnMoved, event_id: int) -> None:
    """Tell the shopper where the return is, and the staff that one was asked for."""
    order = selectors.order_with_lines(event.order_id)
    facts = selectors.return_facts(event.return_id, order.language) if order else None
    if order is None or facts is None:
        return
    if event.state == ReturnProgress.REQUESTED and event.kind == ReturnKind.WITHDRAWAL:
        recipient = Recipient(facts["receipt_to"], order.language)
        context = {"order": selectors.order_facts(order, order.language), **facts}
        _send("withdrawal_received", recipient, context, order.reference, event_id)
    elif event.state not in {ReturnProgress.INSPECTED, ReturnProgress.CANCELLED}:
        # The state is the event's: a mail says what happened then, however late its job runs.
        with override(order.language):
            label = str(ReturnProgress(event.state).label)
        moved = {**facts, "state": event.state, "state_label": label, "outcome": event.outcome}
        _tell_shopper(order, "return_moved", event_id, moved)
    if event.state == ReturnProgress.REQUESTED:
        for recipient in selectors.staff():
            context = {
                "order": selectors.order_facts(order, recipient.language),
                **facts,
                "is_withdrawal": event.kind == ReturnKind.WITHDRAWAL,
                "desk_url": selectors.desk_url(f"returns/{event.return_id}/"),
            }
            _send("new_return", recipient, context, order.reference, event_id)
