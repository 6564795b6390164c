"""The only writers of this room."""

from duli.commerce.customers.services.addresses import delete_address, save_address
from duli.commerce.customers.services.birthdays import save_birthday
from duli.commerce.customers.services.claim import claim_for_guest, claim_for_user
from duli.commerce.customers.services.consent import record_consent
from duli.commerce.customers.services.credit import change_credit
from duli.commerce.customers.services.index import index_customers
from duli.commerce.customers.services.merge import dismiss_pair, merge_customers
from duli.commerce.customers.services.notes import add_note
from duli.commerce.customers.services.people import (
    customer_for_guest,
    customer_for_user,
    customer_now,
    record_value,
    save_customer,
)
from duli.commerce.customers.services.privacy import (
    confirm_erasure,
    forget_files,
    request_data,
    work_on_request,
)
from duli.commerce.customers.services.segments import delete_segment, save_segment

__all__ = [
    "add_note",
    "change_credit",
    "claim_for_guest",
    "claim_for_user",
    "confirm_erasure",
    "customer_for_guest",
    "customer_for_user",
    "customer_now",
    "delete_address",
    "delete_segment",
    "dismiss_pair",
    "forget_files",
    "index_customers",
    "merge_customers",
    "record_consent",
    "record_value",
    "request_data",
    "save_address",
    "save_birthday",
    "save_customer",
    "save_segment",
    "work_on_request",
]
