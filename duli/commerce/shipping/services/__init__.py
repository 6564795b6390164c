from duli.commerce.shipping.services.accounts import check_account, save_account
from duli.commerce.shipping.services.follow import add_sighting, follow, register_parcel, take_up_parcels, unfollow
from duli.commerce.shipping.services.inbox import process_message, prune_messages, receive_push
from duli.commerce.shipping.services.labels import (
    fetch_document,
    follow_up_labels,
    forget_labels,
    leave_loose,
    offers_for,
    open_label,
    purchase,
    stick,
    void_label,
)
from duli.commerce.shipping.services.live import ask_rates, prune_quotes
from duli.commerce.shipping.services.poll import poll_due, poll_parcel, refresh
from duli.commerce.shipping.services.privacy import forget_parcels
from duli.commerce.shipping.services.record import record_report
from duli.commerce.shipping.services.restrictions import delete_restriction, save_restriction
from duli.commerce.shipping.services.zones import (
    EVERYWHERE,
    delete_method,
    delete_zone,
    restate_rates,
    save_method,
    save_zone,
)

__all__ = [
    "EVERYWHERE",
    "add_sighting",
    "ask_rates",
    "check_account",
    "delete_method",
    "delete_restriction",
    "delete_zone",
    "fetch_document",
    "follow",
    "follow_up_labels",
    "forget_labels",
    "forget_parcels",
    "leave_loose",
    "offers_for",
    "open_label",
    "poll_due",
    "poll_parcel",
    "process_message",
    "prune_messages",
    "prune_quotes",
    "purchase",
    "receive_push",
    "record_report",
    "refresh",
    "register_parcel",
    "restate_rates",
    "save_account",
    "save_method",
    "save_restriction",
    "save_zone",
    "stick",
    "take_up_parcels",
    "unfollow",
    "void_label",
]
