from duli.commerce.payments.services.capture import capture
from duli.commerce.payments.services.collections import (
    change_amount,
    change_method,
    close_attempt,
    open_collection,
    void,
)
from duli.commerce.payments.services.gift_cards import (
    block_gift_card,
    correct_gift_card,
    hand_over,
    hand_over_due,
    issue_gift_card,
    pay_with_gift_cards,
    renew_code,
    resend_gift_card,
    save_life,
    take_back_cards,
)
from duli.commerce.payments.services.inbox import receive_webhook, return_from_gateway
from duli.commerce.payments.services.limits import NewLimits, save_limits
from duli.commerce.payments.services.manual import mark_received, resolve_review, take_off
from duli.commerce.payments.services.parcels import plan_parcel_notice, tell_of_parcel
from duli.commerce.payments.services.payer import continue_with_payer
from duli.commerce.payments.services.poll import handle_event, poll_attempt, poll_due
from duli.commerce.payments.services.reassign import reassign
from duli.commerce.payments.services.record import process_event, record_event
from duli.commerce.payments.services.refunds import carry_out_refund, parts_of_refund, refund
from duli.commerce.payments.services.setup import check_gateway, save_gateway
from duli.commerce.payments.services.start import Shopper, begin_by_hand, start, start_by_hand, starts_by_hand
from duli.commerce.payments.services.store_credit import pay_with_credit

__all__ = [
    "NewLimits",
    "Shopper",
    "begin_by_hand",
    "block_gift_card",
    "capture",
    "carry_out_refund",
    "change_amount",
    "change_method",
    "check_gateway",
    "close_attempt",
    "continue_with_payer",
    "correct_gift_card",
    "hand_over",
    "hand_over_due",
    "handle_event",
    "issue_gift_card",
    "mark_received",
    "open_collection",
    "parts_of_refund",
    "pay_with_credit",
    "pay_with_gift_cards",
    "plan_parcel_notice",
    "poll_attempt",
    "poll_due",
    "process_event",
    "reassign",
    "receive_webhook",
    "record_event",
    "refund",
    "renew_code",
    "resend_gift_card",
    "resolve_review",
    "return_from_gateway",
    "save_gateway",
    "save_life",
    "save_limits",
    "start",
    "start_by_hand",
    "starts_by_hand",
    "take_back_cards",
    "take_off",
    "tell_of_parcel",
    "void",
]
