from duli.commerce.orders.services.address import cancel_by_shopper, change_address
from duli.commerce.orders.services.approved import (
    staff_complete_return,
    staff_edit_order,
    staff_refund,
    staff_refund_difference,
)
from duli.commerce.orders.services.bought_cards import issue_bought_cards
from duli.commerce.orders.services.cancel import cancel, expire_unpaid, remind_unpaid
from duli.commerce.orders.services.create import create
from duli.commerce.orders.services.desk import hold, release, tag
from duli.commerce.orders.services.difference import issue_difference
from duli.commerce.orders.services.documents import issue_credit_note, issue_invoice
from duli.commerce.orders.services.edit import ask_carriers_about_edit, edit_order, preview_edit
from duli.commerce.orders.services.exchange import complete_return, preview_exchange, preview_return
from duli.commerce.orders.services.export import request_export
from duli.commerce.orders.services.fulfil import change_tracking, fulfil, mark_delivered
from duli.commerce.orders.services.labels import (
    buy_label,
    buy_parcel_label,
    buy_return_label,
    finish_label,
    label_offers,
    parcel_label_offers,
    return_label_offers,
    usual_parcel,
    void_label,
)
from duli.commerce.orders.services.merge import merge
from duli.commerce.orders.services.paying import choose_method
from duli.commerce.orders.services.pickup import collect, not_ready, ready_for_pickup
from duli.commerce.orders.services.policy import save_policy, save_reasons
from duli.commerce.orders.services.refund import refund, refund_difference, retry_refund
from duli.commerce.orders.services.returns import (
    approve_return,
    cancel_return,
    decline_return,
    inspect_return,
    receive_return,
    reject_return,
    request_return,
)
from duli.commerce.orders.services.risk import clear_risk
from duli.commerce.orders.services.settle import settle
from duli.commerce.orders.services.several_labels import buy_labels, several_label_offers
from duli.commerce.orders.services.ship_list import mark_shipped, ship_listed
from duli.commerce.orders.services.split import split
from duli.commerce.orders.services.staff import capture, confirm, mark_paid, note_received, take_off_received
from duli.commerce.orders.services.talk import answer, comment, write_message
from duli.commerce.orders.services.withdrawal import withdraw

__all__ = [
    "answer",
    "approve_return",
    "ask_carriers_about_edit",
    "buy_label",
    "buy_labels",
    "buy_parcel_label",
    "buy_return_label",
    "cancel",
    "cancel_by_shopper",
    "cancel_return",
    "capture",
    "change_address",
    "change_tracking",
    "choose_method",
    "clear_risk",
    "collect",
    "comment",
    "complete_return",
    "confirm",
    "create",
    "decline_return",
    "edit_order",
    "expire_unpaid",
    "finish_label",
    "fulfil",
    "hold",
    "inspect_return",
    "issue_bought_cards",
    "issue_credit_note",
    "issue_difference",
    "issue_invoice",
    "label_offers",
    "mark_delivered",
    "mark_paid",
    "mark_shipped",
    "merge",
    "not_ready",
    "note_received",
    "parcel_label_offers",
    "preview_edit",
    "preview_exchange",
    "preview_return",
    "ready_for_pickup",
    "receive_return",
    "refund",
    "refund_difference",
    "reject_return",
    "release",
    "remind_unpaid",
    "request_export",
    "request_return",
    "retry_refund",
    "return_label_offers",
    "save_policy",
    "save_reasons",
    "settle",
    "several_label_offers",
    "ship_listed",
    "split",
    "staff_complete_return",
    "staff_edit_order",
    "staff_refund",
    "staff_refund_difference",
    "tag",
    "take_off_received",
    "usual_parcel",
    "void_label",
    "withdraw",
    "write_message",
]
