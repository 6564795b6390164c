from duli.commerce.orders.services.cancel import cancel, expire_unpaid
from duli.commerce.orders.services.create import attach_collection, create
from duli.commerce.orders.services.fulfil import change_tracking, fulfil, mark_delivered
from duli.commerce.orders.services.settle import settle
from duli.commerce.orders.services.staff import comment, confirm, mark_paid

__all__ = [
    "attach_collection",
    "cancel",
    "change_tracking",
    "comment",
    "confirm",
    "create",
    "expire_unpaid",
    "fulfil",
    "mark_delivered",
    "mark_paid",
    "settle",
]
