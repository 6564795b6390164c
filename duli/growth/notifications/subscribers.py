from __future__ import annotations

from duli.commerce.checkout.events import DraftSent
from duli.commerce.downloads.events import DownloadsReady
from duli.commerce.fapiao.events import FapiaoAsked, FapiaoDeclined, FapiaoIssued, FapiaoToCorrect
from duli.commerce.inventory.events import StockLow
from duli.commerce.membership.events import PointsEnding, TierChanged
from duli.commerce.orders.events import (
    FulfilmentDelivered,
    FulfilmentShipped,
    OrderCancelled,
    OrderCommented,
    OrderEdited,
    OrderMerged,
    OrderMessageReceived,
    OrderMessageSent,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    ParcelProgressed,
    PaymentDue,
    PickupReady,
    ReturnMoved,
    TaxLimitNear,
    VatAnswerCame,
)
from duli.commerce.orders.states import ReturnProgress
from duli.commerce.payments.events import GiftCardDue, PaymentDisputed, PaymentTriesRefused
from duli.commerce.payments.states import DisputeState
from duli.commerce.promotions.events import BirthdayCodeGiven
from duli.commerce.reconciliation.events import BillDiffers, ProofReceived
from duli.commerce.referrals.events import CommissionApproved, CommissionPaid, FriendRewarded, PartnerAccepted
from duli.commerce.shipping.states import TROUBLE
from duli.growth.notifications import members, notices, partners, services
from duli.platform.accounts.events import ApprovalDecided, ApprovalRequested
from duli.platform.events.registry import EventContext, subscribes
from duli.platform.sms.events import SmsLimitReached


@subscribes(OrderPlaced, name="notifications.order_received")
def order_received(event: OrderPlaced, context: EventContext) -> None:
    services.tell_order_received(order_id=event.order_id, event_id=context.event_id)


@subscribes(OrderPlaced, name="notifications.new_order")
def new_order(event: OrderPlaced, context: EventContext) -> None:
    notices.notify(
        kind="order",
        key=f"event:{context.event_id}",
        permission="orders.view",
        reference=context.reference,
        data={
            "order_id": event.order_id,
            "number": event.number,
            "minor": event.total_minor,
            "currency": event.currency,
        },
        by=context.actor,
    )
    services.tell_staff_new_order(order_id=event.order_id, event_id=context.event_id)


@subscribes(OrderPaid, name="notifications.order_paid")
def order_paid(event: OrderPaid, context: EventContext) -> None:
    notices.notify(
        kind="paid",
        key=f"event:{context.event_id}",
        permission="orders.view",
        reference=context.reference,
        data={"order_id": event.order_id, "minor": event.captured_minor, "currency": event.currency},
        by=context.actor,
    )
    services.tell_order_paid(order_id=event.order_id, event_id=context.event_id)


@subscribes(TierChanged, name="notifications.tier_reached")
def tier_reached(event: TierChanged, context: EventContext) -> None:
    if event.is_higher and event.tier_id is not None:
        members.tell_tier_reached(customer_id=event.customer_id, tier_id=event.tier_id, event_id=context.event_id)


@subscribes(PointsEnding, name="notifications.points_ending")
def points_ending(event: PointsEnding, context: EventContext) -> None:
    members.tell_points_ending(
        customer_id=event.customer_id, points=event.points, at=event.at, event_id=context.event_id
    )


@subscribes(BirthdayCodeGiven, name="notifications.birthday_coupon")
def birthday_code_given(event: BirthdayCodeGiven, context: EventContext) -> None:
    members.tell_birthday_code(customer_id=event.customer_id, code_id=event.code_id, event_id=context.event_id)


@subscribes(GiftCardDue, name="notifications.gift_card")
def gift_card_due(event: GiftCardDue, context: EventContext) -> None:
    services.tell_gift_card(card_id=event.card_id, again=event.again, event_id=context.event_id)


@subscribes(FriendRewarded, name="notifications.friend_rewarded")
def friend_rewarded(event: FriendRewarded, context: EventContext) -> None:
    services.tell_friend_rewarded(referral_id=event.referral_id, event_id=context.event_id)


@subscribes(PartnerAccepted, name="notifications.partner_accepted")
def partner_accepted(event: PartnerAccepted, context: EventContext) -> None:
    partners.tell_accepted(event=event, event_id=context.event_id)


@subscribes(CommissionApproved, name="notifications.commission_approved")
def commission_approved(event: CommissionApproved, context: EventContext) -> None:
    partners.tell_approved(event=event, event_id=context.event_id)


@subscribes(CommissionPaid, name="notifications.commission_paid")
def commission_paid(event: CommissionPaid, context: EventContext) -> None:
    partners.tell_paid(event=event, event_id=context.event_id)


@subscribes(DownloadsReady, name="notifications.downloads")
def downloads_ready(event: DownloadsReady, context: EventContext) -> None:
    services.tell_downloads(order_id=event.order_id, renewed=event.renewed, event_id=context.event_id)


@subscribes(PickupReady, name="notifications.pickup_ready")
def pickup_ready(event: PickupReady, context: EventContext) -> None:
    services.tell_pickup_ready(order_id=event.order_id, event_id=context.event_id)


@subscribes(FulfilmentShipped, name="notifications.order_shipped")
def order_shipped(event: FulfilmentShipped, context: EventContext) -> None:
    services.tell_order_shipped(order_id=event.order_id, fulfilment_id=event.fulfilment_id, event_id=context.event_id)


@subscribes(ParcelProgressed, name="notifications.parcel_moved")
def parcel_moved(event: ParcelProgressed, context: EventContext) -> None:
    if event.state in TROUBLE:
        notices.notify(
            kind="parcel",
            key=f"event:{context.event_id}",
            permission="orders.fulfil",
            reference=context.reference,
            data={"order_id": event.order_id, "parcel_id": event.fulfilment_id, "state": event.state},
            by=context.actor,
        )
    services.tell_parcel_moved(
        order_id=event.order_id, fulfilment_id=event.fulfilment_id, state=event.state, event_id=context.event_id
    )


@subscribes(FulfilmentDelivered, name="notifications.parcel_delivered")
def parcel_delivered(event: FulfilmentDelivered, context: EventContext) -> None:
    services.tell_parcel_delivered(
        order_id=event.order_id, fulfilment_id=event.fulfilment_id, event_id=context.event_id
    )


@subscribes(PaymentDue, name="notifications.order_unpaid")
def order_unpaid(event: PaymentDue, context: EventContext) -> None:
    services.tell_order_unpaid(order_id=event.order_id, event_id=context.event_id)


@subscribes(DraftSent, name="notifications.draft_offer")
def draft_offer(event: DraftSent, context: EventContext) -> None:
    services.tell_draft(draft_id=event.draft_id, event_id=context.event_id)


@subscribes(OrderCancelled, name="notifications.order_cancelled")
def order_cancelled(event: OrderCancelled, context: EventContext) -> None:
    services.tell_order_cancelled(
        order_id=event.order_id,
        reason=event.reason,
        refund_due_minor=event.refund_due_minor,
        event_id=context.event_id,
    )


@subscribes(StockLow, name="notifications.low_stock")
def low_stock(event: StockLow, context: EventContext) -> None:
    notices.notify(
        kind="low_stock",
        key=f"event:{context.event_id}",
        permission="inventory.view",
        reference=context.reference,
        data={"variant_id": event.variant_id, "title": services.item_title(event.variant_id), "left": event.available},
        by=context.actor,
    )
    services.tell_low_stock(
        variant_id=event.variant_id,
        location_id=event.location_id,
        available=event.available,
        threshold=event.threshold,
        event_id=context.event_id,
    )


@subscribes(ApprovalRequested, name="notices.approval")
def approval_requested(event: ApprovalRequested, context: EventContext) -> None:
    notices.notify(
        kind="approval",
        key=f"event:{context.event_id}",
        permission=event.permission,
        reference=context.reference,
        data={"approval_id": event.approval_id, "kind": event.kind, "value": event.value},
        by=context.actor,
    )


@subscribes(ApprovalDecided, name="notices.approval_decided")
def approval_decided(event: ApprovalDecided, context: EventContext) -> None:
    kind, _, key = event.requested_by.partition(":")
    if kind == "user" and key.isdigit():
        notices.notify(
            kind="approval_decided",
            key=f"event:{context.event_id}",
            for_user=int(key),
            reference=context.reference,
            data={
                "approval_id": event.approval_id,
                "kind": event.kind,
                "value": event.value,
                "outcome": event.outcome,
            },
            by=context.actor,
        )


@subscribes(OrderEdited, name="notifications.order_edited")
def order_edited(event: OrderEdited, context: EventContext) -> None:
    if event.notify:
        services.tell_order_edited(event=event, event_id=context.event_id)


@subscribes(OrderMerged, name="notifications.order_merged")
def order_merged(event: OrderMerged, context: EventContext) -> None:
    # Both orders have such an event: the one that goes on is told of.
    if event.is_kept:
        services.tell_order_merged(event=event, event_id=context.event_id)


@subscribes(OrderRefunded, name="notifications.order_refunded")
def order_refunded(event: OrderRefunded, context: EventContext) -> None:
    services.tell_order_refunded(event=event, event_id=context.event_id)


@subscribes(PaymentDisputed, name="notifications.disputed")
def disputed(event: PaymentDisputed, context: EventContext) -> None:
    kind, _colon, number = event.reference.partition(":")
    if event.state in {DisputeState.INQUIRY, DisputeState.OPEN} and kind == "order":
        notices.notify(
            kind="dispute",
            key=f"event:{context.event_id}",
            permission="orders.payments",
            reference=context.reference,
            data={
                "order_id": int(number),
                "minor": event.amount_minor,
                "currency": event.currency,
                "state": event.state,
            },
        )


@subscribes(SmsLimitReached, name="notifications.sms_limit")
def sms_limit_reached(event: SmsLimitReached, context: EventContext) -> None:
    notices.notify(
        kind="sms_limit",
        key=f"event:{context.event_id}",
        permission="settings.edit",
        data={"country": event.country, "limit": event.limit},
    )


@subscribes(PaymentTriesRefused, name="notifications.card_testing")
def tries_refused(event: PaymentTriesRefused, context: EventContext) -> None:
    notices.notify(
        kind="card_testing",
        key=f"event:{context.event_id}",
        permission="orders.payments",
        data={"kind": event.kind, "count": event.count},
    )


@subscribes(ReturnMoved, name="notifications.return_moved")
def return_moved(event: ReturnMoved, context: EventContext) -> None:
    if event.state == ReturnProgress.REQUESTED:
        notices.notify(
            kind="return",
            key=f"event:{context.event_id}",
            permission="orders.returns",
            reference=context.reference,
            data={"order_id": event.order_id, "return_id": event.return_id, "number": event.number},
            by=context.actor,
        )
    services.tell_return_moved(event=event, event_id=context.event_id)


@subscribes(OrderCommented, name="notifications.mention")
def mention(event: OrderCommented, context: EventContext) -> None:
    for user_id in event.mentions:
        notices.notify(
            kind="mention",
            key=f"event:{context.event_id}:{user_id}",
            for_user=user_id,
            reference=context.reference,
            data={"order_id": event.order_id, "text": event.text[:120]},
            by=context.actor,
        )


@subscribes(OrderMessageReceived, name="notifications.message")
def message_received(event: OrderMessageReceived, context: EventContext) -> None:
    notices.notify(
        kind="message",
        key=f"event:{context.event_id}",
        permission="orders.view",
        reference=context.reference,
        data={"order_id": event.order_id, "number": event.number},
        by=context.actor,
    )


@subscribes(ProofReceived, name="notifications.proof")
def proof_received(event: ProofReceived, context: EventContext) -> None:
    notices.notify(
        kind="proof",
        key=f"event:{context.event_id}",
        permission="orders.payments",
        reference=context.reference,
        data={"order_id": event.order_id, "number": event.number},
        by=context.actor,
    )


@subscribes(BillDiffers, name="notifications.bill")
def bill_differs(event: BillDiffers, context: EventContext) -> None:
    notices.notify(
        kind="bill",
        key=f"event:{context.event_id}",
        permission="orders.payments",
        reference=context.reference,
        data={"bill_id": event.bill_id, "day": event.day, "count": event.count},
    )


@subscribes(OrderMessageSent, name="notifications.order_message")
def message_sent(event: OrderMessageSent, context: EventContext) -> None:
    services.tell_order_message(order_id=event.order_id, message_id=event.message_id, event_id=context.event_id)


@subscribes(VatAnswerCame, name="notifications.vat_answer")
def vat_answer_came(event: VatAnswerCame, context: EventContext) -> None:
    notices.notify(
        kind="vat_answer",
        key=f"event:{context.event_id}",
        permission="orders.payments",
        reference=context.reference,
        data={"order_id": event.order_id, "number": event.number, "state": event.state},
    )


@subscribes(TaxLimitNear, name="notifications.tax_limit")
def tax_limit_near(event: TaxLimitNear, context: EventContext) -> None:
    notices.notify(
        kind="tax_limit",
        key=f"tax_limit:{event.code}:{event.region}:{event.year}:{event.step}",
        permission="settings.view",
        data={
            "code": event.code,
            "region": event.region,
            "step": event.step,
            "minor": event.most_minor,
            "currency": event.currency,
        },
    )


@subscribes(FapiaoAsked, FapiaoToCorrect, name="notifications.fapiao_due")
def fapiao_due(event: FapiaoAsked | FapiaoToCorrect, context: EventContext) -> None:
    notices.notify(
        kind="fapiao",
        key=f"event:{context.event_id}",
        permission="orders.manage",
        reference=context.reference,
        data={"order_id": event.order_id, "number": event.number, "red": isinstance(event, FapiaoToCorrect)},
        by=context.actor,
    )


@subscribes(FapiaoIssued, name="notifications.fapiao_issued")
def fapiao_issued(event: FapiaoIssued, context: EventContext) -> None:
    services.tell_fapiao_issued(order_id=event.order_id, fapiao_id=event.fapiao_id, event_id=context.event_id)


@subscribes(FapiaoDeclined, name="notifications.fapiao_declined")
def fapiao_declined(event: FapiaoDeclined, context: EventContext) -> None:
    services.tell_fapiao_declined(order_id=event.order_id, event_id=context.event_id)
