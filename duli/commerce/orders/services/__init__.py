from duli.commerce.orders.services.cancel import cancel, expire_unpaid
from duli.commerce.orders.services.create import attach_collection, create
from duli.commerce.orders.services.desk import hold, release, tag
from duli.commerce.orders.services.export import request_export
from duli.commerce.orders.services.fulfil import change_tracking, fulfil, mark_delivered
from duli.commerce.orders.services.settle import settle
from duli.commerce.orders.services.staff import capture, comment, confirm, mark_paid

__all__ = [
    "attach_collection",
    "cancel",
    "capture",
    "change_tracking",
    "comment",
    "confirm",
    "create",
    "expire_unpaid",
    "fulfil",
    "hold",
    "mark_delivered",
    "mark_paid",
    "release",
    "request_export",
    "settle",
    "tag",
]
